/* statement.h - one generated statement, with what may be compared of its answer. SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_TESTS_DIFFERENTIAL_STATEMENT_H
#define WEIR_TESTS_DIFFERENTIAL_STATEMENT_H

#include "base/arena.h"
#include "tests/differential/value.h"

enum { MAX_ARGS = 160, MAX_STEPS = 24, MAX_SESSIONS = 2, MAX_BETWEEN = 8 };

typedef enum step_kind {
    STEP_SQL,
    STEP_BEGIN, /* by weir_begin, weir_commit, weir_rollback */
    STEP_COMMIT,
    STEP_ROLLBACK,
} step_kind;

#define MARK "between pages"

typedef enum row_order {
    ORDER_ANY,   /* rows are a multiset */
    ORDER_TIES,  /* ordered, equal ones in any order: rank_sql tells which are equal */
    ORDER_TOTAL, /* each row at its place */
} row_order;

typedef struct statement {
    step_kind kind;
    uint8_t session; /* which of MAX_SESSIONS runs it */
    row_order order;
    weir_str sql;
    weir_str rank_sql; /* the same rows and one more column, DENSE_RANK() over its order */
    weir_str paged;    /* what weir is asked instead, page by page to the end; empty: sql at once */
    /* Run by weir alone, one after each page. Their rows have an id as first cell and MARK as last one, and are left out of the answer. */
    weir_str between[MAX_BETWEEN], afterwards; /* afterwards takes them away */
    uint32_t between_count;
    weir_value args[MAX_ARGS];
    size_t arg_count;
    bool loose_floats;   /* sums of doubles have no exact order */
    bool loose_texts;    /* any member of a group of equal texts may stand for it */
    bool loose_warnings; /* how often a comparison warns depends on the way to the rows */
    bool writes;
} statement;

/* Statements that belong together: a transaction, or a write and how it is read back. */
typedef struct scenario {
    const char *category;
    statement steps[MAX_STEPS];
    uint32_t count;
    uint64_t written; /* tables, bit i: tables[i] */
    bool apart;       /* each session has a new connection of its own on the reference's side, with no past */
} scenario;

/* Keys that the reference's tables have, in the order of the tables: most statements shall meet rows. */
typedef struct known_keys {
    const weir_str *texts; /* as the server prints them */
    size_t count;
} known_keys;

/* A statement in the making. */
typedef struct gen {
    rng *r;
    const known_keys *known;
    weir__arena *arena; /* of the scenario */
    scenario *out;
    weir__buf sql;
    weir_value args[MAX_ARGS];
    size_t arg_count;
    uint8_t session; /* of make_past */
    bool prepared;   /* values become parameters where that is allowed */
    bool loose_floats, loose_texts, loose_warnings;
} gen;

void gen_init(gen *g, rng *r, const known_keys *known, weir__arena *arena, scenario *out);
void gen_deinit(gen *g);
/* Adds text. */
void say(gen *g, const char *format, ...) WEIR__PRINTF(2, 3);
/* Adds a value: ? or a literal. */
void say_datum(gen *g, const datum *d);
/* A value for the column, NULL now and then where it may be. */
void say_value(gen *g, const column *c);
/* A value that is not NULL; of a shard key one that is there, mostly. */
void say_there(gen *g, const column *c);
/* A value as a literal, whatever the mode. */
void say_literal(gen *g, const column *c);
/* What was said is the next step; the loose_ marks are its own. */
statement *done(gen *g, row_order order);
/* The same of a write to t. */
statement *done_write(gen *g, const table *t);
/* A step without text. */
void step(gen *g, step_kind kind);

static inline bool chance(gen *g, uint32_t percent)
{
    return rng_chance(g->r, percent);
}
static inline uint32_t below(gen *g, uint32_t bound)
{
    return rng_below(g->r, bound);
}

#endif
