/* preview.h - where a statement would go, without running it. SPDX-License-Identifier: Apache-2.0
 * For people (weir explain): the same routing as the path's, of a plan of its own, with all targets and the text for each: rows of an INSERT
 * are split, a read of several shards is planned for its merge, and where that is refused, for one server that finishes it (docs/merge.md). */
#ifndef WEIR_ROUTER_PREVIEW_H
#define WEIR_ROUTER_PREVIEW_H

#include "router/merge/finish.h"
#include "router/route/route.h"

/* Of a statement that would be refused neither merge nor finish is there, and route->why says why. */
typedef struct weir__foreseen {
    const weir__route *route;      /* its targets have what is sent to them, where it is merged */
    const weir__merge_plan *merge; /* its rows are put together; NULL: they are not */
    const weir__finish *finish;    /* one server finishes it; NULL: none does */
    weir__finish_way way;          /* of finish */
} weir__foreseen;

typedef void weir__preview_take(void *context, const weir__foreseen *foreseen);

/* Calls take with what was found while it lives. Parameters (?) have no values: conditions on them tell nothing.
 * By the session's servers: may ask the catalog. Returns: OK, also for what would be refused; what asking failed with; NOMEM, LIMIT.
 * Threads: the session's. */
weir_status weir__preview(weir_session *session, weir_str sql, weir__preview_take *take, void *context,
                          weir_error *error);
/* By what routing tells: without servers, where its find asks none. */
weir_status weir__preview_with(const weir__routing_context *context, weir_str sql, weir__preview_take *take,
                               void *taker, weir_error *error);

#endif
