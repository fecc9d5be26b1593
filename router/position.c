/* position.c - see position.h. SPDX-License-Identifier: Apache-2.0 */
#include "router/position.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Digits at *at, at most `most`. */
static bool read_number(const char **at, const char *end, uint64_t most, uint64_t *number)
{
    const char *from = *at;
    uint64_t n = 0;
    for (; *at < end && **at >= '0' && **at <= '9'; (*at)++) {
        uint64_t digit = (uint64_t)(**at - '0');
        if (n > (most - digit) / 10)
            return false;
        n = n * 10 + digit;
    }
    *number = n;
    return *at > from;
}

static bool read_sign(const char **at, const char *end, char sign)
{
    if (*at == end || **at != sign)
        return false;
    (*at)++;
    return true;
}

static bool read_gtid(const char **at, const char *end, weir__gtid *gtid)
{
    uint64_t domain, server;
    bool good = read_number(at, end, UINT32_MAX, &domain) && read_sign(at, end, '-') &&
                read_number(at, end, UINT32_MAX, &server) && read_sign(at, end, '-') &&
                read_number(at, end, UINT64_MAX, &gtid->sequence);
    if (good) {
        gtid->domain = (uint32_t)domain;
        gtid->server = (uint32_t)server;
    }
    return good;
}

bool weir__gtid_parse(weir_str text, weir__gtid *gtid)
{
    const char *at = text.data, *end = text.data + text.size;
    return text.size && read_gtid(&at, end, gtid) && at == end;
}

static weir__gtid *find(weir__gtid *gtids, uint32_t count, weir__gtid like, bool by_server)
{
    for (uint32_t i = 0; i < count; i++)
        if (gtids[i].domain == like.domain && (!by_server || gtids[i].server == like.server))
            return &gtids[i];
    return NULL;
}

/* A new one, in its place. False: no room. */
static bool put(weir__gtid *gtids, uint32_t *count, uint32_t room, weir__gtid gtid)
{
    if (*count == room)
        return false;
    uint32_t i = (*count)++;
    for (; i > 0 && (gtids[i - 1].domain > gtid.domain ||
                     (gtids[i - 1].domain == gtid.domain && gtids[i - 1].server > gtid.server));
         i--)
        gtids[i] = gtids[i - 1];
    gtids[i] = gtid;
    return true;
}

static bool parse_list(weir_str text, weir__gtid *gtids, uint32_t *count, uint32_t room, bool by_server)
{
    const char *at = text.data, *end = text.size ? text.data + text.size : text.data;
    bool good = true;
    *count = 0;
    while (good && at < end) {
        weir__gtid gtid = {0};
        good = read_gtid(&at, end, &gtid) && !find(gtids, *count, gtid, by_server) && put(gtids, count, room, gtid) &&
               (at == end || (read_sign(&at, end, ',') && at < end));
    }
    if (!good)
        *count = 0;
    return good;
}

bool weir__position_parse(weir_str text, weir__position *position)
{
    return parse_list(text, position->gtids, &position->count, WEIR__MAX_DOMAINS, false);
}

void weir__position_print(const weir__position *position, char text[WEIR__POSITION_TEXT])
{
    size_t size = 0;
    text[0] = '\0';
    for (uint32_t i = 0; i < position->count && size < WEIR__POSITION_TEXT; i++) {
        const weir__gtid *g = &position->gtids[i];
        size += (size_t)snprintf(text + size, WEIR__POSITION_TEXT - size, "%s%" PRIu32 "-%" PRIu32 "-%" PRIu64,
                                 i ? "," : "", g->domain, g->server, g->sequence);
    }
}

bool weir__position_add(weir__position *position, weir__gtid gtid)
{
    weir__gtid *mine = find(position->gtids, position->count, gtid, false);
    if (!mine)
        return put(position->gtids, &position->count, WEIR__MAX_DOMAINS, gtid);
    if (gtid.sequence > mine->sequence)
        *mine = gtid;
    return true;
}

bool weir__position_join(weir__position *position, const weir__position *other)
{
    weir__position joined = *position;
    for (uint32_t i = 0; i < other->count; i++)
        if (!weir__position_add(&joined, other->gtids[i]))
            return false;
    *position = joined;
    return true;
}

bool weir__position_reached(const weir__position *have, const weir__position *want)
{
    for (uint32_t i = 0, h = 0; i < want->count; i++) {
        while (h < have->count && have->gtids[h].domain < want->gtids[i].domain)
            h++;
        if (h == have->count || have->gtids[h].domain != want->gtids[i].domain ||
            have->gtids[h].sequence < want->gtids[i].sequence)
            return false;
    }
    return true;
}

bool weir__position_equal(const weir__position *a, const weir__position *b)
{
    return a->count == b->count && memcmp(a->gtids, b->gtids, a->count * sizeof *a->gtids) == 0;
}

bool weir__gtid_state_parse(weir_str text, weir__gtid_state *state)
{
    return parse_list(text, state->gtids, &state->count, WEIR__MAX_GTIDS, true);
}

bool weir__gtid_state_add(weir__gtid_state *state, weir__gtid gtid)
{
    weir__gtid *mine = find(state->gtids, state->count, gtid, true);
    if (!mine)
        return put(state->gtids, &state->count, WEIR__MAX_GTIDS, gtid);
    if (gtid.sequence > mine->sequence)
        mine->sequence = gtid.sequence;
    return true;
}

bool weir__gtid_state_holds(const weir__gtid_state *state, weir__gtid gtid)
{
    for (uint32_t i = 0; i < state->count; i++) {
        const weir__gtid *mine = &state->gtids[i];
        if (mine->domain == gtid.domain && mine->server == gtid.server)
            return mine->sequence >= gtid.sequence;
    }
    return false;
}

bool weir__gtid_state_holds_all(const weir__gtid_state *state, const weir__gtid *gtids, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (!weir__gtid_state_holds(state, gtids[i]))
            return false;
    return true;
}
