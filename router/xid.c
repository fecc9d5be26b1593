/* xid.c - printed and read exactly: what is not just so is not weir's. SPDX-License-Identifier: Apache-2.0 */
#include "router/xid.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

#include "base/limits.h"

enum { HASH_DIGITS = 16, RANDOM_DIGITS = 2 * WEIR__XID_RANDOM };

uint64_t weir__shard_hash(const char *database, const char *shard)
{
    XXH64_hash_t hash = XXH3_64bits(database, strlen(database));
    return XXH3_64bits_withSeed(shard, strlen(shard), hash);
}

void weir__gtrid_print(const weir__gtrid *gtrid, const uint8_t random[WEIR__XID_RANDOM], char out[WEIR__GTRID_SIZE])
{
    int at = snprintf(out, WEIR__GTRID_SIZE, "w1.%016" PRIx64 ".%" PRIu32 ".", gtrid->decider, gtrid->server_id);
    for (int i = 0; i < WEIR__XID_RANDOM; i++)
        at += snprintf(out + at, WEIR__GTRID_SIZE - (size_t)at, "%02x", random[i]);
}

/* Takes count hex digits off the text. */
static bool take_hex(weir_str *text, size_t count, uint64_t *out)
{
    uint64_t value = 0;
    if (text->size < count)
        return false;
    for (size_t i = 0; i < count; i++) {
        char c = text->data[i];
        unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                         : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
                                                : 16;
        if (digit > 15)
            return false;
        value = value << 4 | digit;
    }
    text->data += count;
    text->size -= count;
    *out = value;
    return true;
}

static bool take_text(weir_str *text, const char *wanted)
{
    size_t size = strlen(wanted);
    if (text->size < size || memcmp(text->data, wanted, size) != 0)
        return false;
    text->data += size;
    text->size -= size;
    return true;
}

static bool take_number(weir_str *text, uint32_t *out)
{
    uint64_t value = 0;
    size_t digits = 0;
    while (digits < text->size && digits < 11 && text->data[digits] >= '0' && text->data[digits] <= '9')
        value = value * 10 + (uint64_t)(text->data[digits++] - '0');
    if (digits == 0 || digits > 10 || value > UINT32_MAX)
        return false;
    text->data += digits;
    text->size -= digits;
    *out = (uint32_t)value;
    return true;
}

bool weir__gtrid_parse(weir_str text, weir__gtrid *gtrid)
{
    uint64_t ignored;
    return take_text(&text, "w1.") && take_hex(&text, HASH_DIGITS, &gtrid->decider) && take_text(&text, ".") &&
           take_number(&text, &gtrid->server_id) && take_text(&text, ".") && text.size == RANDOM_DIGITS &&
           take_hex(&text, RANDOM_DIGITS, &ignored);
}

void weir__bqual_print(uint64_t shard, char out[WEIR__BQUAL_SIZE])
{
    snprintf(out, WEIR__BQUAL_SIZE, "%016" PRIx64, shard);
}

bool weir__bqual_parse(weir_str text, uint64_t *shard)
{
    return take_hex(&text, HASH_DIGITS, shard) && text.size == 0;
}
