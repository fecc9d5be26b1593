/* resolve.c - one pass over the branches that servers hold prepared. SPDX-License-Identifier: Apache-2.0
 * One connection at a time, so that it can wait for nobody. */
#include <inttypes.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/str.h"
#include "router/decision.h"
#include "router/health.h"
#include "router/resolver.h"
#include "router/value.h"
#include "router/xid.h"

enum { STATEMENT_MS = 2000, XAER_NOTA = 1397, XA_RBROLLBACK = 1402, SQL = 256, KEEP_DAYS = 7, CLEAN_ROWS = 1000 };

typedef struct branch {
    char name[WEIR__GTRID_SIZE + 8]; /* the gtrid; of a stranger its beginning */
    weir__gtrid gtrid;
    bool ours;
} branch;

typedef struct pass {
    const weir__env *env;
    weir__topology *topology;
    const weir__resolve_options *options;
    weir__resolve_counts *counts;
    branch *found; /* on the shard that is looked at */
    size_t count;
    bool all_seen; /* every shard told all that it holds */
} pass;

const char *weir__resolution_text(weir__resolution resolution)
{
    static const char *const texts[] = {
#define X(name, text) text,
        WEIR__RESOLUTION_MAP(X)
#undef X
    };
    return texts[resolution];
}

static void tell(pass *p, weir__resolution what, const weir__shard *shard, const char *name, const weir_error *error)
{
    weir__resolved resolved = {what, shard->config, name, error};
    p->counts->of[what]++;
    if (p->options->each)
        p->options->each(p->options->context, &resolved);
}

/* ---- connections ---- */

static weir__deadline soon(const pass *p)
{
    return weir__deadline_in(&p->env->clock, STATEMENT_MS);
}

/* A connection, and the server that it goes back to. */
typedef struct call {
    weir__server *server;
    weir__conn *conn;
} call;

static weir_status dial(pass *p, const weir__shard *shard, call *c, weir_error *error)
{
    weir__waiter waiter;
    weir__deadline deadline = soon(p);
    c->conn = NULL;
    c->server = weir__shard_primary(shard, &p->env->clock, deadline);
    if (!c->server)
        return weir__fail(error, WEIR_UNREACHABLE, WEIR_RETRY_CALL, "shard %s has no primary now", shard->config->name);
    weir__waiter_init(&waiter);
    weir_status status = weir__pool_take(c->server->pool, &waiter, deadline, &c->conn, error);
    weir__waiter_deinit(&waiter);
    return status;
}

static void hang_up(const call *c)
{
    if (c->conn)
        weir__pool_give(c->server->pool, c->conn);
}

