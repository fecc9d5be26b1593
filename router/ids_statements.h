/* ids_statements.h - what the files of the id store share. SPDX-License-Identifier: Apache-2.0
 * Included by router/ids_*.c only. */
#ifndef WEIR_ROUTER_IDS_STATEMENTS_H
#define WEIR_ROUTER_IDS_STATEMENTS_H

#include "router/client_impl.h"
#include "router/line.h"
#include "schema/information.h"

/* ---- ids_statements.c ---- */

/* A database whose first shard keeps the rows, and the line to it. */
typedef struct weir__ids_place {
    const weir_client *client;
    weir__topology *topology; /* counted */
    const weir__database *database;
    weir__line **line;
} weir__ids_place;

/* Calls the first shard's primary; end gives the topology back. On failure there is nothing to end. */
weir_status weir__ids_place_begin(weir_client *client, const char *database, weir__line **line, weir__ids_place *place,
                                  weir_error *error);
void weir__ids_place_end(weir__ids_place *place);

/* Did it fail for the line had been hung up since it was last used? Then once more, on a new one. */
bool weir__ids_line_was_old(weir__line *const *line, weir_status status);

/* A question; each row to each. */
weir_status weir__ids_ask(weir__conn *conn, const weir__shard *shard, const char *sql, weir__information_row *each,
                          void *context, weir_error *error);
uint64_t weir__ids_number(weir_str text); /* of digits; else 0 */

/* One statement of the line; of an UPDATE or INSERT that is lost on the way nothing is but ids. result may be NULL. A table that is not
 * there is CONFIG, with the way out. */
weir_status weir__ids_run(weir__conn *conn, const weir__shard *shard, const char *sql, weir_result *result,
                          weir_error *error);

/* A value as SQL of any bytes: X'6162'. */
void weir__ids_put_bytes(weir__buf *sql, const char *text);
/* `a``b` */
void weir__ids_put_name(weir__buf *sql, const char *name);

/* ---- ids_sequence.c ---- */
weir_status weir__ids_block(weir__ids_place *place, const char *table, const char *column, uint32_t count,
                            uint64_t *first, weir_error *error);

/* Milliseconds since 1970 in SQL, whatever the session's time_zone. */
#define WEIR__IDS_NOW_MS "(TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6)) DIV 1000)"

#endif
