/* csv.c - RFC 4180. SPDX-License-Identifier: Apache-2.0
 * A quote counts where a field begins; within quotes commas and newlines are text, and a quote is doubled. */
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "router/load/record.h"

/* Goes on where it stopped: r->scanned bytes are seen, and the state behind them stands in r. */
static size_t find(weir__load_reader *r, const char *text, size_t size, bool at_end, uint64_t *lines)
{
    for (size_t i = r->scanned; i < size; i++) {
        char c = text[i];
        if (c == '\n')
            r->lines_within++;
        if (r->in_quotes) {
            if (c == '"') {
                r->in_quotes = false;
                r->after_quote = true;
            }
            continue;
        }
        if (c == '\n') {
            *lines = r->lines_within;
            r->lines_within = 0;
            r->field_begins = true;
            r->after_quote = false;
            return i + 1;
        }
        r->in_quotes = c == '"' && (r->field_begins || r->after_quote);
        r->after_quote = false;
        r->field_begins = c == ',';
    }
    r->scanned = size;
    if (!at_end)
        return 0;
    *lines = r->lines_within + 1;
    r->unclosed = r->in_quotes;
    return size;
}

static weir_status wrong(weir__load_reader *r, weir__load_record *record, const char *why)
{
    snprintf(r->why, sizeof r->why, "%s", why);
    record->wrong = r->why;
    return WEIR_OK;
}

/* The quoted field at *at, which goes behind it; its text without doubled quotes to *to. NULL: fine. */
static const char *quoted(const char **at, const char *end, char **to, weir_str *text)
{
    const char *from = ++*at;
    const char *quote = memchr(from, '"', (size_t)(end - from));
    if (quote && (quote + 1 == end || quote[1] != '"')) { /* the commonest: nothing to undo */
        *text = weir__slice(from, quote);
        *at = quote + 1;
    } else {
        char *begin = *to;
        for (; from < end; from++) {
            if (*from == '"' && (from + 1 == end || from[1] != '"'))
                break;
            from += *from == '"';
            *(*to)++ = *from;
        }
        if (from >= end)
            return "a quote is not closed until the end of the file";
        *text = weir__slice(begin, *to);
        *at = from + 1;
    }
    return *at < end && **at != ',' ? "there is text behind a closing quote" : NULL;
}

static weir_status split(weir__load_reader *r, weir__load_record *record)
{
    const char *at = record->raw.data, *end = at + record->raw.size;
    char *to = weir__load_scratch(r, record);
    uint32_t count = 0;
    if (!to)
        return WEIR_NOMEM;
    if (r->unclosed)
        return wrong(r, record, "a quote is not closed until the end of the file");
    for (;;) {
        weir__load_cell cell = {.kind = WEIR__LOAD_TEXT};
        const char *why = NULL;
        if (at < end && *at == '"') {
            why = quoted(&at, end, &to, &cell.text);
        } else {
            const char *comma = memchr(at, ',', (size_t)(end - at));
            cell.text = weir__slice(at, comma ? comma : end);
            at = comma ? comma : end;
            if (memchr(cell.text.data, '"', cell.text.size))
                why = "there is a quote within a field without quotes";
            else if (weir__str_equal(cell.text, r->null_text))
                cell.kind = WEIR__LOAD_NULL;
        }
        if (why)
            return wrong(r, record, why);
        if (!weir__load_add_cell(r, &count, cell))
            return WEIR_NOMEM;
        if (at == end)
            break;
        at++;
    }
    record->cells = r->cells;
    record->count = count;
    return WEIR_OK;
}

const weir__load_parser weir__load_csv = {.find = find, .split = split};
