/* audit.c - are decisions and branches all there? SPDX-License-Identifier: Apache-2.0
 * A branch that a failover lost is prepared nowhere: no list of prepared branches tells of it. But the decision's row names the shards
 * that voted, and a branch's row is committed with it (docs/transactions.md). So each decision must have the rows of its branches, or
 * these are still prepared; and each branch's row must have its decision. What is missing is damage, which nobody can undo by rule: it is
 * told on every pass until a person has seen to it. Rows are read a page at a time. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/str.h"
#include "router/decision.h"
#include "router/resolve_impl.h"

enum { PAIRS = 4096, PAGE_ROWS = 1000, ASKED_AT_ONCE = 200, SQL_BYTES = 32 * 1024, AUDIT_DAYS = 6, HASH_DIGITS = 16 };

/* A row on one shard asks for a row on another one. */
typedef struct pair {
    char gtrid[WEIR__GTRID_SIZE];
    uint64_t elsewhere; /* weir__shard_hash */
    bool there;
} pair;

typedef struct audit {
    weir__pass *pass;
    pair *pairs;
    size_t count;
    char cursor[WEIR__GTRID_SIZE]; /* of the page: all up to it has been read */
    bool more;
    uint64_t unknown; /* the shard that was told last as not known */
} audit;

/* One of the two ways. */
typedef struct way {
    const char *from, *to; /* tables */
    bool of_decisions;     /* the rows are decisions, what they ask for are branches */
} way;

static const way ways[] = {{"weir_decision", "weir_branch", true}, {"weir_branch", "weir_decision", false}};

/* ---- a page of rows ---- */

static bool add_pair(audit *a, weir_str gtrid, uint64_t elsewhere)
{
    if (a->count == PAIRS)
        return false;
    pair *p = &a->pairs[a->count++];
    snprintf(p->gtrid, sizeof p->gtrid, "%.*s", WEIR__STR(gtrid));
    p->elsewhere = elsewhere;
    p->there = false;
    return true;
}

/* "hash,hash": of shards that voted. False: they do not all fit on this page. */
static bool add_participants(audit *a, weir_str gtrid, weir_str list)
{
    while (list.size >= HASH_DIGITS) {
        uint64_t hash;
        if (weir__bqual_parse((weir_str){list.data, HASH_DIGITS}, &hash) && !add_pair(a, gtrid, hash))
            return false;
        size_t step = list.size > HASH_DIGITS ? HASH_DIGITS + 1 : HASH_DIGITS;
        list.data += step;
        list.size -= step;
    }
    return true;
}

static bool add_row(audit *a, const way *w, const weir__cell *cells)
{
    weir_str name = {cells[0].as.p, cells[0].size};
    weir__gtrid gtrid;
    size_t before = a->count;
    if (cells[0].type < WEIR_T_TEXT || !weir__gtrid_parse(name, &gtrid))
        return true; /* nothing that weir wrote */
    bool fits = w->of_decisions
                    ? cells[1].type < WEIR_T_TEXT || add_participants(a, name, (weir_str){cells[1].as.p, cells[1].size})
                    : add_pair(a, name, gtrid.decider);
    if (fits)
        snprintf(a->cursor, sizeof a->cursor, "%.*s", WEIR__STR(name));
    else
        a->count = before;
    return fits;
}

/* Of a day less than a week: rows on two servers of two clocks are not cleaned away at the same moment. */
static weir_status read_page(audit *a, const way *w, const weir__shard *shard, weir__conn *conn, weir_error *error)
{
    char sql[SQL_BYTES / 32], own[32] = "";
    const weir__shard_config *config = shard->config;
    weir__answer answer;
    weir__cell cells[2];
    bool row = true;
    size_t rows = 0;
    a->count = 0;
    if (w->of_decisions)
        snprintf(own, sizeof own, "w1.%016" PRIx64 ".", weir__shard_hash(config->database->name, config->name));
    snprintf(sql, sizeof sql,
             "SELECT gtrid%s FROM %s WHERE gtrid > '%s' AND gtrid LIKE '%s%%' AND made_at > NOW(6) - INTERVAL %d DAY "
             "ORDER BY gtrid LIMIT %d",
             w->of_decisions ? ", participants" : "", w->from, a->cursor, own, AUDIT_DAYS, PAGE_ROWS);
    weir_status status = weir__pass_run(a->pass, conn, sql, &answer, error);
    a->more = false;
    while (status == WEIR_OK) {
        status = conn->driver->fetch(conn, &answer, cells, &row, error);
        if (status != WEIR_OK || !row)
            break;
        if (!add_row(a, w, cells)) { /* the next page begins with it */
            a->more = true;
            conn->driver->end(conn);
            break;
        }
        a->more = ++rows == PAGE_ROWS;
    }
    return status;
}

