/* execute.c - one statement, once. SPDX-License-Identifier: Apache-2.0
 * The named fault points stand where a runner may die; docs/migrations.md says what the next one finds at each. */
#include "router/migrate/impl.h"

#include <stdio.h>

#include "base/str.h"
#include "router/migrate/snapshot.h"

enum { DEADLOCK = 1213, LOCK_WAIT = 1205, MAX_DATA_ATTEMPTS = 10 };

void weir__migrate_where(const weir__place *place, char *out, size_t room)
{
    const char *path = place->job->down ? place->job->migration->down : place->job->migration->up,
               *name = strrchr(path, '/');
    snprintf(out, room, "%s:%u (statement %u of %u)", name ? name + 1 : path, place->step->line, place->step->number,
             place->script->count);
}

static uint64_t since_ms(const weir__place *place, uint64_t from_ns)
{
    return (weir__now(&place->m->env->clock) - from_ns) / 1000000u;
}

/* ---- what failed ---- */

/* Its row says why it failed, where the server still listens. */
static void note_failure(weir__place *place, bool begun, const weir_error *failed)
{
    weir_error ignored;
    weir__link *link = &place->shard->link;
    if (link->conn->broken || failed->status == WEIR_CONFLICT)
        return;
    if (!begun && weir__ledger_write(link, &place->m->fence, &(const weir__written){.entry = &place->entry}, 1,
                                     &ignored) != WEIR_OK)
        return;
    (void)weir__ledger_fail(link, &place->entry, failed->text, &ignored);
}

/* ---- what is owed ---- */

weir_status weir__migrate_settle(weir__place *place, weir_error *error)
{
    if (!place->owes)
        return WEIR_OK;
    weir_status status = weir__ledger_end(&place->shard->link, &place->owed, place->owed_ms, error);
    place->owes = status != WEIR_OK;
    (void)(status == WEIR_OK && weir__fault(place->m->env, migrate_ended));
    return status;
}

/* The statement's row, and in the same statement what is owed: one wait for the disk instead of two. */
static weir_status write_row(weir__place *place, const weir__written *row, weir_error *error)
{
    const weir__written rows[] = {
        {.entry = &place->owed,
         .ended = true,
         .milliseconds = place->owed_ms,
         .ago_ms = since_ms(place, place->owed_ns)},
        *row,
    };
    return weir__ledger_write(&place->shard->link, &place->m->fence, place->owes ? rows : rows + 1, place->owes ? 2 : 1,
                              error);
}

static void paid(weir__place *place)
{
    bool owed = place->owes;
    place->owes = false;
    (void)(owed && weir__fault(place->m->env, migrate_ended));
}

static weir_status begin_row(weir__place *place, const char *intent, weir_error *error)
{
    const weir__written row = {.entry = &place->entry, .intent = intent};
    weir_status status = write_row(place, &row, error);
    if (status == WEIR_OK)
        paid(place);
    return status;
}

/* Outside of a transaction: the statement has ended. */
static weir_status end_row(weir__place *place, weir_error *error)
{
    const weir__written row = {.entry = &place->entry, .ended = true};
    weir_status status = write_row(place, &row, error);
    if (status == WEIR_OK)
        paid(place);
    return status;
}

/* ---- settings ---- */

static weir_status run_setting(weir__place *place, weir_error *error)
{
    weir_status status = weir__link_run(&place->shard->link, place->step->sql, NULL, error);
    if (status == WEIR_OK)
        return end_row(place, error);
    note_failure(place, false, error);
    return status;
}

/* ---- data ---- */

static weir_status try_data(weir__place *place, weir_error *error)
{
    weir__link *link = &place->shard->link;
    weir_error ignored;
    uint64_t from_ns = weir__now(&place->m->env->clock);
    weir_status status = weir__link_run(link, weir__view("START TRANSACTION"), NULL, error);
    if (status == WEIR_OK)
        status = weir__link_run(link, place->step->sql, NULL, error);
    if (status == WEIR_OK && weir__fault(place->m->env, migrate_changed))
        status = weir__fail(error, WEIR_UNREACHABLE, WEIR_RETRY_CALL, "a fault point broke the connection");
    const weir__written row = {.entry = &place->entry, .ended = true, .milliseconds = since_ms(place, from_ns)};
    if (status == WEIR_OK)
        status = write_row(place, &row, error);
    if (status == WEIR_OK && weir__fault(place->m->env, migrate_recorded))
        status = weir__fail(error, WEIR_UNREACHABLE, WEIR_RETRY_CALL, "a fault point broke the connection");
    if (status == WEIR_OK)
        status = weir__link_run(link, weir__view("COMMIT"), NULL, error);
    else if (!link->conn->broken && weir__link_run(link, weir__view("ROLLBACK"), NULL, &ignored) != WEIR_OK)
        link->conn->broken = true;
    return status;
}

static bool is_contention(const weir_error *error)
{
    return error->server_errno == DEADLOCK || error->server_errno == LOCK_WAIT;
}

static weir_status run_data(weir__place *place, weir_error *error)
{
    weir_status status = weir__migrate_check_engines(place, error);
    for (int attempt = 1; status == WEIR_OK; attempt++) {
        status = try_data(place, error);
        if (status == WEIR_OK) {
            paid(place);
            (void)weir__fault(place->m->env, migrate_committed);
            return WEIR_OK;
        }
        if (!is_contention(error) || place->shard->link.conn->broken || attempt == MAX_DATA_ATTEMPTS)
            break;
        weir__migrate_tell(place->m, WEIR__MIGRATE_WAITING, place->shard->config->name,
                           "for rows that others have locked: %s", error->text);
        weir__migrate_pause(place->m, 100U << (attempt < 6 ? attempt : 6));
        status = weir__migrate_may_go_on(place->m, error);
    }
    note_failure(place, false, error);
    return status;
}

