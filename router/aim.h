/* aim.h - the shard of a statement: its plan's routing, made at first sight, bound to its values. SPDX-License-Identifier: Apache-2.0
 * Making one asks the catalog, which may wait for a server by the statement's deadline; from then on it is a load and router/route's
 * own work. Threads: the session's. */
#ifndef WEIR_ROUTER_AIM_H
#define WEIR_ROUTER_AIM_H

#include "router/merge/plan.h"
#include "router/query.h"
#include "router/route/route.h"

/* Sets *shard and q->text; or, for a read of several shards, puts a scatter on the session's seat (exec/scatter.h). Returns: OK; UNSUPPORTED or LIMIT with the refusal's word; what asking the catalog failed with; NOMEM. */
weir_status weir__aim(weir__statement *q, weir__shard **shard);
/* What tells routing of weir.yaml and of the servers' tables. Needs session, deadline and error of q, which must live as long. */
weir__routing_context weir__aim_context(weir__statement *q);

/* For weir__aim. Ids for the rows of an INSERT that leave theirs to weir, by row, 0 where it is given; q->first_id is the first. */
weir_status weir__aim_ids(weir__statement *q, const weir__routing *routing, const uint64_t **ids);
/* For weir__aim: q->text and q->values of an INSERT for one shard, with the ids in it. */
weir_status weir__aim_insert(weir__statement *q, const weir__route *route, const uint64_t *ids);
/* For weir__aim: q->write of a route that writes on several shards. */
weir_status weir__aim_write(weir__statement *q, const weir__route *route, const uint64_t *ids);
/* For weir__aim: q->move of a route that moves rows. */
weir_status weir__aim_move(weir__statement *q, const weir__route *route);
/* The plan's tables as router/merge sees them. NULL: no memory. */
weir__merge_table *weir__aim_places(const weir__routing *routing, weir__arena *arena);
/* For weir__aim: the scatter of a route that reads several shards, or of a page, which may be of one. tables: weir__aim_places's. */
weir_status weir__aim_scatter(weir__statement *q, const weir__route *route);
weir_status weir__aim_scatter_of(weir__statement *q, const weir__route *route, const weir__merge_table *tables);
/* Gives back what was only needed to understand the statement. */
void weir__aim_leave(weir__statement *q);
/* For weir__aim: a page of rows that are all on this shard; NULL: the statement reads none. */
weir_status weir__aim_page(weir__statement *q, const weir__routing *routing, const weir__shard_config *shard);
/* Asks the catalog, as weir__routing_context has it; context is the statement. */
weir_status weir__aim_find(void *context, const weir__table_config *rule, const weir__shard_config *shard,
                           weir_str name, const weir__table **out, weir_error *error);

#endif
