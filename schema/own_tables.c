/* own_tables.c - their columns, sorted by name. SPDX-License-Identifier: Apache-2.0
 * Times are the server's, UTC by weir's sessions; keys that weir makes are bytes, so that no
 * collation calls two of them equal. */
#include "schema/own_tables.h"

const weir__own_table weir__own_tables[] = {
    {"weir_branch", "the part of a transaction over several shards that was done on this one",
     "gtrid VARBINARY(64) NOT NULL PRIMARY KEY, made_at TIMESTAMP(6) NOT NULL DEFAULT "
     "CURRENT_TIMESTAMP(6), KEY made_at (made_at)"},
    {"weir_cache_epoch",
     "written by a transaction that could not reach the cache: cached rows of the table count no "
     "more",
     "table_name VARBINARY(192) NOT NULL PRIMARY KEY, epoch BIGINT UNSIGNED NOT NULL"},
    {"weir_decision", "a transaction over several shards is committed if and only if its row is here",
     "gtrid VARBINARY(64) NOT NULL PRIMARY KEY, participants TEXT NOT NULL, cached_tables TEXT NOT "
     "NULL, "
     "made_at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6), KEY made_at (made_at)"},
    {"weir_heartbeat", "one row, written every health.every: how far behind is a replica",
     "id TINYINT UNSIGNED NOT NULL PRIMARY KEY, beat BIGINT UNSIGNED NOT NULL, writer "
     "VARBINARY(192) NOT NULL, "
     "written_at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)"},
    {"weir_id", "where a sequence of ids goes on",
     "name VARBINARY(192) NOT NULL PRIMARY KEY, next_id BIGINT UNSIGNED NOT NULL, server_id BIGINT "
     "UNSIGNED NOT NULL"},
    {"weir_lease", "who may do a thing that only one process may do",
     "name VARBINARY(192) NOT NULL PRIMARY KEY, holder VARBINARY(192) NOT NULL, token BIGINT "
     "UNSIGNED NOT NULL, "
     "until TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)"},
    {"weir_ledger", "which statements of which migrations have run on this shard",
     "version BIGINT UNSIGNED NOT NULL, round INT UNSIGNED NOT NULL, statement INT UNSIGNED NOT NULL, statements INT "
     "UNSIGNED NOT NULL, name VARBINARY(192) NOT NULL, checksum CHAR(32) NOT NULL, statement_checksum CHAR(32) NOT "
     "NULL, started_at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6), ended_at TIMESTAMP(6) NULL DEFAULT NULL, "
     "milliseconds BIGINT UNSIGNED NULL, done_by VARBINARY(192) NOT NULL, host VARBINARY(192) NOT NULL, token BIGINT "
     "UNSIGNED NOT NULL, intent MEDIUMTEXT NULL, error TEXT NULL, PRIMARY KEY (version, round, statement)"},
    {"weir_load", "how far the loads of files have come: a row for each connection of a load",
     "load_id BINARY(16) NOT NULL, lane SMALLINT UNSIGNED NOT NULL, lanes SMALLINT UNSIGNED NOT NULL, owner BINARY(16) "
     "NOT NULL, position BIGINT UNSIGNED NOT NULL, loaded BIGINT UNSIGNED NOT NULL, rejected BIGINT UNSIGNED NOT NULL, "
     "ended TINYINT NOT NULL, table_name VARBINARY(192) NOT NULL, file VARBINARY(1024) NOT NULL, options BLOB NOT "
     "NULL, "
     "begun_at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6), moved_at TIMESTAMP(6) NOT NULL DEFAULT "
     "CURRENT_TIMESTAMP(6), PRIMARY KEY (load_id, lane), KEY table_name (table_name)"},
    {"weir_load_reject", "rows that a load could not load, until its reject file is written",
     "load_id BINARY(16) NOT NULL, row_no BIGINT UNSIGNED NOT NULL, line BIGINT UNSIGNED NOT NULL, server_errno INT "
     "UNSIGNED NOT NULL, reason VARBINARY(1024) NOT NULL, row_text LONGBLOB NOT NULL, PRIMARY KEY (load_id, row_no)"},
    {"weir_transaction",
     "a transaction was committed if its row is here: what weir looks up when the answer to COMMIT "
     "was lost",
     "id BINARY(16) NOT NULL PRIMARY KEY, made_at TIMESTAMP(6) NOT NULL DEFAULT "
     "CURRENT_TIMESTAMP(6), KEY made_at (made_at)"},
    {"weir_worker", "the worker numbers of snowflake ids: who holds which, and up to when it was used",
     "id SMALLINT UNSIGNED NOT NULL PRIMARY KEY, holder VARBINARY(192) NOT NULL, token BIGINT "
     "UNSIGNED NOT NULL, until_ms BIGINT UNSIGNED NOT NULL, used_ms BIGINT UNSIGNED NOT NULL, "
     "server_id BIGINT UNSIGNED NOT NULL"},
};
const size_t weir__own_table_count = sizeof weir__own_tables / sizeof *weir__own_tables;

const char weir__own_table_options[] = "ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin";
