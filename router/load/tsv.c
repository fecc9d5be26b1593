/* tsv.c - as mysql --batch and SELECT .. INTO OUTFILE write it. SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/str.h"
#include "router/load/record.h"

/* The newline that no backslash stands before. */
static size_t find(weir__load_reader *r, const char *text, size_t size, bool at_end, uint64_t *lines)
{
    size_t i = r->scanned;
    for (; i < size; i++) {
        if (text[i] == '\\') {
            if (i + 1 == size)
                break; /* with what is behind it */
            r->lines_within += text[++i] == '\n';
        } else if (text[i] == '\n') {
            *lines = r->lines_within + 1;
            r->lines_within = 0;
            return i + 1;
        }
    }
    r->scanned = i;
    if (!at_end)
        return 0;
    *lines = r->lines_within + 1;
    return size;
}

static char undone(char c)
{
    static const char from[] = "0bnrtZ", to[] = "\0\b\n\r\t\x1A";
    const char *at = c ? strchr(from, c) : NULL;
    return at ? to[at - from] : c;
}

static weir__load_cell cell_of(const weir__load_reader *r, weir_str field, char **to)
{
    weir__load_cell cell = {field, WEIR__LOAD_TEXT};
    if (weir__str_equal(field, r->null_text)) {
        cell.kind = WEIR__LOAD_NULL;
        return cell;
    }
    if (!memchr(field.data, '\\', field.size))
        return cell;
    char *begin = *to;
    for (size_t i = 0; i < field.size; i++) {
        bool escaped = field.data[i] == '\\' && i + 1 < field.size;
        i += escaped;
        *(*to)++ = escaped ? undone(field.data[i]) : field.data[i];
    }
    cell.text = weir__slice(begin, *to);
    return cell;
}

static weir_status split(weir__load_reader *r, weir__load_record *record)
{
    const char *at = record->raw.data, *end = at + record->raw.size, *from = at;
    char *to = weir__load_scratch(r, record);
    uint32_t count = 0;
    if (!to)
        return WEIR_NOMEM;
    for (;; at++) {
        if (at < end && *at != '\t') {
            at += *at == '\\' && at + 1 < end;
            continue;
        }
        if (!weir__load_add_cell(r, &count, cell_of(r, weir__slice(from, at), &to)))
            return WEIR_NOMEM;
        if (at >= end)
            break;
        from = at + 1;
    }
    record->cells = r->cells;
    record->count = count;
    return WEIR_OK;
}

const weir__load_parser weir__load_tsv = {.find = find, .split = split};
