/* check_live.h - `weir check --live`: what the servers say, against weir.yaml. SPDX-License-Identifier: Apache-2.0
 *
 *   each server is called once, and what it says is kept      check_live.c, check_read.c
 *   what one server shows by itself                           check_server.c, check_replication.c, check_own.c, check_fold.c
 *   what the servers of a database show together              check_settings.c, check_tables.c
 *   what a rule asks of its tables                            check_keys.c, check_links.c; which tables: check_physical.c
 *
 * Nothing ends at the first finding; a server that does not answer is one. One connection at a time. Memory: what
 * information_schema says of the schemas' tables. One thread. All strings live in the arena of the check. */
#ifndef WEIR_TOOLS_CHECK_LIVE_H
#define WEIR_TOOLS_CHECK_LIVE_H

#include <stdio.h>

#include "base/buf.h"
#include "base/str.h"
#include "schema/config_tables.h"
#include "tools/servers.h"

typedef enum check_level { CHECK_ERROR, CHECK_WARNING } check_level;

typedef struct check_column check_column;
struct check_column {
    const char *name, *data_type, *type; /* "int", "int unsigned": without display width */
    const char *charset, *collation;     /* "" where it has none */
    bool auto_increment;
    const char *alike;      /* what servers of different makers show alike */
    const char *definition; /* the whole of it, as in CREATE TABLE */
    check_column *next;
};

typedef struct check_part check_part;
struct check_part {
    const char *column; /* "" for an expression */
    bool whole;         /* not only its first characters */
    check_part *next;
};

typedef struct check_key check_key;
struct check_key {
    const char *name;
    bool unique;
    check_part *parts;
    const char *definition;
    check_key *next;
};

typedef struct check_table check_table;
struct check_table {
    const char *name;
    const char *engine;             /* "" for a view */
    const weir__table_config *rule; /* NULL: no rule of weir.yaml names it */
    check_column *columns;
    check_key *keys;
    check_table *next;
};

typedef struct check_pair check_pair;
struct check_pair {
    const char *from, *to; /* columns */
    check_pair *next;
};

typedef struct check_foreign_key check_foreign_key;
struct check_foreign_key {
    const char *name, *schema, *table, *to_schema, *to_table;
    bool changes_rows; /* CASCADE, SET NULL */
    check_pair *pairs;
    check_foreign_key *next;
};

typedef struct check_trigger check_trigger;
struct check_trigger {
    const char *name, *table, *timing, *event, *body;
    check_trigger *next;
};

typedef struct check_variable check_variable;
struct check_variable {
    const char *name, *value;
    check_variable *next;
};

/* A server in its role for one shard. What it said is empty while it is not reached. */
typedef struct check_server {
    const weir__shard_config *shard;
    const weir__endpoint_config *at;
    bool replica;
    bool reached;
    bool mariadb;
    const char *collation; /* the schema's default */
    check_variable *variables;
    check_table *tables; /* in the server's order */
    check_foreign_key *foreign_keys;
    check_trigger *triggers;
} check_server;

typedef struct check_finding {
    check_level level;
    const check_server *at;
    const char *table; /* "" when it is about no table */
    const char *what, *should, *fix;
} check_finding;

typedef struct check {
    servers *s;
    weir__arena arena;
    weir__buf scratch;
    check_server *servers; /* in the order of weir.yaml, a shard's primary before its replicas */
    size_t server_count;
    check_finding *findings;
    size_t count, room, levels[2]; /* findings; of each level */
    size_t reached, tables;        /* looked at: servers; tables with a rule, on primaries */
} check;

/* ---- check_live.c ---- */
/* Asks all servers of s->config. False: no memory. The caller ends it with check_deinit in either case. */
bool check_run(check *c, servers *s);
void check_deinit(check *c);
/* Printed into the arena; "" when there is no memory, which check_run then tells. */
const char *check_printf(check *c, const char *format, ...) WEIR__PRINTF(2, 3);
const char *check_text(check *c, weir_str text); /* NULL gives "" */
/* Runs a statement on the connection. False: a finding says why. */
bool check_ask(check *c, const check_server *at, weir__conn *conn, const char *sql, server_row *each, void *context);
/* A global variable or status by its name; NULL: this server has none of that name. */
const char *check_value(const check_server *at, const char *name);
bool check_is(const check_server *at, const char *name, const char *value);

/* ---- check_findings.c ---- */
#define CHECK_SHOULD "\x1e" /* parts the format: what is, what should be, the way out */
#define CHECK_FIX "\x1f"
void check_tell(check *c, check_level level, const check_server *at, const char *table, const char *format, ...)
    WEIR__PRINTF(5, 6);
void check_sort(check *c);
void check_print(const check *c, FILE *to); /* three lines a finding */
void check_print_counts(const check *c, FILE *to);
void check_print_json(const check *c, FILE *to); /* "servers":.., without braces around */

/* ---- check_server.c, check_replication.c, check_own.c, check_fold.c: what needs the connection, or one server only ---- */
void check_unreached(check *c, const check_server *at, const weir_error *error);
void check_server_itself(check *c, check_server *at, weir__conn *conn);
void check_replication(check *c, check_server *at, weir__conn *conn);
void check_own_tables(check *c, const check_server *at);
void check_folding(check *c, const check_server *at, weir__conn *conn);

/* ---- check_read.c ---- */
bool check_read_variables(check *c, check_server *at, weir__conn *conn);
bool check_read_schema(check *c, check_server *at, weir__conn *conn);
check_table *check_find_table(const check_server *at, const char *name);
check_column *check_find_column(const check_table *table, const char *name);

/* ---- check_physical.c: a rule's tables on a shard ---- */
bool check_lives_on(const weir__table_config *rule, const weir__shard_config *shard);
/* The i-th of the tables that the shard must have, 0 to check_physical_count - 1; NULL: it lives on another shard. */
uint32_t check_physical_count(const weir__table_config *rule); /* 0: by date, so that nobody knows which there are */
const char *check_physical_name(check *c, const weir__table_config *rule, const weir__shard_config *shard, uint32_t i);
/* The rule that a table on a server of the shard belongs to, or NULL. */
const weir__table_config *check_rule_of(const check *c, const check_server *at, const char *name);
bool check_is_sharded(const weir__table_config *rule); /* or colocated; NULL is not */

/* ---- check_settings.c, check_tables.c, check_keys.c, check_links.c ---- */
void check_settings(check *c);
void check_pools(check *c);
void check_tables(check *c);
void check_key_rules(check *c, const check_server *at, const check_table *table); /* a sharded table, once */
void check_links(check *c, const check_server *at);                               /* foreign keys and triggers */

#endif
