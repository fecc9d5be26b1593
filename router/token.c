/* token.c - see token.h. SPDX-License-Identifier: Apache-2.0 */
#include "router/token.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { SUM_DIGITS = 8, MOST_ID_DIGITS = 10 };

static const uint32_t fnv_start = 2166136261u;

static uint32_t sum_on(uint32_t sum, const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        sum = (sum ^ (unsigned char)text[i]) * 16777619u;
    return sum;
}

static void put(weir__token_out *out, const char *text, size_t size)
{
    out->sum = sum_on(out->sum, text, size);
    for (size_t i = 0; i < size; i++, out->size++)
        if (out->size + 1 < out->room)
            out->buffer[out->size] = text[i];
}

void weir__token_begin(weir__token_out *out, char *buffer, size_t room, const char *database)
{
    *out = (weir__token_out){.buffer = buffer, .room = buffer ? room : 0, .sum = fnv_start};
    put(out, "1;", 2);
    put(out, database, strlen(database));
}

void weir__token_add(weir__token_out *out, const weir__token_part *part)
{
    char text[WEIR__POSITION_TEXT], id[MOST_ID_DIGITS + 2];
    put(out, ";", 1);
    put(out, part->shard.data, part->shard.size);
    put(out, "=", 1);
    weir__position_print(&part->position, text);
    put(out, text, strlen(text));
    if (part->unknown)
        put(out, "?", 1);
    if (part->served_by_id)
        put(out, id, (size_t)snprintf(id, sizeof id, "@%" PRIu32, part->served_by_id));
}

size_t weir__token_end(weir__token_out *out)
{
    char sum[SUM_DIGITS + 2];
    put(out, ";", 1);
    put(out, sum, (size_t)snprintf(sum, sizeof sum, "%08" PRIx32, out->sum));
    if (out->room)
        out->buffer[out->size < out->room ? out->size : out->room - 1] = '\0';
    return out->size;
}

/* The text before the sign, which goes too; all of it when there is none. */
static weir_str cut(weir_str *rest, char sign)
{
    const char *end = rest->size ? memchr(rest->data, sign, rest->size) : NULL;
    size_t size = end ? (size_t)(end - rest->data) : rest->size;
    weir_str before = {rest->data, size};
    rest->data += end ? size + 1 : size;
    rest->size -= end ? size + 1 : size;
    return before;
}

static bool read_part(weir_str text, weir__token_part *part)
{
    weir__gtid id = {0};
    char as_gtid[2 * MOST_ID_DIGITS];
    *part = (weir__token_part){.shard = cut(&text, '=')};
    weir_str position = cut(&text, '@');
    if (position.size && position.data[position.size - 1] == '?') {
        part->unknown = true;
        position.size--;
    }
    if (part->shard.size == 0 || !weir__position_parse(position, &part->position) || text.size > MOST_ID_DIGITS)
        return false;
    if (text.size == 0)
        return true;
    int size = snprintf(as_gtid, sizeof as_gtid, "0-%.*s-0", (int)text.size, text.data);
    if (!weir__gtid_parse((weir_str){as_gtid, (size_t)size}, &id) || id.server == 0)
        return false;
    part->served_by_id = id.server;
    return true;
}

bool weir__token_open(weir_str token, weir_str *database, weir_str *rest)
{
    char sum[SUM_DIGITS + 1];
    weir__token_part part;
    if (token.size < SUM_DIGITS + 4 || token.size > WEIR__MAX_TOKEN_BYTES || memcmp(token.data, "1;", 2) != 0)
        return false;
    size_t size = token.size - SUM_DIGITS;
    snprintf(sum, sizeof sum, "%08" PRIx32, sum_on(fnv_start, token.data, size));
    if (token.data[size - 1] != ';' || memcmp(token.data + size, sum, SUM_DIGITS) != 0)
        return false;
    *rest = (weir_str){token.data + 2, size - 3};
    *database = cut(rest, ';');
    weir_str look = *rest;
    while (look.size)
        if (!read_part(cut(&look, ';'), &part))
            return false;
    return database->size > 0;
}

bool weir__token_next(weir_str *rest, weir__token_part *part)
{
    return rest->size && read_part(cut(rest, ';'), part);
}
