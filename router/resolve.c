/* resolve.c - one pass over the branches that servers hold prepared. SPDX-License-Identifier: Apache-2.0
 * One connection at a time, so that it can wait for nobody. */
#include <inttypes.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/str.h"
#include "router/decision.h"
#include "router/health.h"
#include "router/resolve_impl.h"
#include "router/value.h"

enum { STATEMENT_MS = 2000, XAER_NOTA = 1397, XA_RBROLLBACK = 1402, SQL = 256, KEEP_DAYS = 7, CLEAN_ROWS = 1000 };

const char *weir__resolution_text(weir__resolution resolution)
{
    static const char *const texts[] = {
#define X(name, text) text,
        WEIR__RESOLUTION_MAP(X)
#undef X
    };
    return texts[resolution];
}

void weir__pass_tell(weir__pass *p, weir__resolution what, const weir__shard *shard, const char *name,
                     const weir_error *error)
{
    weir__resolved resolved = {what, shard->config, name, error};
    p->counts->of[what]++;
    if (p->options->each)
        p->options->each(p->options->context, &resolved);
}

/* ---- connections ---- */

weir__deadline weir__pass_soon(const weir__pass *p)
{
    return weir__deadline_in(&p->env->clock, STATEMENT_MS);
}

weir_status weir__pass_call(weir__pass *p, const weir__shard *shard, weir__call *c, weir_error *error)
{
    weir__waiter waiter;
    weir__deadline deadline = weir__pass_soon(p);
    c->conn = NULL;
    c->server = weir__shard_primary(shard, &p->env->clock, deadline);
    if (!c->server) {
        weir__fail(error, WEIR_UNREACHABLE, WEIR_RETRY_CALL, "shard %s has no primary now", shard->config->name);
        return WEIR_UNREACHABLE; /* said once more for static analysis */
    }
    weir__waiter_init(&waiter);
    weir_status status = weir__pool_take(c->server->pool, &waiter, deadline, &c->conn, error);
    return status;
}

void weir__pass_hang_up(const weir__call *c)
{
    if (c->conn)
        weir__pool_give(c->server->pool, c->conn);
}

weir_status weir__pass_run(weir__pass *p, weir__conn *conn, const char *sql, weir__answer *answer, weir_error *error)
{
    weir__command command = {.sql = {sql, strlen(sql)}};
    conn->deadline = weir__pass_soon(p);
    return conn->driver->run(conn, &command, answer, error);
}

/* ---- what is prepared there ---- */

static weir_str text_of(const weir__cell *cell)
{
    return cell->type == WEIR_T_TEXT ? (weir_str){cell->as.p, cell->size} : (weir_str){"", 0};
}

/* The server declares these columns now as numbers, now as text. */
static int64_t number_of(const weir__cell *cell)
{
    int64_t number;
    return weir__value_int(cell, WEIR_T_INT, &number) ? number : -1;
}

/* formatID, length of gtrid, length of bqual, both. False: a branch of another shard on the same server. */
static bool read_branch(const weir__shard *shard, const weir__cell *cells, weir__branch *out)
{
    const weir__shard_config *config = shard->config;
    weir_str data = text_of(&cells[3]), gtrid = data, bqual = data;
    uint64_t where = 0;
    int64_t first = number_of(&cells[1]);
    gtrid.size = first >= 0 && (size_t)first <= data.size ? (size_t)first : data.size;
    bqual.data = gtrid.data + gtrid.size;
    bqual.size = data.size - gtrid.size;
    out->ours = number_of(&cells[0]) == WEIR__XID_FORMAT && weir__gtrid_parse(gtrid, &out->gtrid) &&
                weir__bqual_parse(bqual, &where);
    snprintf(out->name, sizeof out->name, "%.*s", (int)(gtrid.size < 64 ? gtrid.size : 64), gtrid.data);
    return !out->ours || where == weir__shard_hash(config->database->name, config->name);
}

weir_status weir__pass_recover(weir__pass *p, const weir__shard *shard, weir__conn *conn, weir_error *error)
{
    weir__answer answer;
    weir__cell cells[4];
    bool row = true;
    p->count = 0;
    weir_status status = weir__pass_run(p, conn, "XA RECOVER", &answer, error);
    if (status == WEIR_OK && answer.column_count != 4)
        status = weir__fail(error, WEIR_CONFIG, WEIR_RETRY_NEVER, "XA RECOVER gave %u columns", answer.column_count);
    while (status == WEIR_OK && p->count < WEIR__MAX_BRANCHES) {
        status = conn->driver->fetch(conn, &answer, cells, &row, error);
        if (status != WEIR_OK || !row)
            break;
        p->count += read_branch(shard, cells, &p->found[p->count]);
    }
    if (status == WEIR_OK && row) { /* the next pass sees the others */
        p->all_seen = false;
        conn->driver->end(conn);
    }
    return status;
}

