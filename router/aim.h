/* aim.h - the shard of a statement: its plan's routing, made at first sight, bound to its values. SPDX-License-Identifier: Apache-2.0
 * Making one asks the catalog, which may wait for a server by the statement's deadline; from then on it is a load and router/route's
 * own work. Threads: the session's. */
#ifndef WEIR_ROUTER_AIM_H
#define WEIR_ROUTER_AIM_H

#include "router/query.h"

/* Sets *shard and q->text. Returns: OK; UNSUPPORTED or LIMIT with the refusal's word; what asking the catalog failed with; NOMEM. */
weir_status weir__aim(weir__statement *q, weir__shard **shard);

#endif
