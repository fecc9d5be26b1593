/* jsonl.c - a JSON object a line. SPDX-License-Identifier: Apache-2.0
 * Read by yajl, which gives numbers as they are written: through a double, digits would be lost without a word. */
#include <stdio.h>
#include <string.h>
#include <yajl/yajl_parse.h>

#include "base/str.h"
#include "router/load/record.h"

static size_t find(weir__load_reader *r, const char *text, size_t size, bool at_end, uint64_t *lines)
{
    const char *newline = memchr(text + r->scanned, '\n', size - r->scanned);
    r->scanned = size;
    *lines = 1;
    return newline ? (size_t)(newline - text) + 1 : at_end ? size : 0;
}

/* Reading one line. */
typedef struct reading {
    weir__load_reader *r;
    weir__load_record *record;
    yajl_handle handle;
    char *to;
    uint32_t depth;  /* of objects and arrays */
    uint32_t column; /* of the key that was read last */
    size_t nested;   /* where the value that is an object or array begins */
} reading;

enum { STOP = 0, GO_ON = 1, NO_COLUMN = UINT32_MAX, MOST_DEPTH = 400 };

static int say(reading *k, const char *why)
{
    snprintf(k->r->why, sizeof k->r->why, "%s", why);
    k->record->wrong = k->r->why;
    return STOP;
}

static int put(reading *k, weir__load_kind kind, weir_str text)
{
    if (k->depth == 0)
        return say(k, "is no JSON object");
    if (k->depth == 1)
        k->r->cells[k->column] = (weir__load_cell){text, kind};
    return GO_ON;
}

static int on_null(void *context)
{
    return put(context, WEIR__LOAD_NULL, (weir_str){NULL, 0});
}

static int on_boolean(void *context, int value)
{
    return put(context, WEIR__LOAD_TEXT, weir__view(value ? "1" : "0"));
}

/* Not from the line: yajl may show its own copy. */
static int put_copy(reading *k, const char *text, size_t size)
{
    char *copy = k->to;
    if (k->depth != 1)
        return put(k, WEIR__LOAD_TEXT, (weir_str){NULL, 0});
    memcpy(copy, text, size);
    k->to += size;
    return put(k, WEIR__LOAD_TEXT, (weir_str){copy, size});
}

static int on_number(void *context, const char *text, size_t size)
{
    return put_copy(context, text, size);
}

static int on_string(void *context, const unsigned char *text, size_t size)
{
    return put_copy(context, (const char *)text, size);
}

static int on_key(void *context, const unsigned char *text, size_t size)
{
    reading *k = context;
    const weir__load_reader *r = k->r;
    weir_str key = {(const char *)text, size};
    if (k->depth != 1)
        return GO_ON;
    for (k->column = 0; k->column < r->name_count; k->column++)
        if (weir__str_is_nocase(key, r->names[k->column]))
            break;
    if (k->column == r->name_count) {
        snprintf(k->r->why, sizeof k->r->why, "there is no column for the key '%.*s'", (int)(size < 64 ? size : 64),
                 key.data);
        k->record->wrong = k->r->why;
        return STOP;
    }
    return r->cells[k->column].kind == WEIR__LOAD_ABSENT ? GO_ON : say(k, "a key is there twice");
}

static int on_open(void *context)
{
    reading *k = context;
    if (++k->depth > MOST_DEPTH)
        return say(k, "is nested too deeply");
    if (k->depth == 2)
        k->nested = yajl_get_bytes_consumed(k->handle) - 1;
    return GO_ON;
}

static int on_open_array(void *context)
{
    reading *k = context;
    return k->depth == 0 ? say(k, "is no JSON object") : on_open(k);
}

static int on_close(void *context)
{
    reading *k = context;
    const char *line = k->record->raw.data;
    if (--k->depth != 1)
        return GO_ON;
    return put(k, WEIR__LOAD_TEXT, weir__slice(line + k->nested, line + yajl_get_bytes_consumed(k->handle)));
}

