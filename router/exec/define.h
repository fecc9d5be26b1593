/* define.h - a definition on several shards. SPDX-License-Identifier: Apache-2.0
 * Definitions cannot be undone, so no transaction helps: the first shard is asked alone, and what it refuses no other one is asked; then the
 * others, one after the other, each whether or not the one before has failed. A failure names the shards where it was done and those
 * where it was not, with their reasons; success is logged by shard. `weir migrate` knows how to go on from there; this does not.
 * Thread: the session's. */
#ifndef WEIR_ROUTER_EXEC_DEFINE_H
#define WEIR_ROUTER_EXEC_DEFINE_H

#include "router/exec/write.h"

/* The session has no transaction and keeps no connection. Returns: OK, done on all; what the first shard said, when it was done nowhere; else
 * the status of the first failure, with the report. */
weir_status weir__define_run(weir_session *session, const weir__write *w, weir__deadline deadline, weir_result *result,
                             weir_error *error);

#endif
