/* online.c - changing a table that is in use. SPDX-License-Identifier: Apache-2.0
 * The server is asked for the gentlest way first and refuses what it cannot do so (1845, 1846): INSTANT, then in place without a lock.
 * What is left would copy the table or keep writers out: it runs if that is allowed, or if the table is empty.
 * A definition waits lock_wait_timeout for its metadata lock and tries again later: a longer wait would let a queue build up behind it. */
#include "router/migrate/impl.h"

#include <stdio.h>

#include "base/str.h"

enum { NOT_SO = 1845, NOT_SO_BECAUSE = 1846, LOCK_WAIT = 1205, MAX_PAUSE_MS = 5000 };

/* One way of running it, again while others hold the table. */
static weir_status run_patiently(weir__place *place, weir_str sql, weir_error *error)
{
    const weir__migrate_options *o = &place->m->options;
    weir_status status = WEIR_OK;
    for (uint32_t attempt = 1;; attempt++) {
        status = weir__link_run(&place->shard->link, sql, NULL, error);
        if (status == WEIR_OK || error->server_errno != LOCK_WAIT)
            return status;
        if (attempt >= o->attempts) {
            char text[200];
            snprintf(text, sizeof text, "%.190s", error->text);
            status = weir__fail(error, WEIR_BUSY, WEIR_RETRY_CALL,
                                "%u times %u s were not enough to get at the table: a transaction has it open; end "
                                "that, and go on with the "
                                "same command (%s)",
                                o->attempts, o->lock_wait_s, text);
            return status;
        }
        if (attempt == 1)
            weir__migrate_tell(place->m, WEIR__MIGRATE_WAITING, place->shard->config->name,
                               "for transactions that have the table open; each try lasts %u s, so that others pass",
                               o->lock_wait_s);
        uint32_t pause_ms = 100U << (attempt < 6 ? attempt : 6);
        weir__migrate_pause(place->m, pause_ms < MAX_PAUSE_MS ? pause_ms : MAX_PAUSE_MS);
        status = weir__migrate_may_go_on(place->m, error);
        if (status != WEIR_OK)
            return status;
    }
}

static weir_status run_with(weir__place *place, const char *clause, weir_error *error)
{
    const weir__step *s = place->step;
    weir__buf sql;
    weir__buf_init(&sql, &place->m->env->mem, s->sql.size + 128);
    weir__buf_add(&sql, s->sql.data, s->clause_at);
    weir__buf_adds(&sql, clause);
    weir__buf_add(&sql, s->sql.data + s->clause_at, s->sql.size - s->clause_at);
    weir_status status =
        sql.failed ? weir__fail_nomem(error) : run_patiently(place, (weir_str){sql.data, sql.size}, error);
    weir__buf_deinit(&sql);
    return status;
}

static bool is_refusal(const weir_error *error)
{
    return error->server_errno == NOT_SO || error->server_errno == NOT_SO_BECAUSE;
}

static weir_status is_empty(weir__place *place, bool *empty, weir_error *error)
{
    char text[16];
    bool found = true;
    weir__buf sql;
    weir__buf_init(&sql, &place->m->env->mem, 1024);
    weir__buf_adds(&sql, "SELECT 1 FROM ");
    weir__link_put_name(&sql, place->step->objects[0].name);
    weir__buf_adds(&sql, " LIMIT 1");
    weir_status status = sql.failed
                             ? weir__fail_nomem(error)
                             : weir__link_ask_text(&place->shard->link, sql.data, text, sizeof text, &found, error);
    weir__buf_deinit(&sql);
    *empty = status == WEIR_OK && !found;
    return status;
}

/* It would copy or block: reason says why, as the server put it. */
static weir_status run_blocking(weir__place *place, const char *reason, weir_error *error)
{
    char where[300];
    bool empty = false;
    weir__migrate_where(place, where, sizeof where);
    if (place->m->options.allow_blocking) {
        weir__migrate_tell(place->m, WEIR__MIGRATE_WARNING, place->shard->config->name,
                           "%s copies the table or keeps writers out: %s", where, reason);
        return run_patiently(place, place->step->sql, error);
    }
    weir_status status = is_empty(place, &empty, error);
    if (status == WEIR_OK && empty)
        return run_patiently(place, place->step->sql, error);
    if (status != WEIR_OK && place->shard->link.conn->broken)
        return status;
    return weir__fail(error, WEIR_UNSUPPORTED, WEIR_RETRY_NEVER,
                      "%.100s would copy the table or keep writers out, and the table has rows: allow it with "
                      "--allow-blocking (%.120s)",
                      where, reason);
}

weir_status weir__migrate_define(weir__place *place, weir_error *error)
{
    static const char *const of_alter[] = {"ALGORITHM=INSTANT, ", "ALGORITHM=INPLACE, LOCK=NONE, ", NULL};
    static const char *const of_index[] = {" ALGORITHM=INPLACE LOCK=NONE", NULL};
    const weir__step *s = place->step;
    if (s->blocks)
        return run_blocking(place, "its own words", error);
    if (s->online == WEIR__ONLINE_NO || s->says_algorithm)
        return run_patiently(place, s->sql, error);
    weir_status status = WEIR_OK;
    for (const char *const *way = s->online == WEIR__ONLINE_ALTER ? of_alter : of_index; *way; way++) {
        status = run_with(place, *way, error);
        if (status == WEIR_OK || !is_refusal(error))
            return status;
    }
    char reason[sizeof error->text];
    snprintf(reason, sizeof reason, "%s", error->text);
    return run_blocking(place, reason, error);
}
