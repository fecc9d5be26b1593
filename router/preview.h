/* preview.h - where a statement would go, without running it. SPDX-License-Identifier: Apache-2.0
 * For people (weir explain --live): the same routing as the path's, of a plan of its own, with all targets. May ask the catalog. */
#ifndef WEIR_ROUTER_PREVIEW_H
#define WEIR_ROUTER_PREVIEW_H

#include "router/route/route.h"

/* Calls take with the route while it lives. Parameters (?) have no values: conditions on them tell nothing.
 * Returns: OK, also for what would be refused; what asking the catalog failed with; NOMEM, LIMIT. Threads: the session's. */
weir_status weir__preview(weir_session *session, weir_str sql, void (*take)(void *context, const weir__route *route),
                          void *context, weir_error *error);

#endif
