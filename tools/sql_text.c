/* sql_text.c - values as JSON, as CSV and as columns of a terminal. SPDX-License-Identifier: Apache-2.0 */
#include "tools/sql_text.h"

#include <wchar.h>

#include "base/str.h"
#include "base/utf8.h"

static void add_hex(weir__buf *to, weir_str bytes)
{
    static const char digits[] = "0123456789ABCDEF";
    char *place = weir__buf_grow(to, bytes.size * 2);
    for (size_t i = 0; place && i < bytes.size; i++) {
        *place++ = digits[(unsigned char)bytes.data[i] >> 4];
        *place++ = digits[(unsigned char)bytes.data[i] & 15];
    }
}

static size_t sequence_size(unsigned char first)
{
    return first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

/* Bytes of the character that text begins with, 0 where it begins with none. */
static size_t valid_sequence(weir_str text)
{
    size_t size = sequence_size((unsigned char)text.data[0]);
    return size <= text.size && weir__utf8_valid(text.data, size) ? size : 0;
}

/* ---- JSON ---- */

static void add_json_escape(weir__buf *to, unsigned char c)
{
    static const char letters[] = "btn\vfr"; /* of 8 to 13; 11 has none */
    if (c == '"' || c == '\\')
        weir__buf_addf(to, "\\%c", c);
    else if (c >= '\b' && c <= '\r' && c != '\v')
        weir__buf_addf(to, "\\%c", letters[c - '\b']);
    else
        weir__buf_addf(to, "\\u%04x", c);
}

static void add_json_text(weir__buf *to, weir_str text)
{
    size_t from = 0;
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c >= ' ' && c != '"' && c != '\\')
            continue;
        weir__buf_add(to, text.data + from, i - from);
        add_json_escape(to, c);
        from = i + 1;
    }
    weir__buf_add(to, text.data + from, text.size - from);
}

void sql_json_value(weir__buf *to, weir_str value)
{
    if (!value.data) {
        weir__buf_adds(to, "null");
    } else if (weir__utf8_valid(value.data, value.size)) {
        weir__buf_addc(to, '"');
        add_json_text(to, value);
        weir__buf_addc(to, '"');
    } else {
        weir__buf_adds(to, "{\"hex\":\"");
        add_hex(to, value);
        weir__buf_adds(to, "\"}");
    }
}

void sql_json_message(weir__buf *to, weir_str text)
{
    weir__buf_addc(to, '"');
    while (text.size) {
        size_t size = valid_sequence(text);
        if (size)
            add_json_text(to, (weir_str){text.data, size});
        else
            weir__buf_adds(to, "\xEF\xBF\xBD");
        text.data += size ? size : 1;
        text.size -= size ? size : 1;
    }
    weir__buf_addc(to, '"');
}

/* ---- CSV ---- */

static bool csv_needs_quotes(weir_str value)
{
    for (size_t i = 0; i < value.size; i++)
        if (memchr(",\"\r\n", value.data[i], 4))
            return true;
    return value.size == 0;
}

void sql_csv_cell(weir__buf *to, weir_str value)
{
    if (!value.data)
        return;
    if (!csv_needs_quotes(value)) {
        weir__buf_add(to, value.data, value.size);
        return;
    }
    weir__buf_addc(to, '"');
    size_t from = 0;
    for (size_t i = 0; i < value.size; i++)
        if (value.data[i] == '"') {
            weir__buf_add(to, value.data + from, i + 1 - from);
            from = i; /* once more */
        }
    weir__buf_add(to, value.data + from, value.size - from);
    weir__buf_addc(to, '"');
}

/* ---- terminal ---- */

static wchar_t decode(const char *text, size_t size)
{
    static const unsigned char first_bits[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    uint32_t c = (unsigned char)text[0] & first_bits[size];
    for (size_t i = 1; i < size; i++)
        c = c << 6 | ((unsigned char)text[i] & 0x3F);
    return (wchar_t)c;
}

/* C0, DEL and C1; also U+202A-202E and U+2066-2069, which turn the writing direction of the rest of the line. */
static bool steers(wchar_t c)
{
    return c < ' ' || (c >= 0x7F && c < 0xA0) || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

static void add_escape(weir__buf *to, wchar_t c)
{
    if (c == '\n')
        weir__buf_adds(to, "\\n");
    else if (c == '\t')
        weir__buf_adds(to, "\\t");
    else if (c == '\r')
        weir__buf_adds(to, "\\r");
    else
        weir__buf_addf(to, c < 0x100 ? "\\x%02X" : "\\u%04X", (unsigned)c);
}

void sql_show_message(weir__buf *to, weir_str text)
{
    size_t from = 0, at = 0;
    while (at < text.size) {
        size_t size = valid_sequence((weir_str){text.data + at, text.size - at});
        wchar_t c = size ? decode(text.data + at, size) : (unsigned char)text.data[at];
        size_t next = at + (size ? size : 1);
        if (!size || steers(c)) {
            weir__buf_add(to, text.data + from, at - from);
            add_escape(to, c);
            from = next;
        }
        at = next;
    }
    weir__buf_add(to, text.data + from, text.size - from);
}

void sql_show_cell(weir__buf *to, weir_str value)
{
    if (!value.data) {
        weir__buf_adds(to, "NULL");
    } else if (weir__utf8_valid(value.data, value.size)) {
        sql_show_message(to, value);
    } else {
        weir__buf_adds(to, "0x");
        add_hex(to, value);
    }
}

size_t sql_fit(weir_str text, size_t width, size_t *used)
{
    size_t at = 0;
    *used = 0;
    while (at < text.size) {
        size_t size = sequence_size((unsigned char)text.data[at]);
        int columns = size == 1 ? 1 : wcwidth(decode(text.data + at, size));
        if (columns < 0) /* not in the C library's tables */
            columns = 1;
        if (*used + (size_t)columns > width)
            break;
        *used += (size_t)columns;
        at += size;
    }
    return at;
}

size_t sql_width(weir_str text)
{
    size_t used;
    sql_fit(text, SIZE_MAX / 2, &used);
    return used;
}
