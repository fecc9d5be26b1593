/* ids.h - ids for rows. SPDX-License-Identifier: Apache-2.0
 *
 * take: one lock and, while the stretch or block lasts, no I/O. What needs a server is done by a thread of the database's own over a line
 * of its own: leasing and renewing a worker number (snowflake), fetching blocks in advance (sequence). It ends, and gives the number
 * back, when nobody has taken an id for a while or at close. Callers wait for it by their deadline only. How no id is given twice:
 * docs/ids.md. Threads: any. Life: counted, the threads count too. Not here: the statements (ids_store.c), putting ids into an INSERT. */
#ifndef WEIR_ROUTER_IDS_H
#define WEIR_ROUTER_IDS_H

#include "base/env.h"
#include "schema/config_tables.h"
#include "schema/table.h"

typedef struct weir__ids_maker weir__ids_maker;

/* A worker number and the stretch of milliseconds (since 1970) that are this process's alone. */
typedef struct weir__lease {
    bool held;
    uint32_t worker;
    uint64_t token;               /* of the row: another one has it as soon as that differs */
    uint64_t from_ms, end_ms;     /* ids may be of from_ms <= ms < end_ms */
    uint64_t server_ms, asked_ns; /* the server's clock, read after asked_ns by ours */
} weir__lease;

/* Where leases and blocks are kept. All run on the database's thread; *line is NULL at first and the store's to keep. */
typedef struct weir__ids_store {
    void *context;
    /* A worker number that nobody holds, with a stretch of stretch_ms. LIMIT: all are held. */
    weir_status (*acquire)(void *context, void **line, const char *database, uint32_t stretch_ms, weir__lease *lease,
                           weir_error *error);
    /* The same number on, the stretch up to end_ms of lease. held becomes false when another one has it now. */
    weir_status (*renew)(void *context, void **line, const char *database, weir__lease *lease, weir_error *error);
    /* used_ms: of the last id that was made. */
    void (*give_back)(void *context, void **line, const char *database, const weir__lease *lease, uint64_t used_ms);
    /* count ids from *first on that nobody else gets, for table.column. */
    weir_status (*block)(void *context, void **line, const char *database, const char *table, const char *column,
                         uint32_t count, uint64_t *first, weir_error *error);
    void (*hang_up)(void *context, void *line); /* only for one that is not NULL */
    void (*released)(void *context);            /* once, when all is gone; may be NULL */
} weir__ids_store;

/* env lives until released is called. NOMEM. Owns: one reference, ended by close. */
weir_status weir__ids_new(const weir__env *env, const weir__ids_store *store, weir__ids_maker **ids, weir_error *error);
/* Numbers are given back. False: a thread still speaks to a server at the deadline; it ends by itself. NULL is fine. */
bool weir__ids_close(weir__ids_maker *ids, weir__deadline deadline);

/* count ids for a table whose rule has `ids:`, each one for ever unique in its table's column, rising within the call for a snowflake.
 * Returns: OK; TIMEOUT; LIMIT; what the store failed with (UNREACHABLE, CONFIG, ..): nothing was changed, ids may be lost. */
weir_status weir__ids_take(weir__ids_maker *ids, const weir__table_config *rule, weir__deadline deadline,
                           uint64_t *list, size_t count, weir_error *error);

/* Why the column cannot hold the ids of its rule, to stand behind "is <type>, which .."; NULL: it can. */
const char *weir__ids_refuses(const weir__table_config *rule, const weir__column *column);

#endif
