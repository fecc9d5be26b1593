/* config.h - weir.yaml as one immutable value. SPDX-License-Identifier: Apache-2.0
 *
 * Read once, checked whole, never changed; a reload makes another. Every default of `defaults:`, a database or a shard is already
 * merged in: what a shard's settings say is what holds. All of it lives in one arena and goes with weir__config_free.
 * Times are milliseconds, sizes bytes. Threads: read-only after it was made, so any.
 * Not here: secrets' values (read when a connection logs in), anything that servers say. */
#ifndef WEIR_SCHEMA_CONFIG_H
#define WEIR_SCHEMA_CONFIG_H

#include "base/arena.h"
#include "base/env.h"
#include "weir.h"

/* A secret is never in weir.yaml: only where it is found. */
typedef struct weir__secret {
    enum { WEIR__SECRET_NONE, WEIR__SECRET_ENV, WEIR__SECRET_FILE } from;
    const char *name; /* of the environment variable or file */
} weir__secret;

typedef struct weir__tls_config {
    enum { WEIR__TLS_NONE, WEIR__TLS_REQUIRED, WEIR__TLS_VERIFY } mode;
    const char *ca, *cert, *key; /* files, NULL where not given */
} weir__tls_config;

typedef enum weir__balance {
    WEIR__BALANCE_LATENCY,
    WEIR__BALANCE_LEAST,
    WEIR__BALANCE_ROUND_ROBIN,
    WEIR__BALANCE_RANDOM,
    WEIR__BALANCE_HASH
} weir__balance;
typedef enum weir__atomicity { WEIR__ONE_SHARD, WEIR__BEST_EFFORT, WEIR__ATOMIC } weir__atomicity;
typedef enum weir__scatter { WEIR__SCATTER_ALLOW, WEIR__SCATTER_WARN, WEIR__SCATTER_DENY } weir__scatter;

/* What may be set in defaults:, in a database and in a shard, merged. */
typedef struct weir__settings {
    const char *user;
    weir__secret password;
    weir__tls_config tls;
    struct {
        const char *collation, *time_zone;
        const char *sql_mode; /* NULL: the server's own ("server") */
    } connection;
    struct {
        uint32_t min, max, wait_ms, idle_ms, lifetime_ms, warn_held_ms, prepared;
    } pool;
    struct {
        uint32_t connect_ms, query_ms, transaction_ms, failover_ms;
    } timeouts;
    struct {
        weir_reads consistency;
        uint32_t max_lag_ms, wait_ms;
        weir__balance balance;
        double primary_share;
        bool refuse_without_replica;
    } reads;
    struct {
        uint32_t every_ms, out_after, back_after;
        const char *heartbeat;
    } health;
    weir__atomicity transactions;
    struct {
        weir__scatter scatter;
        uint32_t shards;
        uint64_t rows, bytes, statement;
    } limits;
} weir__settings;

/* "db01:3306", "[::1]:3306", "/run/mysqld/mysqld.sock" */
typedef struct weir__address {
    const char *text;   /* as written: for messages */
    const char *host;   /* name or IP literal without brackets; NULL for a socket */
    const char *socket; /* path; NULL for TCP */
    uint16_t port;
} weir__address;

typedef struct weir__endpoint_config {
    weir__address address;
    double weight; /* among replicas; default 1 */
} weir__endpoint_config;

typedef struct weir__range {
    uint32_t from, to; /* both included */
} weir__range;

typedef struct weir__database_config weir__database_config;

typedef struct weir__shard_config {
    const char *name;
    const char *group; /* NULL when its servers are written in the shard itself */
    const weir__database_config *database;
    weir__endpoint_config primary;
    const weir__endpoint_config *replicas;
    size_t replica_count;
    bool lossless;
    const char *schema;
    const weir__range
        *slots; /* sorted; of a database with one shard: all; none of a shard that takes no part in slots */
    size_t slot_range_count;
    weir__settings settings;
} weir__shard_config;

