/* schema_look.h - has a migration changed the tables of a live client? SPDX-License-Identifier: Apache-2.0
 * One question a shard and pass of the client's resolver thread, over the shard's pool: how many rows weir_ledger has, how many of them
 * ended, and when the last one began. When that is no longer what it was, what the client knew of the database's tables is dropped, and
 * with it what its plans concluded from them; the first time too, for it may have changed since they were asked for. Between the change and
 * the next pass (at most some seconds) the old description serves; what the server refuses meanwhile for columns or tables that are not
 * there drops it at once (catalog_notice.c). Threads: the resolver's. */
#ifndef WEIR_ROUTER_SCHEMA_LOOK_H
#define WEIR_ROUTER_SCHEMA_LOOK_H

#include "router/client_impl.h"

typedef struct weir__schema_marks {
    unsigned epoch;  /* of the topology whose shards they are; another one begins anew */
    uint64_t *marks; /* by shard; 0: not known */
} weir__schema_marks;

void weir__schema_look(weir_client *client, weir__topology *topology, unsigned epoch, weir__schema_marks *marks,
                       const _Atomic bool *stop);
void weir__schema_marks_free(const weir__mem *mem, weir__schema_marks *marks);

#endif
