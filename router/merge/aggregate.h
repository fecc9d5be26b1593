/* aggregate.h - groups of partial results to groups of whole ones. SPDX-License-Identifier: Apache-2.0
 * Each shard has grouped its own rows; a row here is one of its groups (or a finer one, see elements). Rows that are equal by the group
 * keys become one row of the same width: columns that an aggregate fills get its result, all others are those of the group's first row
 * that counted any. Without keys there is one group, also of nothing.
 *   hashed  rows in any order; memory: all groups
 *   sorted  rows come in the order of the keys; memory: one group. An ordered merge beneath makes sure of the order
 *   rollup  a group for each prefix of the keys too, sorted by them, NULL where a key is rolled up; memory: all groups
 * Sums of integers and DECIMAL are exact. Those of doubles depend on the order of the rows, on one server as here.
 * Elements: an aggregate over distinct values, and GROUP_CONCAT, get one input row an element (the shards group by it as well). */
#ifndef WEIR_ROUTER_MERGE_AGGREGATE_H
#define WEIR_ROUTER_MERGE_AGGREGATE_H

#include "router/merge/decimal.h"
#include "router/merge/groups.h"
#include "router/merge/key.h"
#include "router/merge/stream.h"

/* X(name, in s-expressions) */
#define WEIR__AGGREGATE_MAP(X)                                                                                         \
    X(COUNT, "count")                                                                                                  \
    X(SUM, "sum")                                                                                                      \
    X(AVG, "avg") /* value: the SUM; count */                                                                          \
    X(MIN, "min")                                                                                                      \
    X(MAX, "max")                                                                                                      \
    X(BIT_AND, "bit-and")                                                                                              \
    X(BIT_OR, "bit-or")                                                                                                \
    X(BIT_XOR, "bit-xor")                                                                                              \
    X(VAR_POP, "var-pop") /* value: the shard's VAR_POP; sum; count; the next three likewise */                        \
    X(VAR_SAMP, "var-samp")                                                                                            \
    X(STDDEV_POP, "stddev-pop")                                                                                        \
    X(STDDEV_SAMP, "stddev-samp")                                                                                      \
    X(COUNT_DISTINCT, "count-distinct") /* elements */                                                                 \
    X(SUM_DISTINCT, "sum-distinct")     /* elements; value: the element */                                             \
    X(AVG_DISTINCT, "avg-distinct")                                                                                    \
    X(CONCAT, "concat") /* value: the element's text; count: how often it is there; order */

typedef enum weir__aggregate_kind {
#define X(name, text) WEIR__AGGREGATE_##name,
    WEIR__AGGREGATE_MAP(X)
#undef X
} weir__aggregate_kind;

typedef struct weir__aggregate {
    uint8_t kind;                    /* weir__aggregate_kind */
    uint32_t out;                    /* the column that gets the result */
    uint32_t value;                  /* the column of the shards' results */
    uint32_t count;                  /* AVG, VAR..: the column of COUNT(x). CONCAT: of COUNT(*) */
    uint32_t sum;                    /* VAR..: the column of SUM(x) */
    weir__merge_key order;           /* MIN, MAX: what is compared; that column gets what belongs to the result */
    bool is_double;                  /* SUM, AVG: of doubles */
    uint32_t decimals;               /* of the result; 31 or more: not fixed */
    bool sorts;                      /* nobody sees it: with more digits than one that is given, as servers sort */
    const weir__merge_key *elements; /* ..DISTINCT, and CONCAT of distinct elements: what makes one */
    uint32_t element_count;
    const weir__merge_key *sorting; /* CONCAT: ORDER BY */
    uint32_t sorting_count;
    weir_str separator;      /* CONCAT */
    uint64_t longest;        /* CONCAT: group_concat_max_len, bytes; with the next it is read from the rows */
    uint32_t longest_column; /* or UINT32_MAX */
} weir__aggregate;

typedef struct weir__aggregation {
    const weir__merge_key *keys; /* none: one group */
    uint32_t key_count, width;
    const weir__aggregate *aggregates;
    uint32_t aggregate_count;
    uint32_t rows_column; /* the column of the shard's COUNT(*), or UINT32_MAX */
    bool sorted, rollup;
    const weir__merge_key *
        rolled; /* rollup: the columns that are NULL where a key is; column, and in `kind` no kind but the key's number */
    uint32_t rolled_count;
} weir__aggregation;

/* What it describes must live as long as the stream. Takes input over, also when it fails. */
weir_status weir__aggregate_open(weir__budget *budget, weir__stream *input, const weir__aggregation *what,
                                 weir__stream **out, weir_error *error);

/* ---- one aggregate of one group; aggregate_state.c ---- */

typedef struct weir__aggregate_state {
    bool any;
    uint64_t count;
    union {
        weir__decimal sum;
        uint64_t bits;
        double number;      /* a sum */
        double moments[2];  /* mean, sum of squared distances to it */
        weir_value best[2]; /* the value and what it is compared by */
    } as;
    weir__groups elements;              /* distinct ones */
    struct weir__element *first, *last; /* CONCAT */
} weir__aggregate_state;

/* Where states live and what they answer to. */
typedef struct weir__aggregate_place {
    weir__budget *budget;
    weir__arena *arena; /* as long as the group */
    weir__buf *scratch;
} weir__aggregate_place;

/* Takes one row in. Returns: OK; LIMIT, NOMEM; UNSUPPORTED: a sum of more digits than a DECIMAL has. */
weir_status weir__aggregate_add(const weir__aggregate *a, weir__aggregate_state *state, const weir_value *row,
                                const weir__aggregate_place *place, weir_error *error);
/* The result, its text in the place's arena. */
weir_status weir__aggregate_result(const weir__aggregate *a, weir__aggregate_state *state, weir_value *out,
                                   const weir__aggregate_place *place, weir_error *error);
void weir__aggregate_state_deinit(weir__aggregate_state *state);

/* A double as the servers print it: so many digits behind the point, or (31 and more) as few as read back the same. */
enum { WEIR__DOUBLE_TEXT = 400 };
size_t weir__print_double(double value, uint32_t decimals, char *out);

#endif