/* Slots or remainders of a shard. */
typedef struct weir__share {
    weir__range range;
    const weir__shard_config *shard;
} weir__share;

struct weir__database_config {
    const char *name;
    uint32_t slots;
    const weir__share *shares; /* sorted, 0 to slots - 1 without gap; none when its shards say no slots */
    const uint16_t *share_of;  /* of each slot the number of its share */
    size_t share_count;
    weir__shard_config *shards; /* as written */
    size_t shard_count;
    const char *schema_file;                /* NULL: none */
    const weir__shard_config *other_tables; /* where tables without a rule live; NULL: they are refused */
    weir__settings settings;
};

typedef struct weir__log_config {
    uint32_t slow_ms;
    weir_log_level level;
    bool values;
} weir__log_config;

/* tables, caches and documents: see config_tables.h. */
typedef struct weir__table_config weir__table_config;
typedef struct weir__cache_config weir__cache_config;
typedef struct weir__documents_config weir__documents_config;

/* A setting that weir.yaml may hold and that this version does not act on. */
typedef struct weir__not_yet_setting weir__not_yet_setting;
struct weir__not_yet_setting {
    const char *key; /* "tables.*.cache" */
    uint32_t line;   /* the first one's */
    size_t count;    /* how often it stands in the file */
    weir__not_yet_setting *next;
};

typedef struct weir__config {
    weir__arena arena;
    const char *source; /* file name for messages; "weir.yaml" for text given by the caller */
    weir__database_config *databases;
    size_t database_count;
    weir__table_config *tables; /* as written */
    size_t table_count;
    const weir__table_config **tables_sorted; /* by name, then database: for weir__config_table */
    weir__cache_config *caches;
    size_t cache_count;
    weir__documents_config *documents;
    size_t documents_count;
    weir__log_config log;
    weir__not_yet_setting *not_yet;
} weir__config;

/* A mistake: "weir.yaml:11:32: tables.orders.shardby: unknown key; did you mean shard_by?" */
typedef struct weir__mistake {
    const char *path;      /* "tables.orders.shardby"; "" when it is about the text as a whole */
    uint32_t line, column; /* from 1 */
    const char *text;
} weir__mistake;

typedef struct weir__mistakes {
    weir__arena arena;
    const char *source;  /* file name, as in the configuration */
    weir__mistake *list; /* in the order of the file */
    size_t count, room;  /* listed; the list can hold */
    size_t more;         /* beyond WEIR__MAX_CONFIG_MISTAKES: only counted */
} weir__mistakes;

/* Checks the text of a weir.yaml. Returns OK and *config; or CONFIG, *config NULL, the first mistake in error and all in mistakes
 * (may be NULL; else the caller ends it with weir__mistakes_deinit in either case); or NOMEM. */
weir_status weir__config_parse(const weir__env *env, const char *source, weir_str yaml, weir__config **config,
                               weir__mistakes *mistakes, weir_error *error);
/* The same from a file; NULL: $WEIR_CONFIG, else ./weir.yaml. A file that cannot be read is CONFIG with no mistake listed. */
weir_status weir__config_read(const weir__env *env, const char *file, weir__config **config, weir__mistakes *mistakes,
                              weir_error *error);
void weir__config_free(const weir__env *env, weir__config *config); /* NULL is fine */
void weir__mistakes_deinit(weir__mistakes *mistakes);

const weir__database_config *weir__config_database(const weir__config *config,
                                                   const char *name); /* NULL: no such one */

/* The secret's value, NUL-terminated ("" for NONE; one newline at a file's end is dropped). The caller wipes and frees it with
 * weir__secret_wipe. CONFIG, naming variable or file, when it is not there. */
weir_status weir__secret_value(const weir__env *env, const weir__secret *secret, char **value, weir_error *error);
void weir__secret_wipe(const weir__env *env, char *value);

#endif
