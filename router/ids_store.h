/* ids_store.h - leases and blocks in the database's own tables. SPDX-License-Identifier: Apache-2.0
 * weir_worker and weir_id on the first shard of the database, as weir.yaml lists them (docs/ids.md). Threads: those of ids.h. */
#ifndef WEIR_ROUTER_IDS_STORE_H
#define WEIR_ROUTER_IDS_STORE_H

#include "router/client_impl.h"

/* Makes client->ids; it keeps the client's memory until its last thread has ended. */
weir_status weir__ids_for(weir_client *client, weir_error *error);

#endif
