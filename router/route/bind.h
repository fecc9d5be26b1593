/* bind.h - the parts of binding a routing to values. SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ROUTER_ROUTE_BIND_H
#define WEIR_ROUTER_ROUTE_BIND_H

#include "router/route/route.h"
#include "router/route/units.h"

typedef struct weir__binding {
    const weir__routing *routing;
    const weir__lookup *lookup;
    weir_args args;
    weir__arena *arena;
    weir__route *route;
    /* of the rows of an INSERT, or of the list that alone says the shards: the unit of each, -1 where there is none; set on demand */
    int64_t *part_units;
    uint32_t part_count;
    bool moves; /* UPDATE gives its rows another key, of new_unit */
    int64_t new_unit;
    bool describe;
    const uint64_t *ids; /* of rows; NULL: none were made */
    uint32_t max_shards;
} weir__binding;

/* The first refusal stays. at: byte of the statement, or NONE. */
void weir__bind_refuse(weir__binding *b, weir__refusal refusal, uint32_t at, const char *format, ...)
    WEIR__PRINTF(4, 5);
void weir__bind_given(const weir__binding *b, const weir__value *value, weir__given *given);

/* known(T.k): units of the table's rows that can matter. */
weir__units weir__bind_known(weir__binding *b, const weir__routed_table *t);
/* Units of the rows that an INSERT brings. */
weir__units weir__bind_rows(weir__binding *b);
/* Is the key assigned the value that WHERE asks for? Else b->moves, or it is refused. */
void weir__bind_assigned(weir__binding *b);
/* The text for a target. tables: number of each spread table behind its name, by routed table. */
weir_str weir__bind_text(weir__binding *b, const weir__shard_config *shard, const int64_t *tables);
/* A target for each shard, and each table behind the name, that rows of the INSERT are for. tables: as for bind_text, filled in for the
 * target's. */
void weir__bind_row_targets(weir__binding *b, int64_t *tables);
/* One target, or several and what they are refused for. units: of each routed table. */
void weir__bind_targets(weir__binding *b, const weir__units *units);

#endif
