/* pressure.c - waits while replicas lag or the primary is busy. SPDX-License-Identifier: Apache-2.0
 * Looked at before a statement, at most once a second. A replica has caught up when it has reached what the primary had written when we
 * asked: after a long ALTER that is when the replica has done it too. */
#include "router/migrate/impl.h"

#include <stdio.h>

#include "base/str.h"

enum { EVERY_NS = 1000000000, PAUSE_MS = 250, MAX_POSITION = 4096 };

static void second_cell(void *context, const weir_str *cells, uint32_t count)
{
    if (count > 1)
        *(uint64_t *)context = weir__link_number(cells[1]);
}

static weir_status wait_for_primary(weir__place *place, weir_error *error)
{
    uint64_t running = 0;
    bool told = false;
    for (;;) {
        weir_status status = weir__link_ask(&place->shard->link, "SHOW GLOBAL STATUS LIKE 'Threads_running'",
                                            second_cell, &running, error);
        if (status != WEIR_OK || running <= place->m->options.max_threads)
            return status;
        if (!told)
            weir__migrate_tell(place->m, WEIR__MIGRATE_WAITING, place->shard->config->name,
                               "for the primary, which runs %u statements at once; %u are allowed", (unsigned)running,
                               place->m->options.max_threads);
        told = true;
        weir__migrate_pause(place->m, PAUSE_MS);
        status = weir__migrate_may_go_on(place->m, error);
        if (status != WEIR_OK)
            return status;
    }
}

static void leave_replica(weir__place *place, size_t i, const weir_error *error)
{
    weir__migrate_tell(place->m, WEIR__MIGRATE_WARNING, place->shard->config->name,
                       "its replica %s is not waited for: %s", place->shard->config->replicas[i].address.text,
                       error->text);
    place->replica_told[i] = true;
}

/* A replica that cannot be asked is told once, and not waited for. */
static bool open_replica(weir__place *place, size_t i, weir_error *error)
{
    weir__link *link = &place->replicas[i];
    if (place->replica_told[i])
        return false;
    if (link->conn && !link->conn->broken)
        return true;
    weir__link_close(link);
    if (weir__link_open(link, place->m->env, place->shard->config, &place->shard->config->replicas[i], error) ==
        WEIR_OK)
        return true;
    leave_replica(place, i, error);
    return false;
}

/* Has it got there within a second? */
static weir_status ask_replica(weir__link *link, const char *position, bool *there, weir_error *error)
{
    char sql[MAX_POSITION + 100], text[32];
    bool found;
    snprintf(sql, sizeof sql, "SELECT %s('%s', 1)",
             link->conn->mariadb ? "MASTER_GTID_WAIT" : "WAIT_FOR_EXECUTED_GTID_SET", position);
    weir_status status = weir__link_ask_text(link, sql, text, sizeof text, &found, error);
    *there = status == WEIR_OK && strcmp(text, "0") == 0;
    return status;
}

static weir_status wait_for_replica(weir__place *place, size_t i, const char *position, weir_error *error)
{
    bool there = false, told = false;
    uint64_t from_ns = weir__now(&place->m->env->clock);
    while (!there && open_replica(place, i, error)) {
        bool asked = ask_replica(&place->replicas[i], position, &there, error) == WEIR_OK;
        if (!asked && !place->replicas[i].conn->broken)
            leave_replica(place, i, error);
        else if (!asked)
            weir__migrate_pause(place->m, PAUSE_MS); /* once more, on another connection */
        uint64_t waited_ms = (weir__now(&place->m->env->clock) - from_ns) / 1000000u;
        if (!told && waited_ms >= place->m->options.max_lag_ms) {
            weir__migrate_tell(place->m, WEIR__MIGRATE_WAITING, place->shard->config->name,
                               "for its replica %s, which is behind", place->shard->config->replicas[i].address.text);
            told = true;
        }
        weir_status status = weir__migrate_may_go_on(place->m, error);
        if (status != WEIR_OK)
            return status;
    }
    return WEIR_OK;
}

static weir_status wait_for_replicas(weir__place *place, weir_error *error)
{
    const weir__shard_config *config = place->shard->config;
    weir__link *link = &place->shard->link;
    char position[MAX_POSITION];
    bool found;
    if (config->replica_count == 0)
        return WEIR_OK;
    weir_status status =
        weir__link_ask_text(link, link->conn->mariadb ? "SELECT @@gtid_binlog_pos" : "SELECT @@GLOBAL.gtid_executed",
                            position, sizeof position, &found, error);
    if (status != WEIR_OK || !*position || strlen(position) + 1 == sizeof position)
        return status; /* without positions nothing can be told */
    for (size_t i = 0; i < config->replica_count && status == WEIR_OK; i++)
        if (&config->replicas[i] != link->at)
            status = wait_for_replica(place, i, position, error);
    return status;
}

weir_status weir__migrate_ease(weir__place *place, weir_error *error)
{
    const weir__migrate_options *o = &place->m->options;
    uint64_t now_ns = weir__now(&place->m->env->clock);
    weir_status status = WEIR_OK;
    if (place->eased_ns && now_ns < place->eased_ns + EVERY_NS)
        return WEIR_OK;
    status = weir__migrate_settle(place, error); /* it may be long until the next row */
    if (status == WEIR_OK && o->max_threads)
        status = wait_for_primary(place, error);
    if (status == WEIR_OK && o->max_lag_ms)
        status = wait_for_replicas(place, error);
    place->eased_ns = weir__now(&place->m->env->clock);
    return status;
}