static uint32_t hex4(const char *at, const char *end)
{
    uint32_t value = 0;
    if (end - at < 4)
        return 0;
    for (int i = 0; i < 4; i++) {
        char c = at[i] | 0x20;
        uint32_t digit = c >= '0' && c <= '9'   ? (uint32_t)(c - '0')
                         : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a') + 10
                                                : 0;
        value = value << 4 | digit;
    }
    return value;
}

/* Half a character: yajl would make a question mark of it. */
static bool has_lone_surrogate(weir_str line)
{
    const char *at = line.data, *end = at + line.size;
    for (; (at = memchr(at, '\\', (size_t)(end - at))) != NULL && at + 1 < end; at += 2) {
        if (at[1] != 'u')
            continue;
        uint32_t unit = hex4(at + 2, end);
        if (unit >= 0xDC00 && unit <= 0xDFFF)
            return true;
        if (unit < 0xD800 || unit > 0xDBFF)
            continue;
        if (end - at < 12 || at[6] != '\\' || at[7] != 'u')
            return true;
        unit = hex4(at + 8, end);
        if (unit < 0xDC00 || unit > 0xDFFF)
            return true;
        at += 6;
    }
    return false;
}

/* yajl's text has several lines; the first says it. */
static void tell(reading *k)
{
    const weir_str line = k->record->raw;
    unsigned char *text = yajl_get_error(k->handle, 0, (const unsigned char *)line.data, line.size);
    snprintf(k->r->why, sizeof k->r->why, "is not valid JSON: %.*s", text ? (int)strcspn((char *)text, "\n") : 0,
             text ? (char *)text : "");
    if (text)
        yajl_free_error(k->handle, text);
    k->record->wrong = k->r->why;
}

static void *take(void *context, size_t size)
{
    return weir__alloc(context, size);
}

static void *grow(void *context, void *old, size_t size)
{
    return weir__resize(context, old, size);
}

static void give(void *context, void *old)
{
    weir__free(context, old);
}

static weir_status split(weir__load_reader *r, weir__load_record *record)
{
    static const yajl_callbacks callbacks = {.yajl_null = on_null,
                                             .yajl_boolean = on_boolean,
                                             .yajl_number = on_number,
                                             .yajl_string = on_string,
                                             .yajl_start_map = on_open,
                                             .yajl_map_key = on_key,
                                             .yajl_end_map = on_close,
                                             .yajl_start_array = on_open_array,
                                             .yajl_end_array = on_close};
    yajl_alloc_funcs memory = {take, grow, give, (void *)(uintptr_t)&r->env->mem};
    reading k = {.r = r, .record = record, .to = weir__load_scratch(r, record), .column = NO_COLUMN};
    const unsigned char *line = (const unsigned char *)record->raw.data;
    uint32_t count = 0;
    if (!k.to)
        return WEIR_NOMEM;
    for (uint32_t i = 0; i < r->name_count; i++)
        if (!weir__load_add_cell(r, &count, (weir__load_cell){.kind = WEIR__LOAD_ABSENT}))
            return WEIR_NOMEM;
    if (has_lone_surrogate(record->raw))
        return say(&k, "has half a character (\\uD800 to \\uDFFF alone)"), WEIR_OK;
    k.handle = yajl_alloc(&callbacks, &memory, &k);
    if (!k.handle)
        return WEIR_NOMEM;
    yajl_status status = yajl_parse(k.handle, line, record->raw.size);
    if (status == yajl_status_ok)
        status = yajl_complete_parse(k.handle);
    if (status != yajl_status_ok && !record->wrong)
        tell(&k);
    yajl_free(k.handle);
    record->cells = r->cells;
    record->count = count;
    return WEIR_OK;
}

const weir__load_parser weir__load_jsonl = {.find = find, .split = split};
