/* seen.c - see seen.h. SPDX-License-Identifier: Apache-2.0 */
#include "router/seen.h"

#include <stdio.h>

#include "base/str.h"
#include "router/token.h"

static weir__seen *find(const weir_session *s, weir_str shard)
{
    weir__seen *seen = s->seen;
    while (seen && !weir__str_is(shard, seen->shard))
        seen = seen->next;
    return seen;
}

static weir__seen *add(weir_session *s, weir_str shard)
{
    weir__seen *seen = shard.size < sizeof seen->shard ? weir__new(&s->client->env.mem, sizeof *seen) : NULL;
    if (!seen)
        return NULL;
    snprintf(seen->shard, sizeof seen->shard, "%.*s", WEIR__STR(shard));
    seen->floor = weir__floor_none;
    seen->next = s->seen;
    s->seen = seen;
    return seen;
}

static uint32_t served_by_id(const weir__monitor *m, const weir__floor *f)
{
    if (f->served_by == WEIR__NO_MEMBER || !m)
        return f->served_by_id;
    return m->group.members[f->served_by].probe.server_id;
}

/* Members are counted anew: what was seen is carried over as a token would. */
static void carry_over(weir__seen *seen, weir__monitor *to, uint64_t now_ns)
{
    weir__monitor *from = seen->monitor;
    weir__floor *f = &seen->floor;
    seen->monitor = weir__monitor_ref(to);
    if (!from)
        return;
    pthread_mutex_lock(&from->lock);
    uint32_t id = served_by_id(from, f);
    pthread_mutex_unlock(&from->lock);
    weir__floor carried = weir__floor_none;
    carried.position = f->position;
    carried.served_by_id = id;
    carried.since_ns = now_ns;
    carried.unknown = f->unknown;
    carried.wrote_untold = f->wrote_untold;
    *f = carried;
    weir__monitor_unref(from);
}

weir_status weir__seen_take(weir_session *s, weir__seat *seat, weir_error *error)
{
    weir__monitor *m = seat->shard->monitor;
    if (!m || seat->seen)
        return WEIR_OK;
    weir_str name = weir__view(seat->shard->config->name);
    weir__seen *seen = find(s, name);
    if (!seen)
        seen = add(s, name);
    if (!seen)
        return weir__fail_nomem(error);
    if (seen->monitor != m)
        carry_over(seen, m, weir__now(&s->client->env.clock));
    seat->seen = seen;
    return WEIR_OK;
}

void weir__seen_free(weir_session *s)
{
    for (weir__seen *seen = s->seen, *next; seen; seen = next) {
        next = seen->next;
        weir__monitor_unref(seen->monitor);
        weir__free(&s->client->env.mem, seen);
    }
    s->seen = NULL;
}

weir_status weir__seen_after(weir_session *s, const char *token, weir_error *error)
{
    weir_str database, rest;
    weir__token_part part;
    if (!token || !*token)
        return WEIR_OK;
    if (!weir__token_open(weir__view(token), &database, &rest))
        return weir__fail(error, WEIR_USAGE, WEIR_RETRY_NEVER,
                          "after_token is no token that weir_token printed, or it was cut or changed on its way");
    if (!weir__str_is(database, s->database->config->name))
        return weir__fail(error, WEIR_USAGE, WEIR_RETRY_NEVER, "after_token is of database '%.*s', the session of '%s'",
                          WEIR__STR(database), s->database->config->name);
    while (weir__token_next(&rest, &part)) {
        weir__seen *seen = add(s, part.shard);
        if (!seen)
            return weir__fail_nomem(error);
        seen->floor.position = part.position;
        seen->floor.unknown = part.unknown;
        seen->floor.served_by_id = part.served_by_id;
        seen->floor.since_ns = weir__now(&s->client->env.clock);
    }
    return WEIR_OK;
}

size_t weir_token(const weir_session *s, char *buffer, size_t size)
{
    weir__token_out out;
    if (buffer && size)
        buffer[0] = '\0';
    if (!s || weir__client_forked(s->client))
        return 0;
    bool any = false;
    for (const weir__seen *seen = s->seen; seen; seen = seen->next) {
        const weir__floor *f = &seen->floor;
        weir__token_part part = {weir__view(seen->shard), f->position, f->unknown, f->served_by_id};
        if (seen->monitor) {
            pthread_mutex_lock(&seen->monitor->lock);
            part.served_by_id = served_by_id(seen->monitor, f);
            pthread_mutex_unlock(&seen->monitor->lock);
        }
        if (part.position.count == 0 && !part.unknown && !part.served_by_id)
            continue;
        if (!any)
            weir__token_begin(&out, buffer, size, s->database->config->name);
        any = true;
        weir__token_add(&out, &part);
    }
    return any ? weir__token_end(&out) : 0;
}
