/* share.h - slots and remainders to shards. SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ROUTER_ROUTE_SHARE_H
#define WEIR_ROUTER_ROUTE_SHARE_H

#include "schema/config_tables.h"

/* The shard that holds a slot or remainder. O(1). */
const weir__shard_config *weir__share_of(const weir__method *method, int64_t unit);
/* The last one that this piece holds. */
int64_t weir__share_run(const weir__method *method, int64_t unit);
int64_t weir__share_last(const weir__method *method);

#endif
