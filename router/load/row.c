/* row.c - a record as a row of an INSERT. SPDX-License-Identifier: Apache-2.0
 * Texts in single quotes, with backslash escapes: the connection's sql_mode is set so that they are read so. Bytes that are no UTF-8 get
 * _binary, so that a BLOB takes them and a text column refuses them. */
#include "base/str.h"
#include "base/utf8.h"
#include "router/load/target.h"

/* What stands behind the backslash; 0: none is needed. */
static char escaped(unsigned char c)
{
    switch (c) {
    case '\0':
        return '0';
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case 0x1A:
        return 'Z';
    case '\\':
    case '\'':
        return (char)c;
    default:
        return 0;
    }
}

static bool is_plain(weir_str text, bool *ascii)
{
    bool plain = true;
    unsigned char all = 0;
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.data[i];
        all |= c;
        plain = plain && c != '\\' && c != '\'' && (c >= 0x20 || c == '\t');
    }
    *ascii = all < 0x80;
    return plain;
}

static void add_text(weir_str text, weir__buf *sql)
{
    bool ascii, plain = is_plain(text, &ascii);
    if (!ascii && !weir__utf8_valid(text.data, text.size))
        weir__buf_adds(sql, "_binary");
    char *to = weir__buf_grow(sql, (plain ? text.size : text.size * 2) + 2), *begin = to;
    if (!to)
        return;
    size_t most = (plain ? text.size : text.size * 2) + 2;
    *to++ = '\'';
    if (plain && text.size) {
        memcpy(to, text.data, text.size);
        to += text.size;
    }
    for (size_t i = 0; !plain && i < text.size; i++) {
        char behind = escaped((unsigned char)text.data[i]);
        if (behind)
            *to++ = '\\';
        *to++ = behind ? behind : text.data[i];
    }
    *to++ = '\'';
    sql->size -= most - (size_t)(to - begin);
}

void weir__load_target_row(const weir__load_target *t, const weir__load_record *record, weir__buf *sql)
{
    weir__buf_addc(sql, '(');
    for (uint32_t i = 0; i < t->column_count; i++) {
        const weir__load_cell *cell = &record->cells[i];
        if (i)
            weir__buf_addc(sql, ',');
        if (cell->kind == WEIR__LOAD_TEXT)
            add_text(cell->text, sql);
        else
            weir__buf_adds(sql, cell->kind == WEIR__LOAD_NULL ? "NULL" : "DEFAULT");
    }
    weir__buf_addc(sql, ')');
}