/* ---- definitions ---- */

/* An earlier runner began it: has it run? Both snapshots are of the same objects. */
static weir_status resolve(weir__place *place, const weir__ledger_row *before, const char *now, bool *has_run,
                           weir_error *error)
{
    char where[300];
    *has_run = strcmp(before->intent, now) != 0;
    if (!*has_run)
        return WEIR_OK;
    weir__migrate_where(place, where, sizeof where);
    weir_status status = weir__ledger_end(&place->shard->link, &place->entry, 0, error);
    if (status == WEIR_OK)
        weir__migrate_tell(place->m, WEIR__MIGRATE_RESOLVED, place->shard->config->name,
                           "%s was interrupted, and has run: what SHOW CREATE says has changed since it began", where);
    return status;
}

static weir_status begin_definition(weir__place *place, const weir__ledger_row *before, bool *has_run,
                                    weir_error *error)
{
    char where[300];
    weir__buf snapshot;
    weir__migrate_where(place, where, sizeof where);
    *has_run = false;
    if (before && before->intent && strcmp(before->statement_checksum, place->step->checksum) != 0)
        return weir__fail(error, WEIR_CONFIG, WEIR_RETRY_NEVER,
                          "%.120s was begun with another text, and nobody has looked yet whether that ran: put the old "
                          "text back, run up, "
                          "and write the change as a new migration",
                          where);
    weir__buf_init(&snapshot, &place->m->env->mem, WEIR__MAX_SNAPSHOT);
    weir_status status = weir__snapshot_take(&place->shard->link, place->step, &snapshot, error);
    if (status == WEIR_OK && before && before->intent)
        status = resolve(place, before, snapshot.data, has_run, error);
    else if (status == WEIR_OK && place->step->renames && weir__snapshot_is_blind(place->step, snapshot.data))
        status = weir__fail(error, WEIR_UNSUPPORTED, WEIR_RETRY_NEVER,
                            "%.120s: the tables look alike, so that after a crash nobody could tell whether they were "
                            "renamed: give one of "
                            "them a COMMENT first",
                            where);
    if (status == WEIR_OK && !*has_run) /* also where it was begun: under this runner's token */
        status = begin_row(place, snapshot.data, error);
    weir__buf_deinit(&snapshot);
    return status;
}

static bool changes_tables_only(const weir__step *step)
{
    for (uint32_t i = 0; i < step->object_count; i++)
        if (step->objects[i].kind != WEIR__OBJECT_TABLE)
            return false;
    return step->kind == WEIR__STEP_DEFINITION;
}

/* What has begun, with its row there: to its end. */
static weir_status finish(weir__place *place, weir_error *error)
{
    uint64_t from_ns = weir__now(&place->m->env->clock);
    if (!place->step->keeps_engine)
        weir__buf_reset(&place->safe);
    if (!changes_tables_only(place->step))
        place->triggers_counted = false;
    (void)weir__fault(place->m->env, migrate_begun);
    weir_status status = weir__migrate_define(place, error);
    if (status != WEIR_OK) {
        note_failure(place, true, error);
        return status;
    }
    if (weir__fault(place->m->env, migrate_defined))
        return weir__fail(error, WEIR_UNREACHABLE, WEIR_RETRY_CALL, "a fault point broke the connection");
    place->owed = place->entry;
    place->owed_ms = since_ms(place, from_ns);
    place->owed_ns = weir__now(&place->m->env->clock);
    place->owes = true; /* should this runner die now, SHOW CREATE tells; of what has no intent nothing does */
    return place->step->kind == WEIR__STEP_DEFINITION ? WEIR_OK : weir__migrate_settle(place, error);
}

static weir_status run_definition(weir__place *place, const weir__ledger_row *before, weir_error *error)
{
    bool has_run;
    weir_status status = begin_definition(place, before, &has_run, error);
    return status == WEIR_OK && !has_run ? finish(place, error) : status;
}

static weir_status run_repeatable(weir__place *place, weir_error *error)
{
    weir_status status = begin_row(place, NULL, error);
    return status == WEIR_OK ? finish(place, error) : status;
}

weir_status weir__migrate_execute(weir__place *place, const weir__ledger_row *before, weir_error *error)
{
    const weir__step *step = place->step;
    place->entry = (weir__entry){
        .version = place->job->migration->version,
        .round = place->job->round,
        .statement = step->number,
        .statements = place->script->count,
        .name = place->job->migration->name,
        .checksum = place->script->checksum,
        .statement_checksum = step->checksum,
    };
    if (step->only &&
        step->only != place->shard->config) /* its tables are on another shard: here it has run when its turn came */
        return end_row(place, error);
    switch (step->kind) {
    case WEIR__STEP_SETTING:
        return run_setting(place, error);
    case WEIR__STEP_DATA:
        return run_data(place, error);
    case WEIR__STEP_DEFINITION:
        return run_definition(place, before, error);
    case WEIR__STEP_REPEATABLE:
        return run_repeatable(place, error);
    }
    return WEIR_OK;
}