/* ---- what becomes of it ---- */

bool weir__pass_has(const weir__pass *p, const char *name)
{
    for (size_t i = 0; i < p->count; i++)
        if (strcmp(p->found[i].name, name) == 0)
            return true;
    return false;
}

weir__shard *weir__pass_shard(const weir__pass *p, uint64_t hash)
{
    const weir__topology *t = p->topology;
    for (size_t i = 0; i < t->shard_count; i++) {
        const weir__shard_config *config = t->shards[i].config;
        if (weir__shard_hash(config->database->name, config->name) == hash)
            return &t->shards[i];
    }
    return NULL;
}

static weir_status look(weir__pass *p, const weir__branch *b, weir__resolution *what, weir_error *error)
{
    static const weir__resolution meanings[] = {
        [WEIR__DECISION_OPEN] = WEIR__RESOLUTION_LEFT,
        [WEIR__DECISION_MADE] = WEIR__RESOLUTION_COMMITTED,
        [WEIR__DECISION_NEVER] = WEIR__RESOLUTION_ROLLED_BACK,
        [WEIR__DECISION_LOST] = WEIR__RESOLUTION_IN_DOUBT,
    };
    weir__call c;
    weir__decision decision;
    weir__shard *decider = b->ours ? weir__pass_shard(p, b->gtrid.decider) : NULL;
    *what = WEIR__RESOLUTION_STRANGER;
    if (!decider)
        return WEIR_OK;
    *what = WEIR__RESOLUTION_FAILED;
    weir_status status = weir__pass_call(p, decider, &c, error);
    if (status != WEIR_OK)
        return status;
    const weir__decision_row row = {WEIR__ROW_OF_GTRID, b->name, b->gtrid.server_id, decider->config->lossless};
    status = weir__decision_look(c.conn, &row, weir__pass_soon(p), &decision, error);
    if (status == WEIR_OK)
        *what = meanings[decision];
    weir__pass_hang_up(&c);
    return status;
}

/* Somebody else was quicker, a living connection still holds it, or what was decided is not there any more. */
static weir__resolution after_nota(weir__pass *p, const weir__shard *shard, weir__conn *conn, const weir__branch *b,
                                   weir__resolution what, weir_error *error)
{
    bool done = false;
    if (what == WEIR__RESOLUTION_ROLLED_BACK)
        return WEIR__RESOLUTION_LEFT;
    if (weir__decision_branch_done(conn, b->name, weir__pass_soon(p), &done, error) != WEIR_OK)
        return WEIR__RESOLUTION_FAILED;
    if (done)
        return what;
    char name[sizeof b->name];
    memcpy(name, b->name, sizeof name);
    if (weir__pass_recover(p, shard, conn, error) != WEIR_OK)
        return WEIR__RESOLUTION_FAILED;
    if (weir__pass_has(p, name))
        return WEIR__RESOLUTION_LEFT;
    /* It may have gone, committed, between the two looks. */
    if (weir__decision_branch_done(conn, name, weir__pass_soon(p), &done, error) != WEIR_OK)
        return WEIR__RESOLUTION_FAILED;
    return done ? what : WEIR__RESOLUTION_DAMAGED;
}

static weir__resolution act(weir__pass *p, const weir__shard *shard, const weir__branch *b, weir__resolution what,
                            bool *again, weir_error *error)
{
    char sql[SQL], bqual[WEIR__BQUAL_SIZE];
    const weir__shard_config *config = shard->config;
    weir__answer answer;
    weir__call c;
    *again = false;
    if (p->options->look_only || (what != WEIR__RESOLUTION_COMMITTED && what != WEIR__RESOLUTION_ROLLED_BACK))
        return what;
    weir__bqual_print(weir__shard_hash(config->database->name, config->name), bqual);
    snprintf(sql, sizeof sql, "XA %s '%s','%s',%d", what == WEIR__RESOLUTION_COMMITTED ? "COMMIT" : "ROLLBACK", b->name,
             bqual, WEIR__XID_FORMAT);
    if (weir__pass_call(p, shard, &c, error) != WEIR_OK)
        return WEIR__RESOLUTION_FAILED;
    weir_status status = weir__pass_run(p, c.conn, sql, &answer, error);
    if (status != WEIR_OK && !c.conn->broken && error->server_errno == XAER_NOTA) {
        what = after_nota(p, shard, c.conn, b, what, error);
        *again = true; /* the list was read anew */
    } else if (status != WEIR_OK && error->server_errno != XA_RBROLLBACK)
        what = WEIR__RESOLUTION_FAILED;
    weir__pass_hang_up(&c);
    return what;
}

