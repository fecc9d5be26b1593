/* limits.h - every maximum of the library, with its reason. SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BASE_LIMITS_H
#define WEIR_BASE_LIMITS_H

enum {
    /* weir.yaml: a thousand shards with replicas take about 200 KiB. */
    WEIR__MAX_CONFIG_BYTES = 16 * 1024 * 1024,
    WEIR__MAX_CONFIG_DEPTH = 32,                 /* the sample needs 6 */
    WEIR__MAX_CONFIG_NODES = 1000000,            /* memory while it is checked: about 100 MB */
    WEIR__MAX_CONFIG_MISTAKES = 1000,            /* told; more are only counted */
    WEIR__MAX_CONFIG_MEMORY = 512 * 1024 * 1024, /* of what is made of it, and as much while it is checked */
    WEIR__MAX_SLOTS = 65536,        /* of a database: 64 for each of a thousand shards; a map of them takes 128 KiB */
    WEIR__MAX_SECRET_BYTES = 16384, /* a password in a file; tokens of cloud logins take 2 KiB */
    WEIR__MAX_TABLE_BYTES =
        64 * 1024 * 1024, /* of a table's description: 4096 columns with the most labels they can have take less */
    WEIR__MAX_SCHEMA_FILE_BYTES = 64 * 1024 * 1024, /* the CREATE statements of 10,000 tables take 30 MB */
    /* one statement */
    WEIR__MAX_STATEMENT_BYTES =
        1024 * 1024 * 1024,       /* the protocol's own packet limit; weir.yaml's limits.statement is below it */
    WEIR__MAX_PARAMETERS = 65535, /* the protocol counts them in 16 bits */
    WEIR__MAX_COLUMNS = 65535,    /* likewise; a table has at most 4096 */
    WEIR__MAX_SQL_DEPTH = 400,    /* of a statement's tree: what walks it by recursion needs under 64 KiB of stack */
    WEIR__MAX_PLAN_BYTES =
        1024 * 1024 * 1024, /* of a plan, and as much while it is made: enough for one of 5 MB that is all values */
    /* connections */
    WEIR__MAX_POOL = 10000,     /* connections of one process to one endpoint; MariaDB allows 100,000 in all */
    WEIR__MAX_PURPOSE = 160,    /* how a statement begins, kept with a connection: enough to find it in a program */
    WEIR__MAX_HOST = 80,        /* a server's name and port; names have at most 64 letters on Linux */
    WEIR__MAX_KEPT_TEXT = 8192, /* of a prepared statement that is kept; longer ones are mostly made for one use */
    WEIR__MAX_KEPT_BYTES = 48 * 1024, /* of all that a connection keeps of them: a hundred of the usual size */
    WEIR__MAX_KILLS_WAITING = 10000,  /* statements past their deadline whose KILL could not yet be sent */
    /* transactions over several shards */
    WEIR__MAX_DECISION_BYTES =
        64 * 1024,               /* the statement that inserts the decision row names each branch in 17 bytes */
    WEIR__MAX_SAVEPOINTS = 1000, /* of a transaction over several shards: each is sent again where it begins later */
    WEIR__MAX_BRANCHES =
        1000, /* prepared branches that a pass of the resolver takes from a shard; the next pass takes more */
    WEIR__MAX_STACKS_KEPT = 64, /* of fibers, unused: 4 MiB; a scatter over 8 shards uses 8 */
    /* one line of the log */
    WEIR__MAX_LOG_BYTES = 4096,
};

#endif
