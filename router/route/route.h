/* route.h - where one statement goes: a plan's routing bound to the statement's values. SPDX-License-Identifier: Apache-2.0
 *
 * A route has targets: each a shard, the text for it, and which of the statement's values it is about. A statement goes to ONE shard
 * where all of its tables' rows that can matter are there: known(T.k) of plan.h, bound to values, says which those are, and a table that
 * has none of them goes anywhere. The answer is then the server's own, of the user's own text but for names of tables.
 * A write may have several (several); a read that does is refused as scatter_read, with its targets, and is for router/merge to take up.
 *
 * Pure: no socket, clock or thread. Cost: 0.1 to 0.3 us for an equality, whatever the number of shards; lists O(values); what is not
 * known to be on one shard O(shards). Threads: any. */
#ifndef WEIR_ROUTER_ROUTE_ROUTE_H
#define WEIR_ROUTER_ROUTE_ROUTE_H

#include "router/route/routing.h"

typedef struct weir__target {
    const weir__shard_config *shard;
    int64_t table; /* of those behind the name of the first spread table */
    weir_str sql;  /* the statement's own text where no name differs */
    /* Of a list of keys (IN) or of the rows of an INSERT those that are for this target, by their number; part_count 0: all. */
    const uint32_t *parts;
    uint32_t part_count;
} weir__target;

typedef struct weir__route {
    const weir__routing *routing;
    weir__refusal refusal; /* none: run it on the one target */
    weir_str why;
    uint32_t at; /* byte of the statement that why speaks of; NONE */
    weir__role role;
    bool any;   /* any other shard of the database would do as well as the target's */
    bool empty; /* no row can match: the target's answer is the empty one */
    bool
        several; /* no refusal, and all targets are written, as one (docs/writes.md); tables behind one name are targets each */
    bool moves;            /* no refusal: the first target's rows get another key, by which they belong to the second */
    bool by_rows;          /* parts are rows of an INSERT, else elements of a list */
    weir__scatter scatter; /* of several targets: what the tables' rules say */
    /* Of the first spread table that which can matter; 0: none, or no table is spread. */
    const weir__unit_range *units;
    size_t unit_count;
    weir__target *targets;
    size_t target_count; /* at most limits.shards and some more; target_total there are */
    size_t target_total;
} weir__route;

typedef struct weir__route_options {
    weir_args args;
    uint32_t max_shards; /* 0: the database's limits.shards */
    bool describe;       /* find all targets and their parts: for people, and for what several shards do */
    const uint64_t *ids; /* of an INSERT whose ids weir makes: by row, 0 where one is given; NULL: not made yet */
} weir__route_options;

/* Binds. The route lives in arena, and as long as lookup, routing and the statement's text. Returns: OK, also for a refusal; NOMEM,
 * LIMIT. */
weir_status weir__route_new(const weir__routing *routing, const weir__lookup *lookup,
                            const weir__route_options *options, weir__arena *arena, weir__route **route,
                            weir_error *error);

/* The rows of an INSERT that leave their id to weir. */
typedef struct weir__ids_wanted {
    uint64_t *of_row; /* 1 where one is wanted, 0 where one is given */
    uint32_t row_count, count;
    const char *refused; /* why it cannot be said */
} weir__ids_wanted;

/* routing->ids is set. Returns: OK, also with wanted->refused; NOMEM. */
weir_status weir__route_ids_wanted(const weir__routing *routing, const weir__lookup *lookup, weir_args args,
                                   weir__arena *arena, weir__ids_wanted *wanted, weir_error *error);

/* UNSUPPORTED (too_many_shards: LIMIT), with "<word>: <why>". */
weir_status weir__route_refuse(const weir__route *route, weir_error *error);

/* Adds (route orders (shard shop-0) replica). */
void weir__route_print(const weir__route *route, weir__buf *out);

#endif
