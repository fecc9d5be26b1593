/* page_token.c - what a page's token says, in hex: sums of statement and schema, the key's values, a sum of it all. SPDX-License-Identifier: Apache-2.0
 * "p1" then, each byte as two digits: statement (8 bytes), schema (8), of each key its size + 1 (4; 0: NULL) and its bytes, sum (8). */
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "router/merge/key.h"
#include "router/merge/page.h"

enum { SUM = 8, SIZE = 4, SCRATCH = 64, MOST_TOKEN = 1 << 20 };

static const char digits[] = "0123456789abcdef";

static void put_number(weir__buf *out, uint64_t number, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        weir__buf_addc(out, (char)(number >> 8 * i & 0xFF));
}

static uint64_t number_of(const unsigned char *bytes, unsigned count)
{
    uint64_t number = 0;
    for (unsigned i = 0; i < count; i++)
        number |= (uint64_t)bytes[i] << 8 * i;
    return number;
}

weir_str weir__page_token(const weir__page *page, const weir_value *values, weir__arena *arena)
{
    weir__buf bytes, text;
    char scratch[SCRATCH];
    weir__buf_init(&bytes, arena->mem, MOST_TOKEN);
    weir__buf_init(&text, arena->mem, 2 * MOST_TOKEN + 3);
    put_number(&bytes, page->statement, SUM);
    put_number(&bytes, page->schema, SUM);
    for (uint32_t i = 0; i < page->key_count; i++) {
        if (values[i].type == WEIR_T_NULL) {
            put_number(&bytes, 0, SIZE);
            continue;
        }
        weir_str value = weir__cell_text(&values[i], scratch);
        put_number(&bytes, value.size + 1, SIZE);
        weir__buf_add(&bytes, value.data, value.size);
    }
    put_number(&bytes, XXH3_64bits(weir__buf_text(&bytes), bytes.size), SUM);
    weir__buf_adds(&text, "p1");
    const char *data = weir__buf_text(&bytes);
    for (size_t i = 0; i < bytes.size; i++) {
        weir__buf_addc(&text, digits[(unsigned char)data[i] >> 4]);
        weir__buf_addc(&text, digits[(unsigned char)data[i] & 15]);
    }
    weir_str token = {NULL, 0};
    if (!bytes.failed && !text.failed)
        token = (weir_str){weir__arena_text(arena, weir__buf_text(&text), text.size), text.size};
    weir__buf_deinit(&bytes);
    weir__buf_deinit(&text);
    return token;
}

static weir_status damaged(weir_error *error)
{
    return weir__fail(
        error, WEIR_USAGE, WEIR_RETRY_NEVER,
        "page: this is no token of weir_page_token, or it was changed on the way: begin with the first page, \"\"");
}

/* NULL: it is no text of hex. */
static unsigned char *unhex(weir_str token, weir__arena *arena, size_t *size)
{
    *size = token.size / 2 - 1;
    unsigned char *bytes = weir__arena_take(arena, *size + 1);
    for (size_t i = 0; bytes && i < 2 * *size; i++) {
        char c = token.data[i + 2];
        const char *digit = c ? memchr(digits, c, 16) : NULL;
        if (!digit)
            return NULL;
        bytes[i / 2] = (unsigned char)(i % 2 ? bytes[i / 2] | (digit - digits) : (digit - digits) << 4);
    }
    return bytes;
}

static weir_value value_of(uint8_t kind, const char *text, size_t size)
{
    switch ((weir__page_kind)kind) {
    case WEIR__PAGE_INTEGER:
        return *text == '-' ? weir_int(strtoll(text, NULL, 10)) : weir_uint(strtoull(text, NULL, 10));
    case WEIR__PAGE_DECIMAL:
        return weir_sized(WEIR_T_DECIMAL, text, size);
    case WEIR__PAGE_DOUBLE:
        return weir_double(strtod(text, NULL));
    case WEIR__PAGE_TEXT:
        return weir_sized(WEIR_T_TEXT, text, size);
    case WEIR__PAGE_BYTES:
        return weir_sized(WEIR_T_BYTES, text, size);
    }
    return weir_null();
}

weir_status weir__page_read(weir__page *page, weir__arena *arena, weir_error *error)
{
    size_t size, at = 2 * SUM;
    weir_str token = page->token;
    if (token.size < 2 + 6 * SUM || token.size > MOST_TOKEN || token.size % 2 || memcmp(token.data, "p1", 2) != 0)
        return damaged(error);
    const unsigned char *bytes = unhex(token, arena, &size);
    if (!bytes)
        return arena->failed ? weir__fail_nomem(error) : damaged(error);
    size -= SUM;
    if (number_of(bytes + size, SUM) != XXH3_64bits(bytes, size))
        return damaged(error);
    if (number_of(bytes, SUM) != page->statement)
        return weir__fail(
            error, WEIR_USAGE, WEIR_RETRY_NEVER,
            "page: the token is of another statement, or of other values: a page goes on with the very same ones");
    if (number_of(bytes + SUM, SUM) != page->schema)
        return weir__fail(
            error, WEIR_USAGE, WEIR_RETRY_NEVER,
            "page: the tables, or the session's time_zone, have changed since: begin with the first page, \"\"");
    for (uint32_t i = 0; i < page->key_count; i++) {
        uint64_t room = at + SIZE <= size ? number_of(bytes + at, SIZE) : UINT64_MAX;
        at += SIZE;
        if (room > size - (at < size ? at : size) + 1)
            return damaged(error);
        page->keys[i].after = weir_null();
        if (room == 0)
            continue;
        const char *text = weir__arena_text(arena, (const char *)bytes + at, room - 1);
        if (!text)
            return weir__fail_nomem(error);
        page->keys[i].after = value_of(page->keys[i].kind, text, room - 1);
        at += room - 1;
    }
    return at == size ? WEIR_OK : damaged(error);
}