static weir_status run(pass *p, weir__conn *conn, const char *sql, weir__answer *answer, weir_error *error)
{
    weir__command command = {.sql = {sql, strlen(sql)}};
    conn->deadline = soon(p);
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
static bool read_branch(const weir__shard *shard, const weir__cell *cells, branch *out)
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

static weir_status recover(pass *p, const weir__shard *shard, weir__conn *conn, weir_error *error)
{
    weir__answer answer;
    weir__cell cells[4];
    bool row = true;
    p->count = 0;
    weir_status status = run(p, conn, "XA RECOVER", &answer, error);
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

static weir__shard *find_decider(const weir__topology *t, uint64_t hash)
{
    for (size_t i = 0; i < t->shard_count; i++) {
        const weir__shard_config *config = t->shards[i].config;
        if (weir__shard_hash(config->database->name, config->name) == hash)
            return &t->shards[i];
    }
    return NULL;
}

static weir_status look(pass *p, const branch *b, weir__resolution *what, weir_error *error)
{
    static const weir__resolution meanings[] = {
        [WEIR__DECISION_OPEN] = WEIR__RESOLUTION_LEFT,
        [WEIR__DECISION_MADE] = WEIR__RESOLUTION_COMMITTED,
        [WEIR__DECISION_NEVER] = WEIR__RESOLUTION_ROLLED_BACK,
        [WEIR__DECISION_LOST] = WEIR__RESOLUTION_IN_DOUBT,
    };
    call c;
    weir__decision decision;
    weir__shard *decider = b->ours ? find_decider(p->topology, b->gtrid.decider) : NULL;
    *what = WEIR__RESOLUTION_STRANGER;
    if (!decider)
        return WEIR_OK;
    *what = WEIR__RESOLUTION_FAILED;
    weir_status status = dial(p, decider, &c, error);
    if (status != WEIR_OK || !c.conn)
        return status;
    const weir__decision_row row = {WEIR__ROW_OF_GTRID, b->name, b->gtrid.server_id, decider->config->lossless};
    status = weir__decision_look(c.conn, &row, soon(p), &decision, error);
    if (status == WEIR_OK)
        *what = meanings[decision];
    hang_up(&c);
    return status;
}

/* Somebody else was quicker, a living connection still holds it, or what was decided is not there any more. */
static weir__resolution after_nota(pass *p, const weir__shard *shard, weir__conn *conn, const branch *b,
                                   weir__resolution what, weir_error *error)
{
    bool done = false;
    if (what == WEIR__RESOLUTION_ROLLED_BACK)
        return WEIR__RESOLUTION_LEFT;
    if (weir__decision_branch_done(conn, b->name, soon(p), &done, error) != WEIR_OK)
        return WEIR__RESOLUTION_FAILED;
    if (done)
        return what;
    char name[sizeof b->name];
    memcpy(name, b->name, sizeof name);
    if (recover(p, shard, conn, error) != WEIR_OK)
        return WEIR__RESOLUTION_FAILED;
    for (size_t i = 0; i < p->count; i++)
        if (strcmp(p->found[i].name, name) == 0)
            return WEIR__RESOLUTION_LEFT;
    /* It may have gone, committed, between the two looks. */
    if (weir__decision_branch_done(conn, name, soon(p), &done, error) != WEIR_OK)
        return WEIR__RESOLUTION_FAILED;
    return done ? what : WEIR__RESOLUTION_DAMAGED;
}

static weir__resolution act(pass *p, const weir__shard *shard, const branch *b, weir__resolution what, bool *again,
                            weir_error *error)
{
    char sql[SQL], bqual[WEIR__BQUAL_SIZE];
    const weir__shard_config *config = shard->config;
    weir__answer answer;
    call c;
    *again = false;
    if (p->options->look_only || (what != WEIR__RESOLUTION_COMMITTED && what != WEIR__RESOLUTION_ROLLED_BACK))
        return what;
    weir__bqual_print(weir__shard_hash(config->database->name, config->name), bqual);
    snprintf(sql, sizeof sql, "XA %s '%s','%s',%d", what == WEIR__RESOLUTION_COMMITTED ? "COMMIT" : "ROLLBACK", b->name,
             bqual, WEIR__XID_FORMAT);
    if (dial(p, shard, &c, error) != WEIR_OK || !c.conn)
        return WEIR__RESOLUTION_FAILED;
    weir_status status = run(p, c.conn, sql, &answer, error);
    if (status != WEIR_OK && !c.conn->broken && error->server_errno == XAER_NOTA) {
        what = after_nota(p, shard, c.conn, b, what, error);
        *again = true; /* the list was read anew */
    } else if (status != WEIR_OK && error->server_errno != XA_RBROLLBACK)
        what = WEIR__RESOLUTION_FAILED;
    hang_up(&c);
    return what;
}

static void resolve_shard(pass *p, weir__shard *shard)
{
    call c;
    weir_error error = {0};
    bool again = false;
    weir_status status = dial(p, shard, &c, &error);
    if (status == WEIR_OK && c.conn)
        status = recover(p, shard, c.conn, &error);
    hang_up(&c);
    if (status != WEIR_OK) {
        p->all_seen = false;
        tell(p, WEIR__RESOLUTION_FAILED, shard, NULL, &error);
        return;
    }
    for (size_t i = 0; i < p->count && !again; i++) {
        branch b = p->found[i];
        weir__resolution what;
        memset(&error, 0, sizeof error);
        if (look(p, &b, &what, &error) == WEIR_OK)
            what = act(p, shard, &b, what, &again, &error);
        tell(p, what, shard, b.name, error.status ? &error : NULL);
    }
}

/* ---- cleaning ---- */

/* Rows of a decision and its branches are a week old together: those of branches go first. */
static void clean_shard(pass *p, weir__shard *shard)
{
    static const char *const tables[] = {"weir_branch", "weir_decision", "weir_transaction"};
    weir__answer answer;
    call c;
    weir_error error;
    char sql[SQL];
    if (dial(p, shard, &c, &error) != WEIR_OK || !c.conn)
        return;
    for (size_t i = 0; i < sizeof tables / sizeof *tables && !c.conn->broken; i++) {
        snprintf(sql, sizeof sql, "DELETE FROM %s WHERE made_at < NOW(6) - INTERVAL %d DAY LIMIT %d", tables[i],
                 KEEP_DAYS, CLEAN_ROWS);
        if (run(p, c.conn, sql, &answer, &error) != WEIR_OK)
            break;
    }
    hang_up(&c);
}

weir_status weir__resolve(const weir__env *env, weir__topology *topology, const weir__resolve_options *options,
                          weir__resolve_counts *counts, weir_error *error)
{
    pass p = {.env = env, .topology = topology, .options = options, .counts = counts, .all_seen = true};
    memset(counts, 0, sizeof *counts);
    p.found = weir__array(&env->mem, WEIR__MAX_BRANCHES, sizeof *p.found);
    if (!p.found)
        return weir__fail_nomem(error);
    for (size_t i = 0; i < topology->shard_count; i++)
        if (topology->shards[i].config->database->shard_count > 1)
            resolve_shard(&p, &topology->shards[i]);
    bool nothing_left = p.all_seen;
    for (int i = WEIR__RESOLUTION_LEFT; i < WEIR__RESOLUTIONS; i++)
        nothing_left = nothing_left && (counts->of[i] == 0 || i == WEIR__RESOLUTION_STRANGER);
    for (size_t i = 0; options->clean && nothing_left && i < topology->shard_count; i++)
        clean_shard(&p, &topology->shards[i]);
    weir__free(&env->mem, p.found);
    return WEIR_OK;
}
