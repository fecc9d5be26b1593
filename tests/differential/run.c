/* run.c - one run over so many shards. SPDX-License-Identifier: Apache-2.0 */
#include "tests/differential/run.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/differential/shrink.h"

enum { ARENA_ROOM = 256 << 20, YAML_ROOM = 1 << 20, FRESH_ROWS_EVERY = 600 };
#define PREFIX "diff"

typedef struct runner {
    const run_options *o;
    report *report;
    store store;
    weir_client *client;
    weir__arena arena; /* of the scenario */
    weir__arena keys;  /* of known */
    known_keys known[MAX_TABLES];
    scenario made;
    rng r;
    uint64_t number;
} runner;

typedef enum verdict { EQUAL, REFUSED, WRONG } verdict;

/* One session on both sides. */
typedef struct pair {
    weir_session *session;
    reference *ref;
} pair;

/* A refusal is a plain no, before the server saw the statement. */
static bool is_refusal(const outcome *got)
{
    return got->number == 0 && (got->status == WEIR_UNSUPPORTED || got->status == WEIR_LIMIT);
}

static verdict compare(runner *run, const statement *s, const outcome *want, const outcome *got, char *difference,
                       size_t size)
{
    if (outcome_same(s, want, got, difference, size))
        return EQUAL;
    if (s->order != ORDER_TIES || want->status != WEIR_OK || got->status != WEIR_OK)
        return WRONG;
    /* Equal ones may change places: only now it is worth asking which are equal. */
    statement unordered = *s, ranks = *s;
    outcome ranked;
    unordered.order = ORDER_ANY;
    ranks.sql = s->rank_sql;
    if (!outcome_same(&unordered, want, got, difference, size))
        return WRONG;
    reference_run(run->store.ref, &ranks, &run->arena, &ranked);
    return outcome_same_ranked(s, &ranked, got, difference, size) ? EQUAL : WRONG;
}

/* One statement on both sides. */
static verdict ask(runner *run, const pair *p, const statement *s, outcome *got, char *difference, size_t size)
{
    outcome want;
    weir_run(p->session, s, &run->arena, got);
    if (is_refusal(got))
        return REFUSED;
    if (got->status == WEIR_SYNTAX && got->number == 0 && !reference_parses(run->store.ref, s->sql))
        return EQUAL; /* weir read it and found what the server would find */
    reference_run(p->ref, s, &run->arena, &want);
    return compare(run, s, &want, got, difference, size);
}

static void roll_back(const pair *p)
{
    weir_error error;
    (void)!weir_rollback(p->session, &error);
    (void)reference_do(p->ref, "ROLLBACK");
}

static bool open_pair(runner *run, bool apart, pair *p, char *difference, size_t size)
{
    weir_error error = {.text = ""};
    p->ref = apart ? reference_open(run->o->socket, run->o->password, run->o->sql_mode) : run->store.ref;
    if (p->ref && (!apart || reference_do(p->ref, "USE " REFERENCE)) &&
        weir_session_open(run->client, NULL, &p->session, &error) == WEIR_OK)
        return true;
    snprintf(difference, size, "no session: %s", error.text);
    return false;
}

static void close_pair(bool apart, pair *p)
{
    weir_session_close(p->session);
    if (apart)
        reference_close(p->ref);
}

static bool begins(const statement *s)
{
    return s->kind == STEP_BEGIN ||
           (s->sql.data && (strcmp(s->sql.data, "BEGIN") == 0 || strcmp(s->sql.data, "START TRANSACTION") == 0));
}

/* The whole scenario; *at: the step that was wrong. */
static verdict play(runner *run, const category *c, const scenario *made, uint32_t *at, char *difference, size_t size)
{
    pair pairs[MAX_SESSIONS] = {{NULL, NULL}};
    verdict all = EQUAL;
    uint32_t sessions = made->apart ? MAX_SESSIONS : 1;
    *at = 0;
    for (uint32_t i = 0; i < sessions && all != WRONG; i++)
        if (!open_pair(run, made->apart, &pairs[i], difference, size))
            all = WRONG;
    for (uint32_t i = 0; i < made->count && all != WRONG; i++) {
        outcome got;
        verdict v = ask(run, &pairs[made->steps[i].session], &made->steps[i], &got, difference, size);
        *at = i;
        if (v == REFUSED) {
            if (c)
                report_refused(run->report, c, got.text, &made->steps[i]);
            if (begins(&made->steps[i]) || made->steps[i].kind == STEP_COMMIT)
                break;
        } else if (v == EQUAL && c)
            report_equal(run->report, c, &got, &made->steps[i]);
        if (v == WRONG)
            all = WRONG;
    }
    for (uint32_t i = 0; i < sessions; i++) {
        if (made->count > 1 && pairs[i].session)
            roll_back(&pairs[i]);
        close_pair(made->apart, &pairs[i]);
    }
    if (all == EQUAL && made->written && !store_check(&run->store, made->written, difference, size)) {
        *at = made->count - 1;
        all = WRONG;
    }
    return all;
}

static bool still_wrong(void *context, const statement *s)
{
    runner *run = context;
    static scenario one; /* too large for a stack */
    char difference[DIFFERENCE_ROOM];
    uint32_t at;
    memset(&one, 0, offsetof(scenario, steps));
    one.steps[0] = *s;
    one.count = 1;
    one.written = 0;
    one.apart = run->made.apart;
    return play(run, NULL, &one, &at, difference, sizeof difference) == WRONG;
}

