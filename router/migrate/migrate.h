/* migrate.h - schema changes over every shard of a database. SPDX-License-Identifier: Apache-2.0
 *
 * weir__migrate_survey   what stands where, what would run: reads only
 * weir__migrate_run      does it: lease, canary, the other shards in parallel; each statement once
 * The design, its states and what may be trusted after a crash: docs/migrations.md.
 * Threads: one call at a time for a run; events come from any of its threads, one at a time. */
#ifndef WEIR_ROUTER_MIGRATE_MIGRATE_H
#define WEIR_ROUTER_MIGRATE_MIGRATE_H

#include "router/migrate/files.h"
#include "router/migrate/ledger.h"
#include "router/migrate/script.h"

typedef enum weir__migrate_what {
    WEIR__MIGRATE_UP,
    WEIR__MIGRATE_DOWN,     /* the last version, or with `to` all behind it */
    WEIR__MIGRATE_REDO,     /* the last version down and up */
    WEIR__MIGRATE_BASELINE, /* `to` and all before it count as applied */
    WEIR__MIGRATE_REPAIR,   /* the ledger of version `to` is changed by hand */
    WEIR__MIGRATE_LOOK,     /* as up, but nothing will run, and shards that do not answer are left out */
} weir__migrate_what;

typedef enum weir__migrate_event_kind {
    WEIR__MIGRATE_MISTAKE,   /* of a file or of what stands on the shards: nothing runs */
    WEIR__MIGRATE_WARNING,   /* nothing is wrong yet */
    WEIR__MIGRATE_BEGIN,     /* a statement begins */
    WEIR__MIGRATE_END,       /* .. has ended */
    WEIR__MIGRATE_RESOLVED,  /* one that was interrupted turned out to have run */
    WEIR__MIGRATE_WAITING,   /* for what the text says */
    WEIR__MIGRATE_SHARD_END, /* the shard is done, failed or stopped */
} weir__migrate_event_kind;

typedef struct weir__migrate_event {
    weir__migrate_event_kind kind;
    const char *shard;                /* "": of none */
    const weir__migration *migration; /* or NULL */
    const weir__step *step;           /* or NULL */
    bool down;
    uint32_t statements;   /* of the file */
    uint64_t milliseconds; /* END */
    uint32_t done, all;    /* of the shard's statements in this run */
    const char *text;
    const weir_error *error; /* SHARD_END of one that failed */
} weir__migrate_event;

typedef struct weir__migrate_options {
    weir__migrate_what what;
    const char *directory;
    uint64_t to; /* UP: the last version; DOWN: all behind it, with has_to; BASELINE, REPAIR: the version */
    bool has_to;
    uint32_t
        repair_statement; /* REPAIR: one that began and whose end is not known; 0: the files are accepted as they are now */
    bool repair_done;     /* .. it has run; else it has not */
    const char *const *shards; /* NULL: all */
    size_t shard_count;
    const char *canary; /* NULL: the smallest */
    uint32_t parallel;  /* shards at once */
    bool allow_blocking, allow_gaps, out_of_order;
    uint32_t lock_wait_s, attempts;         /* of a definition: for its metadata lock, and how often */
    uint32_t max_lag_ms;                    /* replicas further behind are waited for; 0: not looked at */
    uint32_t max_threads;                   /* threads_running above it are waited for; 0: not looked at */
    uint32_t wait_ms;                       /* for another runner; 0: not */
    uint32_t lease_ms;                      /* a runner that did not renew it for so long has lost it */
    bool (*stopped)(void *stopped_context); /* true: end after the running statement; any thread; NULL: never */
    void *stopped_context;
    void (*told)(void *context, const weir__migrate_event *event);
    void *context;
} weir__migrate_options;

/* What holds where nothing else is said. */
extern const weir__migrate_options weir__migrate_defaults;

/* A version that a shard has to go through. */
typedef struct weir__job {
    const weir__migration *migration;
    bool down;
    uint32_t round;
    uint32_t done; /* statements of it that have ended */
} weir__job;

typedef enum weir__shard_end {
    WEIR__SHARD_WAITING, /* it did not begin */
    WEIR__SHARD_DONE,
    WEIR__SHARD_STOPPED, /* between two statements: asked to, or another shard failed */
    WEIR__SHARD_FAILED,
} weir__shard_end;

typedef struct weir__migrate_shard {
    const weir__shard_config *config;
    weir__link link; /* during survey and run */
    weir__ledger ledger;
    bool read;      /* ledger is there */
    uint64_t bytes; /* of its tables: the canary is the smallest */
    weir__job *jobs;
    size_t job_count, job_room;
    weir__shard_end end;
    uint32_t done, all;          /* statements in this run */
    const weir__job *failed_job; /* FAILED in a statement */
    uint32_t failed_statement;
    weir_error error;
} weir__migrate_shard;

typedef struct weir__migrate weir__migrate;

/* Reads files and ledgers and decides what would run. mistakes: how many were told as events; then there may be no jobs. Returns: OK,
 * also with mistakes; CONFIG, USAGE; UNREACHABLE: of a shard; NOMEM. Owns: the caller ends *migrate with close. env, config and options
 * must live as long. */
weir_status weir__migrate_survey(const weir__env *env, const weir__config *config,
                                 const weir__database_config *database, const weir__migrate_options *options,
                                 weir__migrate **migrate, uint32_t *mistakes, weir_error *error);
/* Runs what the survey decided, anew under the lease. Returns: OK: every chosen shard is done; BUSY: another runner is at work;
 * CANCELLED: stopped, to go on later; CONFIG: mistakes (told); else the failure of the first shard that failed. */
weir_status weir__migrate_run(weir__migrate *migrate, weir_error *error);
void weir__migrate_close(weir__migrate *migrate); /* NULL is fine */

weir__migrate_shard *weir__migrate_shards(weir__migrate *migrate, size_t *count);
const weir__migrations *weir__migrate_files(const weir__migrate *migrate);
/* The statements of a migration, read once. NULL: mistakes, which were told, or a failure in error. */
const weir__script *weir__migrate_script(weir__migrate *migrate, const weir__migration *migration, bool down,
                                         weir_error *error);

#endif
