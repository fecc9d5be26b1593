/* target.h - the table that is loaded: its columns, and which lane a row belongs to. SPDX-License-Identifier: Apache-2.0
 * What routing says of `INSERT INTO table (columns) VALUES (..)` holds for all rows. A row's lane depends on its number and its cells alone,
 * so that each run finds the same (docs/load.md, invariant 4). O(key) a row. Threads: one. */
#ifndef WEIR_ROUTER_LOAD_TARGET_H
#define WEIR_ROUTER_LOAD_TARGET_H

#include "router/load/record.h"
#include "router/query.h"
#include "router/route/route.h"

enum { WEIR__LOAD_MAX_LANES = 256, WEIR__LOAD_IDS = 512 };

/* Ids that weir made and no row has got yet, of one shard where the id says the shard. */
typedef struct weir__load_ids {
    uint64_t list[WEIR__LOAD_IDS];
    uint32_t count;
} weir__load_ids;

typedef struct weir__load_target {
    weir_client *client;
    weir_session *session; /* asks the catalog; writes tables that are everywhere */
    weir__database *database;
    const char *name;               /* of the table, as asked for */
    const weir__table_config *rule; /* NULL: none */
    const weir__table *table;       /* counted */
    const char **names;             /* of the columns that the rows have, and of the id that weir makes, last */
    const weir__column **columns;
    uint32_t column_count, file_columns;
    weir__buf sql; /* the INSERT that routing was asked about */
    weir__plan *plan;
    weir__routing *routing;
    const weir__routed_table *spread; /* NULL: all rows are for one shard, or for all */
    weir__shard *fixed; /* NULL: spread. Of a table that is everywhere the first one, where its lane stands */
    bool everywhere;
    uint32_t per_shard;  /* lanes; lane = shard * per_shard + one of them; fixed: one of them */
    weir__load_ids *ids; /* one; for each shard where the id is the key */
    size_t ids_count;
    uint32_t ids_vain; /* of the last ids made, those that nobody wanted */
    weir__arena arena; /* of one row */
} weir__load_target;

typedef struct weir__load_place {
    uint32_t lane;
    int64_t table; /* behind the name */
    bool makes_id;
} weir__load_place;

/* The table, and its columns in *columns where the file names none. Returns: OK; USAGE, CONFIG; what asking servers failed with. On failure
 * too the caller closes it. */
weir_status weir__load_target_find(weir__load_target *target, weir_client *client, const weir_load_options *options,
                                   weir_error *error);
/* The columns of the file's rows, in its order. where: file and line, for messages. Returns: OK; CONFIG; UNSUPPORTED. */
weir_status weir__load_target_columns(weir__load_target *target, const weir_str *names, uint32_t count,
                                      const char *where, weir_error *error);
void weir__load_target_close(weir__load_target *target);

/* record->wrong is set where the row has no place. Returns: OK, NOMEM. */
weir_status weir__load_target_place(weir__load_target *target, weir__load_record *record, char why[160],
                                    weir__load_place *place, weir_error *error);
/* The id for a row whose place makes one; digits go to room. */
weir_status weir__load_target_id(weir__load_target *target, const weir__load_place *place, weir__load_record *record,
                                 char room[24], weir_error *error);
weir__shard *weir__load_target_shard(const weir__load_target *target, uint32_t lane);
uint32_t weir__load_target_lanes(const weir__load_target *target);
/* `INSERT INTO name (columns) VALUES `, of the table behind the name. */
void weir__load_target_head(const weir__load_target *target, int64_t table, weir__buf *sql);
/* `(cell, ..)` */
void weir__load_target_row(const weir__load_target *target, const weir__load_record *record, weir__buf *sql);
/* Where rows belong by weir.yaml, as a digest in hex. */
void weir__load_target_map(const weir__load_target *target, char hex[17]);

#endif