/* New rows, and what keys they have. */
static bool fresh_rows(runner *run)
{
    char sql[256];
    if (!store_fill(&run->store, run->o->seed * 7919 + run->number))
        return false;
    weir__arena_reset(&run->keys);
    for (uint32_t i = 0; i < table_count; i++) {
        const table *t = &tables[i];
        const char *key = t->columns[t->shard_by < 0 ? 0 : t->shard_by].name;
        outcome keys;
        int size = snprintf(sql, sizeof sql, "SELECT DISTINCT `%s` FROM `%s` WHERE `%s` IS NOT NULL ORDER BY 1", key,
                            t->name, key);
        reference_ask(run->store.ref, (weir_str){sql, (size_t)size}, &run->keys, &keys);
        run->known[i] = (known_keys){keys.cells, keys.row_count};
        if (keys.status != WEIR_OK)
            return false;
    }
    return true;
}

static bool found_wrong(runner *run, const category *c, uint32_t at, const char *difference)
{
    report_wrong(run->report, c, run->number, &run->made, at, difference);
    /* The reference may hold a row now that no shard may have: begin anew. */
    bool fine = !run->made.written || fresh_rows(run);
    if (run->o->shrink && run->report->shown <= MAX_SHOWN && !run->report->quiet && !run->made.steps[at].writes)
        shrink(&run->made.steps[at], &run->arena, still_wrong, run);
    return fine;
}

static bool is_named(const char *list, const char *name)
{
    size_t size = strlen(name);
    for (const char *at = list; at && (at = strstr(at, name)); at += size)
        if ((at == list || at[-1] == ',') && (at[size] == ',' || at[size] == '\0'))
            return true;
    return false;
}

static const category *choose(runner *run)
{
    const category *c;
    uint32_t sum = 0, pick;
    for (uint32_t i = 0; i < category_count; i++)
        sum += categories[i].weight;
    do {
        pick = rng_below(&run->r, sum);
        for (c = categories; pick >= c->weight; c++)
            pick -= c->weight;
    } while (is_named(run->o->without, c->name));
    return c;
}

static bool run_one(runner *run)
{
    const category *c = run->o->category ? category_named(run->o->category) : choose(run);
    char difference[DIFFERENCE_ROOM] = "";
    uint32_t at = 0;
    gen g;
    memset(&run->made, 0, offsetof(scenario, steps));
    run->made.count = 0;
    run->made.written = 0;
    run->made.apart = false;
    run->made.category = c->name;
    gen_init(&g, &run->r, run->known, &run->arena, &run->made);
    c->make(&g);
    gen_deinit(&g);
    if (run->o->verbose)
        for (uint32_t i = 0; i < run->made.count; i++) {
            char text[4096];
            print_statement(text, sizeof text, &run->made.steps[i]);
            fprintf(stderr, "%" PRIu64 " %s: %s\n", run->number, c->name, text);
        }
    bool fine = true;
    if (play(run, c, &run->made, &at, difference, sizeof difference) == WRONG)
        fine = found_wrong(run, c, at, difference);
    weir__arena_reset(&run->arena);
    return fine;
}

static bool open_client(runner *run)
{
    weir__buf yaml;
    weir_client_options options = WEIR_CLIENT_OPTIONS_INIT;
    weir_error error;
    weir__buf_init(&yaml, &weir__mem_system, YAML_ROOM);
    add_yaml(&yaml, run->o->address, PREFIX, run->o->defaults, run->o->shards);
    options.yaml = weir__buf_text(&yaml);
    bool fine = weir_open(NULL, &options, &run->client, &error) == WEIR_OK;
    if (!fine)
        fprintf(stderr, "differential: %s: %s\n%s", weir_status_name(error.status), error.text, options.yaml);
    weir__buf_deinit(&yaml);
    return fine;
}

bool run_all(const run_options *o, report *out)
{
    runner *run = calloc(1, sizeof *run);
    char difference[DIFFERENCE_ROOM];
    if (!run)
        return false;
    run->o = o;
    run->report = out;
    run->r.state = o->seed * 1000003 + o->shards;
    out->shards = o->shards;
    out->seed = o->seed;
    weir__arena_init(&run->keys, &weir__mem_system, ARENA_ROOM);
    weir__arena_init(&run->arena, &weir__mem_system, ARENA_ROOM);
    run->store = (store){reference_open(o->socket, o->password, o->sql_mode), PREFIX, o->shards};
    bool fine = run->store.ref && store_create(&run->store) && reference_do(run->store.ref, "USE " REFERENCE) &&
                open_client(run);
    for (run->number = 0; fine && report_statements(out) < o->statements; run->number++) {
        if (run->number % FRESH_ROWS_EVERY == 0)
            fine = fresh_rows(run);
        fine = fine && run_one(run);
        if (o->stop_at_wrong && report_wrong_count(out))
            break;
    }
    if (fine && !o->stop_at_wrong && !store_check(&run->store, ALL_TABLES, difference, sizeof difference)) {
        fprintf(stderr, "WRONG at the end of the run: %s\n", difference);
        out->wrong[0]++;
    }
    weir_close(run->client);
    if (run->store.ref)
        store_drop(&run->store);
    reference_close(run->store.ref);
    weir__arena_deinit(&run->arena);
    weir__arena_deinit(&run->keys);
    free(run);
    return fine;
}
