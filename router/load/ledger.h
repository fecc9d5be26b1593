/* ledger.h - weir_load and weir_load_reject: how far the lanes of a load have come. SPDX-License-Identifier: Apache-2.0
 * Which statement may rely on what: docs/load.md. All run on a line to the primary of the lane's shard. Threads: one a link. */
#ifndef WEIR_ROUTER_LOAD_LEDGER_H
#define WEIR_ROUTER_LOAD_LEDGER_H

#include "base/buf.h"
#include "router/line.h"
#include "schema/information.h"

/* A connection to the primary of a shard that is called again where it broke, and speaks in strict mode. */
typedef struct weir__load_link {
    const weir__env *env;
    const weir__shard *shard;
    weir__line *line;
    weir__conn *conn; /* of line; NULL: call first */
} weir__load_link;

/* What a load is about. */
typedef struct weir__load_about {
    uint8_t id[16];    /* of table and content */
    uint8_t owner[16]; /* of this run */
    const char *table; /* "database.table" */
    const char *file;  /* its whole path */
    const char *options;
    uint32_t lanes;
} weir__load_about;

typedef struct weir__load_standing {
    uint32_t lanes;
    uint64_t position, loaded, rejected;
    bool ended;
} weir__load_standing;

/* The connection, a new one where it broke. Returns: OK; UNREACHABLE, CONFIG, .. */
weir_status weir__load_call(weir__load_link *link, weir_error *error);
void weir__load_hang_up(weir__load_link *link);
/* One statement without rows. may_write: what is lost on the way may have happened (COMMIT). */
weir_status weir__load_run(weir__load_link *link, weir_str sql, bool may_write, weir_result *result, weir_error *error);
weir_status weir__load_ask(weir__load_link *link, const char *sql, weir__information_row *each, void *context,
                           weir_error *error);

/* Makes the tables where they are missing. */
weir_status weir__load_prepare(weir__load_link *link, weir_error *error);
/* Of this load on this shard: *lanes that it was begun with (0: it was not), *ended of how many rows. Returns: OK; CONFIG: another file of
 * that name was begun, or this one with other options. */
weir_status weir__load_survey(weir__load_link *link, const weir__load_about *about, uint32_t *lanes, weir_error *error);
/* Forgets this load and those of files of that name. */
weir_status weir__load_forget(weir__load_link *link, const weir__load_about *about, weir_error *error);
/* This load alone. */
weir_status weir__load_forget_own(weir__load_link *link, const weir__load_about *about, weir_error *error);
/* Rows for lanes first to first + count - 1, where there are none. */
weir_status weir__load_begin(weir__load_link *link, const weir__load_about *about, uint32_t first, uint32_t count,
                             weir_error *error);
/* The lane is this run's from here on; waits for whatever is still open there. */
weir_status weir__load_take(weir__load_link *link, const weir__load_about *about, uint32_t lane,
                            weir__load_standing *standing, weir_error *error);
/* Where does the lane stand, now that nothing is open there? CONFLICT: another run has taken it. */
weir_status weir__load_look(weir__load_link *link, const weir__load_about *about, uint32_t lane,
                            weir__load_standing *standing, weir_error *error);
/* The statement that moves the lane on, in a batch's transaction: it must change one row. */
void weir__load_move_sql(const weir__load_about *about, uint32_t lane, const weir__load_standing *from,
                         const weir__load_standing *to, weir__buf *sql);
weir_status weir__load_taken_over(weir_error *error);

void weir__load_put_bytes(weir__buf *sql, const void *bytes, size_t size); /* X'..' */

#endif
