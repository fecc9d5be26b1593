/* health_probe.h - asks one server how it is, and beats its heart. SPDX-License-Identifier: Apache-2.0
 *
 * One round trip, two on replicas; each call ends by conn->deadline. Threads: one at a time per connection. Not here: when to probe
 * (health.c), what follows from an answer (group.c). */
#ifndef WEIR_ROUTER_HEALTH_PROBE_H
#define WEIR_ROUTER_HEALTH_PROBE_H

#include "drivers/driver.h"
#include "router/group.h"

enum { WEIR__WRITER_TEXT = 128 };

typedef struct weir__heart {
    const char *schema, *table;
    char writer[WEIR__WRITER_TEXT]; /* this process: letters, digits and signs that need no quoting */
    uint32_t lease_ms;              /* a row not written for so long may be taken over */
} weir__heart;

typedef enum weir__heart_state {
    WEIR__HEART_BEATS,   /* the row is there, somebody else writes it */
    WEIR__HEART_MINE,    /* this process writes it, or may take it over, or it is not there yet */
    WEIR__HEART_MISSING, /* there is no such table, or this user may not read it */
} weir__heart_state;

/* with_heart: ask for the heartbeat row too; when that fails the probe is made without. whole: ask replicas how they replicate. */
weir_status weir__probe_server(weir__conn *conn, const weir__heart *heart, bool with_heart, bool whole,
                               weir__probe *probe, weir__heart_state *state, weir_error *error);
/* On the primary: the next beat, if nobody else holds the row. */
weir_status weir__probe_beat(weir__conn *conn, const weir__heart *heart, weir_error *error);
/* Once on each connection. */
weir_status weir__probe_settle(weir__conn *conn, weir_error *error);

#endif
