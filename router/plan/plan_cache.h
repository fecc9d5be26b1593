/* plan_cache.h - from a statement's text to its plan, mostly without reading the text. SPDX-License-Identifier: Apache-2.0
 *
 *    text --hash--> known in this thread's stripe?  plan (1)
 *      |no
 *      '--lexer--> fingerprint and slots --hash--> known in the stripe?  plan (2)
 *                                          |no
 *                                          '--> known to the client?  plan, now in the stripe too
 *                                               |no
 *                                               '--> parsed and built, known to all from now on
 *
 * (1) costs a hash, a lock that only this thread takes, and a comparison of the bytes; (2) a pass of the lexer more. Neither allocates.
 * A text is kept at its second sight, so that statements with ever new literals do not turn the table over.
 *
 * Invariants: (1) a hit has compared the bytes and the whole context, not hashes alone (HAZARDS 19); (2) plans never change; who was
 * given one keeps it by a reference of the stripe's own, so that threads do not write to one counter; (3) memory is bounded by the
 * entries of all tables times the longest key. Threads: any. */
#ifndef WEIR_ROUTER_PLAN_PLAN_CACHE_H
#define WEIR_ROUTER_PLAN_PLAN_CACHE_H

#include "base/env.h"
#include "router/plan/plan_places.h"

typedef struct weir__plan_cache weir__plan_cache;
typedef struct weir__plan_entry weir__plan_entry;

/* What beside the text decides what a statement means. */
typedef struct weir__plan_context {
    weir__lex_options reading; /* of the server that will run it */
    uint64_t scope;            /* one number for each configuration epoch and default database */
    uint64_t tables;           /* one number for each state of the servers' tables, as far as it is known */
} weir__plan_context;

enum { WEIR__LOOKUP_TEXT = 4096, WEIR__LOOKUP_SLOTS = 256, WEIR__LOOKUP_RUNS = 64 };

/* A lookup in the caller's frame; all of it holds until weir__plan_give, and as long as the statement does. The values of the
 * statement are read by plan_values.h. One that is all zero but for plan, parameters, sql and reading is that of the very text
 * the plan was made of. */
typedef struct weir__lookup {
    const weir__plan *plan;
    weir_str sql;              /* the statement */
    weir__lex_options reading; /* as it was read */
    uint64_t hash;             /* of sql, XXH3; 0: it was too long to be looked for */
    uint32_t parameters;       /* number of ? in it */
    bool mapped;               /* the plan is one of many statements: plan->places, and slots and runs of this one */
    const weir__slot *slots;   /* the statement's lifted literals and parameters */
    uint32_t slot_count;
    const weir__run *runs;
    uint32_t run_count;
    /* the rest is the cache's */
    weir__plan_entry *entry; /* NULL: plan is counted by itself */
    weir__slot slot_room[WEIR__LOOKUP_SLOTS];
    weir__run run_room[WEIR__LOOKUP_RUNS];
    char text[WEIR__LOOKUP_TEXT];
} weir__lookup;

typedef struct weir__plan_cache_counts {
    uint64_t by_text, by_fingerprint, shared, built, uncached; /* ever, how lookups ended */
} weir__plan_cache_counts;

weir_status weir__plan_cache_new(const weir__env *env, weir__plan_cache **cache, weir_error *error);
void weir__plan_cache_free(weir__plan_cache *cache); /* NULL is fine; no lookup is out */
/* Forgets all plans; those given out live on until they are given back. */
void weir__plan_cache_clear(weir__plan_cache *cache);

/* The plan of one statement. A text too long, one with too many values, with a versioned comment, or one whose end is not clear, gets
 * a plan of its own that is not kept. sql must live as long as the lookup is used.
 * Returns: OK; LIMIT, NOMEM. Owns: back by weir__plan_give. */
weir_status weir__plan_take(weir__plan_cache *cache, weir_str sql, const weir__plan_context *context,
                            weir__lookup *lookup, weir_error *error);
void weir__plan_give(weir__lookup *lookup);
weir__plan_cache_counts weir__plan_cache_count(weir__plan_cache *cache);

#endif
