/* routing.h - what routing needs to know of a plan, found out once. SPDX-License-Identifier: Apache-2.0
 *
 * A plan under one weir.yaml and one state of the servers' tables: where each table is, what of the conditions tells of its shard key,
 * which cell of a row is the key, which names must be changed, and whatever refuses the statement without a look at its values.
 * Immutable, shared by all statements of the plan; route.h binds it to the values of one. Made in O(plan) with a catalog lookup per
 * table, which may wait; freed with its plan.
 *
 * One database a statement. A database of one shard takes everything as it is: only names are changed, where they must be.
 * In one of several shards a table is
 * - FIXED: on one shard (single:, or without a rule: other_tables:);
 * - ANYWHERE: on all of them, alike (everywhere:);
 * - SPREAD: each row where its key says.
 * Threads: any. Not here: values (known.c, rows.c), the decision (route.c), waiting for servers (the caller's find). */
#ifndef WEIR_ROUTER_ROUTE_ROUTING_H
#define WEIR_ROUTER_ROUTE_ROUTING_H

#include "router/plan/plan_values.h"
#include "router/route/key.h"
#include "router/route/place.h"
#include "router/route/refusal.h"
#include "schema/table.h"

typedef enum weir__spot { WEIR__SPOT_FIXED, WEIR__SPOT_ANYWHERE, WEIR__SPOT_SPREAD } weir__spot;

typedef struct weir__routed_table {
    uint32_t table;                  /* of the plan */
    uint8_t spot;                    /* weir__spot */
    bool foreign;                    /* its schema is the server's own, and stays */
    const weir__table_config *rule;  /* NULL: none */
    const weir__shard_config *shard; /* FIXED */
    const weir__table *info;         /* counted; NULL: not asked for */
    /* SPREAD */
    weir__key_form form;
    const weir__placer *placer;
    const weir__condition
        *conditions; /* of leaves on the key alone, in a row by next; each must hold; op and values are the plan's */
} weir__routed_table;

/* A name to be changed. Tokens are counted without those of lifted values and of lists of them, so that the number is right in each
 * statement of the plan. */
typedef struct weir__splice {
    uint32_t first, last; /* tokens, both included */
    uint32_t table;       /* of the routing */
    bool whole;           /* the name of the table, with its schema; else a qualifier of a column */
    bool alias;           /* the old name is to be its alias */
    bool drop;            /* taken out, with the dot that is the last token */
} weir__splice;

typedef struct weir__routing {
    weir__plan_annex annex; /* it may hang on its plan */
    const weir__env *env;   /* for fault points alone */
    const weir__plan *plan; /* its owner */
    const weir__database_config *database;
    weir__refusal refusal; /* none: go on */
    const char *why;       /* with a refusal: for people */
    bool kept;             /* good for all statements of the plan; else for this one, and then to be freed */
    weir__routed_table *tables;
    uint32_t table_count;
    uint32_t target;               /* of INSERT into a SPREAD table; else NONE */
    uint32_t key_cell;             /* of its rows */
    uint32_t numbered_cell;        /* of its rows: AUTO_INCREMENT, must be given; else NONE */
    const weir__table_config *ids; /* INSERT into a table whose ids weir makes (ids:); else NULL */
    uint32_t id_cell;              /* of its rows; NONE: the column is not named, and is to be added */
    bool id_is_key;                /* of a SPREAD table, by which it is placed */
    bool from_query;               /* INSERT of the rows of a query */
    bool writes_alike; /* it writes on tables that are ANYWHERE, and reads no others: all shards do the same */
    const char *apart; /* why it can not write on several shards at once; NULL: it can */
    bool
        tells_time; /* NOW() and the like are in it, or in what its columns are preset with: all shards need the same */
    bool defines;   /* DDL */
    const weir__shard_config *defined_on; /* it is for that shard alone; NULL: for all */
    bool key_assigned;                    /* UPDATE sets a shard key, to the value key_assigned_value */
    uint32_t assigned_table, assigned_value;
    const char *stays; /* why a row whose key changes can not go to another shard; NULL: it can */
    const weir__shard_config
        *direct;                 /* every statement of the plan goes there as it is; NULL: values or names decide */
    const weir__splice *splices; /* rising */
    uint32_t splice_count;
    bool of_many; /* tokens are numbered as in a plan of many statements */
    weir__mem mem;
    weir__arena arena;
} weir__routing;

typedef struct weir__routing_context {
    const weir__env *env;
    const weir__config *config;
    const weir__database_config *database; /* of the session */
    /* The table of a rule, or (rule NULL) of that name on that shard: OK and *table with one reference, NULL when there is none. May
     * wait. NULL: nobody is there to ask. */
    weir_status (*find)(void *context, const weir__table_config *rule, const weir__shard_config *shard, weir_str name,
                        const weir__table **table, weir_error *error);
    void *context;
} weir__routing_context;

/* For lookup->plan. Returns: OK, also with a refusal in *routing; NOMEM; what find failed with.
 * Owns: the caller, weir__routing_free. */
weir_status weir__routing_new(const weir__lookup *lookup, const weir__routing_context *context, weir__routing **routing,
                              weir_error *error);
void weir__routing_free(weir__routing *routing); /* NULL is fine */

#endif
