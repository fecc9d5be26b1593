/* catalog.h - what the tables look like, asked once and kept. SPDX-License-Identifier: Apache-2.0
 *
 * find of a known table: one lock, one hash lookup. A table is asked for at its first use, by a thread of the catalog's own, one for
 * each source (a shard, or a database whichever of its shards answers); it holds one line to its servers and ends when nothing was
 * asked for a while. So no caller waits for a name server, a silent host or a pool that his own session occupies, but for his deadline
 * only; and many that need one table ask once.
 *
 *    EMPTY --find--> ASKING --answer--> KNOWN --drop--> EMPTY          a drop while ASKING: asked again, the answer may be older
 *      ^---failed, no such table--'        '--from a replica: asked again every few seconds, the old one serves meanwhile
 *
 * Invariants, under the lock: (1) an answer that was begun before a drop is never kept; (2) an entry that is ASKING is on one source's
 * queue or in its thread's hands; (3) an entry without table, asking and waiters does not stay, so names that do not exist take no
 * memory. A table that was read again and is equal stays the same object with the same version.
 * What changes a table past weir is not seen until somebody drops it here: who meets an error that tells of it (1054, 1136, 1146,
 * fields that changed) calls weir__catalog_doubt, and who has changed one weir__catalog_drop. Threads: any. Life: counted, the catalog's threads count too.
 * Not here: who is asked and how (the asker: router/catalog_ask.c); tables without servers (schema_file.h). */
#ifndef WEIR_SCHEMA_CATALOG_H
#define WEIR_SCHEMA_CATALOG_H

#include "base/env.h"
#include "schema/config_tables.h"
#include "schema/table.h"

typedef struct weir__catalog weir__catalog;

/* Which table. Strings are never NULL. */
typedef struct weir__table_name {
    const char *database; /* of weir.yaml */
    const char *shard;    /* "": any shard of it that has the table */
    const char *table;    /* on the server; with dated, what stands before the date */
    const char *suffix;   /* dated: what stands behind the date; else "" */
    bool dated;           /* the latest table of the form table<digits>suffix */
} weir__table_name;

/* Who knows. */
typedef struct weir__catalog_asker {
    void *context;
    /* On a thread of the catalog's own. *line is NULL at first and what the asker leaves there afterwards, for one source. Returns: OK
     * and *table with one reference, NULL when there is no such table; *passing: it was read from where it may be old. Or a failure. */
    weir_status (*ask)(void *context, void **line, const weir__table_name *name, weir__table **table, bool *passing,
                       weir_error *error);
    void (*hang_up)(void *context, void *line); /* the end of a line; only for one that is not NULL */
    void (*released)(void *context);            /* once, when the catalog is gone; may be NULL */
} weir__catalog_asker;

/* env lives until released is called. Returns: OK, NOMEM. Owns: the caller has one reference, ended by weir__catalog_close. */
weir_status weir__catalog_new(const weir__env *env, const weir__catalog_asker *asker, weir__catalog **catalog,
                              weir_error *error);
/* Ends the caller's reference. No more asking; waits for the catalog's threads, at most until the deadline: false when some are still
 * asking (they end by themselves). NULL is fine. */
bool weir__catalog_close(weir__catalog *catalog, weir__deadline deadline);

/* The table, by the deadline. Returns: OK and *table, the caller's to unref, NULL when there is no such table; TIMEOUT; what asking
 * failed with (UNREACHABLE, CONFIG, ..): nothing was changed; LIMIT, NOMEM; USAGE when closed. */
weir_status weir__catalog_find(weir__catalog *catalog, const weir__table_name *name, weir__deadline deadline,
                               weir__table **table, weir_error *error);
/* The same for a table that a rule places: any of its tables, for they are alike. */
weir_status weir__catalog_find_rule(weir__catalog *catalog, const weir__table_config *rule, weir__deadline deadline,
                                    weir__table **table, weir_error *error);

/* Forgets a table by its name on the servers, letters of any case, on all shards of the database; table NULL: all of the database;
 * database NULL too: everything. The next find asks again. */
void weir__catalog_drop(weir__catalog *catalog, const char *database, const char *table);
/* The same for an error that may tell of a change (1054, 1136, 1146), but not within a second of a doubt after which the table was found
 * as it had been: statements that are wrong again and again do not make the servers say the same again and again. */
void weir__catalog_doubt(weir__catalog *catalog, const char *database, weir_str table);
void weir__catalog_drop_rule(weir__catalog *catalog, const weir__table_config *rule); /* all tables of the rule */
/* weir.yaml was read again: what was learnt from shards that are no longer the same is forgotten. */
void weir__catalog_keep(weir__catalog *catalog, const weir__config *before, const weir__config *after);

/* Counts drops and tables that turned out to differ: while it is the same, what was found before is what would be found now. */
uint64_t weir__catalog_changes(const weir__catalog *catalog);

#endif
