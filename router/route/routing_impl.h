/* routing_impl.h - the parts of making a routing. SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ROUTER_ROUTE_ROUTING_IMPL_H
#define WEIR_ROUTER_ROUTE_ROUTING_IMPL_H

#include "router/route/routing.h"

typedef struct weir__routing_work {
    const weir__lookup *lookup;
    const weir__plan *plan;
    const weir__routing_context *context;
    weir__routing *routing;
    weir__arena scratch;
    uint32_t *routed; /* of each table of the plan: its number in the routing, or NONE */
} weir__routing_work;

/* The first refusal stays. */
void weir__routing_refuse(weir__routing_work *w, weir__refusal refusal, const char *format, ...) WEIR__PRINTF(3, 4);

/* Which database, where is each table; asks for what the servers have. */
weir_status weir__routing_tables(weir__routing_work *w, weir_error *error);
/* Refuses what several shards cannot do, whatever the values are. */
void weir__routing_admit(weir__routing_work *w);
/* The shards of a definition. */
void weir__routing_definition(weir__routing_work *w);
/* What writes do to the shard key. */
void weir__routing_writes(weir__routing_work *w);
/* Can it write on several shards at once? */
void weir__routing_several(weir__routing_work *w);
/* Conditions of SPREAD tables. */
void weir__routing_keys(weir__routing_work *w);
/* Names to be changed. */
weir_status weir__routing_names(weir__routing_work *w, weir_error *error);

/* The column of a routed table named by the shard key's rule? */
bool weir__routing_is_key(const weir__routing_work *w, const weir__routed_table *t, uint32_t column);

/* Is it among the words of the statement, outside of quotes? */
bool weir__routing_has_word(const weir__routing_work *w, const char *word);

/* Which cell of an INSERT's row is for the column; NONE: none. */
uint32_t weir__routing_cell_of(const weir__routing_work *w, const weir__routed_table *t, const char *name);

/* How a column of the servers prints as a key. UNFIT: in none that can be told. */
void weir__key_form_of(const weir__column *column, bool fold, weir__key_form *form);

#endif