static void resolve_shard(weir__pass *p, weir__shard *shard)
{
    weir__call c;
    weir_error error = {0};
    bool again = false;
    weir_status status = weir__pass_call(p, shard, &c, &error);
    if (status == WEIR_OK)
        status = weir__pass_recover(p, shard, c.conn, &error);
    weir__pass_hang_up(&c);
    if (status != WEIR_OK) {
        p->all_seen = false;
        weir__pass_tell(p, WEIR__RESOLUTION_FAILED, shard, NULL, &error);
        return;
    }
    for (size_t i = 0; i < p->count && !again; i++) {
        weir__branch b = p->found[i];
        weir__resolution what;
        memset(&error, 0, sizeof error);
        if (look(p, &b, &what, &error) == WEIR_OK)
            what = act(p, shard, &b, what, &again, &error);
        weir__pass_tell(p, what, shard, b.name, error.status ? &error : NULL);
    }
}

/* ---- cleaning ---- */

/* A decision's row goes a day before those of its branches: as long as there is a decision, the audit can ask what became of it. */
static void clean_shard(weir__pass *p, weir__shard *shard)
{
    static const struct {
        const char *name;
        int days;
    } tables[] = {{"weir_decision", KEEP_DAYS}, {"weir_transaction", KEEP_DAYS}, {"weir_branch", KEEP_DAYS + 1}};
    weir__answer answer;
    weir__call c;
    weir_error error;
    char sql[SQL];
    if (weir__pass_call(p, shard, &c, &error) != WEIR_OK)
        return;
    for (size_t i = 0; i < sizeof tables / sizeof *tables && !c.conn->broken && !weir__pass_stops(p); i++) {
        weir_status status;
        snprintf(sql, sizeof sql, "DELETE FROM %s WHERE made_at < NOW(6) - INTERVAL %d DAY LIMIT %d", tables[i].name,
                 tables[i].days, CLEAN_ROWS);
        do
            status = weir__pass_run(p, c.conn, sql, &answer, &error);
        while (status == WEIR_OK && answer.result.affected == CLEAN_ROWS && !weir__pass_stops(p));
    }
    weir__pass_hang_up(&c);
}

/* ---- whose turn it is ---- */

bool weir__resolve_turn(const weir__env *env, weir__topology *t)
{
    static const char *const ask[] = {
        "UPDATE weir_lease SET holder = CONCAT(@@hostname, ' ', CONNECTION_ID()), token = token + 1, "
        "until = NOW(6) + INTERVAL 1 HOUR WHERE name = 'resolver' AND until < NOW(6)",
        "INSERT IGNORE INTO weir_lease (name, holder, token, until) VALUES "
        "('resolver', CONCAT(@@hostname, ' ', CONNECTION_ID()), 1, NOW(6) + INTERVAL 1 HOUR)",
    };
    weir__pass p = {.env = env, .topology = t};
    weir__answer answer = {.result = {.affected = 0}};
    weir__call c;
    weir_error ignored;
    weir__shard *shard = NULL;
    for (size_t i = 0; i < t->shard_count && !shard; i++)
        if (t->shards[i].config->database->shard_count > 1)
            shard = &t->shards[i];
    if (!shard || weir__pass_call(&p, shard, &c, &ignored) != WEIR_OK)
        return false;
    weir_status status = WEIR_OK;
    for (size_t i = 0; i < sizeof ask / sizeof *ask && status == WEIR_OK && answer.result.affected == 0; i++)
        status = weir__pass_run(&p, c.conn, ask[i], &answer, &ignored);
    weir__pass_hang_up(&c);
    return status == WEIR_OK && answer.result.affected > 0;
}

bool weir__pass_stops(weir__pass *p)
{
    if (!p->options->stop || !atomic_load_explicit(p->options->stop, memory_order_relaxed))
        return false;
    p->all_seen = false;
    return true;
}

weir_status weir__resolve(const weir__env *env, weir__topology *topology, const weir__resolve_options *options,
                          weir__resolve_counts *counts, weir_error *error)
{
    weir__pass p = {.env = env, .topology = topology, .options = options, .counts = counts, .all_seen = true};
    memset(counts, 0, sizeof *counts);
    p.found = weir__array(&env->mem, WEIR__MAX_BRANCHES, sizeof *p.found);
    if (!p.found)
        return weir__fail_nomem(error);
    for (size_t i = 0; i < topology->shard_count && !weir__pass_stops(&p); i++)
        if (topology->shards[i].config->database->shard_count > 1)
            resolve_shard(&p, &topology->shards[i]);
    if (options->audit)
        weir__audit(&p);
    bool nothing_left = p.all_seen;
    for (int i = WEIR__RESOLUTION_LEFT; i < WEIR__RESOLUTIONS; i++)
        nothing_left = nothing_left && (counts->of[i] == 0 || i == WEIR__RESOLUTION_STRANGER);
    for (size_t i = 0; options->clean && nothing_left && i < topology->shard_count; i++)
        clean_shard(&p, &topology->shards[i]);
    weir__free(&env->mem, p.found);
    return WEIR_OK;
}
