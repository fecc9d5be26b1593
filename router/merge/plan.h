/* plan.h - how one SELECT over several shards is answered. SPDX-License-Identifier: Apache-2.0
 * A merge plan says what each shard is sent and how the streams of their rows become the answer: docs/merge.md is its specification. It
 * is made for one statement from its own text (parsed anew: some microseconds beside the round trips of a scatter), so that literals
 * stay what they are and LIMIT ? is known. Pure: the same input gives the same plan. O(bytes), memory from the caller's arena.
 * What cannot be answered exactly as one server would is refused with the reason; nothing is approximated but sums of doubles.
 * Columns are numbered so: those of the user from 0; hidden ones, behind them, by WEIR__HIDDEN + i, since what * stands for is known
 * only from a shard's answer. */
#ifndef WEIR_ROUTER_MERGE_PLAN_H
#define WEIR_ROUTER_MERGE_PLAN_H

#include "router/merge/aggregate.h"
#include "router/plan/plan.h"
#include "schema/table.h"

#define WEIR__HIDDEN (UINT32_C(1) << 30)

typedef enum weir__spread {
    WEIR__SPREAD_ELSEWHERE, /* on one shard only, or not known: no scatter */
    WEIR__SPREAD_ALIKE,     /* the same rows on all shards */
    WEIR__SPREAD_BY_KEY,
} weir__spread;

/* Where a table of the statement's plan is, by its number there. */
typedef struct weir__merge_table {
    uint8_t spread;           /* weir__spread */
    const void *placement;    /* BY_KEY: tables with the same have equal keys on the same shard; ELSEWHERE: the shard */
    const char *key;          /* BY_KEY: its column */
    const weir__table *table; /* what it looks like; NULL: not known */
} weir__merge_table;

typedef struct weir__merge_input {
    weir_str sql;
    weir__lex_options reading;
    const weir__plan *plan; /* of sql, or of one that differs in lifted literals */
    const weir__merge_table *tables;
    bool single;     /* all rows are on one shard */
    weir_args args;  /* for LIMIT ?; values NULL: not known (weir explain) */
    bool fixed_zone; /* the session's time_zone is an offset: the text of a TIMESTAMP says which moment it is */
} weir__merge_input;

typedef struct weir__merge_plan {
    const char *refused;  /* NULL: it can be answered */
    uint32_t refused_at;  /* byte of the text */
    weir_str sql;         /* for each shard */
    const uint32_t *args; /* of its ? the number of the user's */
    uint32_t arg_count;
    uint32_t hidden; /* columns behind the user's */
    /* from the streams up */
    const weir__merge_key *order; /* streams are sorted so: merged; none: one after the other */
    uint32_t order_count;
    const weir__merge_key *distinct;
    uint32_t distinct_count;
    weir__aggregation *groups;   /* NULL: none */
    const weir__merge_key *sort; /* of the groups */
    uint32_t sort_count;
    uint64_t offset, limit; /* limit UINT64_MAX: none */
} weir__merge_plan;

/** Makes the plan. Returns: OK, also when it is refused (plan->refused); SYNTAX, LIMIT, NOMEM.
 *  Owns: all of it is the arena's, and refers to input's texts. Threads: any. */
WEIR_MUST_USE weir_status weir__merge_plan_build(const weir__merge_input *input, weir__arena *arena,
                                                 weir__merge_plan **plan, weir_error *error);

/* Can each shard run the statement for its own rows, by its plan's tables alone? scope: whose rows they are. NULL: it can; else why not,
 * and the byte of it. A failure of the arena is to be asked for. */
const char *weir__merge_apart(const weir__merge_input *input, uint32_t scope, weir__arena *arena, uint32_t *at);

/* Opens the operators over the shards' streams, each of `width` columns that look like `columns`. The plan must live as long. Takes the
 * streams over, also when it fails. *out gives rows of which the first width - plan->hidden cells are the user's. */
WEIR_MUST_USE weir_status weir__merge_open(weir__budget *budget, const weir__merge_plan *plan, weir__stream **streams,
                                           uint32_t count, const weir_column *columns, uint32_t width,
                                           weir__stream **out, weir_error *error);

/* Adds (merge (ordered 0:number) (limit 10)). */
void weir__merge_print(const weir__merge_plan *plan, weir__buf *out);

#endif