/* ---- what is there ---- */

/* The first pair of the gtrid, or of one behind it: pairs stand in the order of their gtrids, which is that of the table's key. */
static size_t find(const audit *a, weir_str gtrid)
{
    size_t low = 0, high = a->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        size_t size = strlen(a->pairs[middle].gtrid), both = size < gtrid.size ? size : gtrid.size;
        int order = memcmp(a->pairs[middle].gtrid, gtrid.data, both);
        if (order < 0 || (order == 0 && size < gtrid.size))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void found(audit *a, uint64_t hash, weir_str gtrid)
{
    for (size_t i = find(a, gtrid); i < a->count && weir__str_is(gtrid, a->pairs[i].gtrid); i++)
        if (a->pairs[i].elsewhere == hash)
            a->pairs[i].there = true;
}

/* Asks for those from *next on that have not been found; *next goes behind them. */
static weir_status ask(audit *a, const way *w, uint64_t hash, size_t *next, weir__conn *conn, weir_error *error)
{
    weir__buf sql;
    weir__answer answer;
    weir__cell cell;
    size_t asked = 0;
    bool row = true;
    weir__buf_init(&sql, &a->pass->env->mem, SQL_BYTES);
    weir__buf_addf(&sql, "SELECT gtrid FROM %s WHERE gtrid IN (", w->to);
    for (; *next < a->count && asked < ASKED_AT_ONCE; ++*next)
        if (a->pairs[*next].elsewhere == hash && !a->pairs[*next].there)
            weir__buf_addf(&sql, "%s'%s'", asked++ ? "," : "", a->pairs[*next].gtrid);
    weir__buf_adds(&sql, ")");
    weir_status status = sql.failed ? weir__fail_nomem(error) : WEIR_OK;
    if (status == WEIR_OK && asked)
        status = weir__pass_run(a->pass, conn, weir__buf_text(&sql), &answer, error);
    while (status == WEIR_OK && asked && row) {
        status = conn->driver->fetch(conn, &answer, &cell, &row, error);
        if (status == WEIR_OK && row)
            found(a, hash, (weir_str){cell.as.p, cell.size});
    }
    weir__buf_deinit(&sql);
    return status;
}

static weir_status ask_all(audit *a, const way *w, uint64_t hash, weir__conn *conn, weir_error *error)
{
    weir_status status = WEIR_OK;
    for (size_t next = 0; next < a->count && status == WEIR_OK;)
        status = ask(a, w, hash, &next, conn, error);
    return status;
}

static bool all_there(const audit *a, uint64_t hash)
{
    for (size_t i = 0; i < a->count; i++)
        if (a->pairs[i].elsewhere == hash && !a->pairs[i].there)
            return false;
    return true;
}

static weir_status look_at_prepared(audit *a, weir__shard *shard, uint64_t hash, weir__conn *conn, weir_error *error)
{
    weir_status status = weir__pass_recover(a->pass, shard, conn, error);
    if (status == WEIR_OK && a->pass->count == WEIR__MAX_BRANCHES)
        status = weir__fail(error, WEIR_LIMIT, WEIR_RETRY_CALL, "it has too many prepared branches to see them all");
    for (size_t i = 0; i < a->count && status == WEIR_OK; i++)
        if (a->pairs[i].elsewhere == hash && weir__pass_has(a->pass, a->pairs[i].gtrid))
            a->pairs[i].there = true;
    return status;
}

/* Not there, not prepared, and still not there: then it did not come to be between the looks. */
static weir_status look(audit *a, const way *w, weir__shard *shard, uint64_t hash, weir_error *error)
{
    weir__call c;
    bool writable = false;
    weir_status status = weir__pass_call(a->pass, shard, &c, error);
    if (status != WEIR_OK)
        return status;
    c.conn->deadline = weir__pass_soon(a->pass);
    status = weir__decision_can_tell(c.conn, &writable, error);
    if (status == WEIR_OK && !writable)
        status = weir__fail(error, WEIR_UNREACHABLE, WEIR_RETRY_CALL,
                            "its server is read-only: another one may have what is missing here");
    if (status == WEIR_OK)
        status = ask_all(a, w, hash, c.conn, error);
    if (status == WEIR_OK && w->of_decisions && !all_there(a, hash))
        status = look_at_prepared(a, shard, hash, c.conn, error);
    if (status == WEIR_OK && w->of_decisions && !all_there(a, hash))
        status = ask_all(a, w, hash, c.conn, error);
    weir__pass_hang_up(&c);
    return status;
}

static void look_on(audit *a, const way *w, weir__shard *shard)
{
    const weir__shard_config *config = shard->config;
    uint64_t hash = weir__shard_hash(config->database->name, config->name);
    weir_error error;
    if (all_there(a, hash))
        return;
    if (look(a, w, shard, hash, &error) != WEIR_OK) {
        a->pass->all_seen = false;
        weir__pass_tell(a->pass, WEIR__RESOLUTION_FAILED, shard, NULL, &error);
        return;
    }
    for (size_t i = 0; i < a->count; i++)
        if (a->pairs[i].elsewhere == hash && !a->pairs[i].there)
            weir__pass_tell(a->pass, w->of_decisions ? WEIR__RESOLUTION_DAMAGED : WEIR__RESOLUTION_UNDECIDED, shard,
                            a->pairs[i].gtrid, NULL);
}

/* A shard that took part and is in this weir.yaml no more: told, once. Whose decisions are kept by another weir.yaml is no matter here. */
static void tell_unknown(audit *a, const weir__shard *shard)
{
    for (size_t i = 0; i < a->count; i++) {
        const pair *p = &a->pairs[i];
        if (p->elsewhere == a->unknown || weir__pass_shard(a->pass, p->elsewhere))
            continue;
        a->unknown = p->elsewhere;
        weir__pass_tell(a->pass, WEIR__RESOLUTION_STRANGER, shard, p->gtrid, NULL);
    }
}

static weir_status take_page(audit *a, const way *w, const weir__shard *shard, weir_error *error)
{
    weir__call c;
    weir_status status = weir__pass_call(a->pass, shard, &c, error);
    if (status == WEIR_OK)
        status = read_page(a, w, shard, c.conn, error);
    weir__pass_hang_up(&c);
    return status;
}

static void audit_shard(audit *a, const way *w, weir__shard *shard)
{
    weir__topology *t = a->pass->topology;
    weir_error error;
    a->cursor[0] = '\0';
    do {
        if (take_page(a, w, shard, &error) != WEIR_OK) {
            a->pass->all_seen = false;
            weir__pass_tell(a->pass, WEIR__RESOLUTION_FAILED, shard, NULL, &error);
            return;
        }
        for (size_t i = 0; i < t->shard_count; i++)
            look_on(a, w, &t->shards[i]);
        if (w->of_decisions)
            tell_unknown(a, shard);
    } while (a->more && !weir__pass_stops(a->pass));
}

void weir__audit(weir__pass *p)
{
    weir__topology *t = p->topology;
    audit a = {.pass = p, .pairs = weir__array(&p->env->mem, PAIRS, sizeof *a.pairs)};
    if (!a.pairs) {
        p->all_seen = false;
        return;
    }
    for (size_t w = 0; w < sizeof ways / sizeof *ways; w++)
        for (size_t i = 0; i < t->shard_count && !weir__pass_stops(p); i++)
            if (t->shards[i].config->database->shard_count > 1)
                audit_shard(&a, &ways[w], &t->shards[i]);
    weir__free(&p->env->mem, a.pairs);
}
