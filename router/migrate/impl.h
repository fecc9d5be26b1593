/* impl.h - the insides of a run, for the files of router/migrate. SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ROUTER_MIGRATE_IMPL_H
#define WEIR_ROUTER_MIGRATE_IMPL_H

#include <pthread.h>
#include <stdatomic.h>

#include "router/migrate/lease.h"
#include "router/migrate/migrate.h"

struct weir__migrate {
    const weir__env *env;
    const weir__config *config;
    const weir__database_config *database;
    weir__migrate_options options;
    weir__migrations files;
    weir__migrate_shard *shards;
    size_t shard_count;
    weir__lex_options reading; /* alike on all shards */
    pthread_mutex_t lock;      /* of events, mistakes and next, and of: */
    weir__migrate_shard *canary;
    bool canary_ready;  /* its jobs are decided */
    size_t canary_done; /* of its jobs */
    pthread_cond_t canary_moved;
    pthread_mutex_t reading_lock; /* of scripts */
    weir__script *scripts;        /* two for each file: up, down; mem NULL: not read yet */
    uint32_t mistakes;
    bool down_decided;
    uint64_t down_version; /* that down and redo are about: the last one of all shards */
    weir__lease *lease;
    weir__fence fence;
    size_t next;        /* shard that no thread has taken yet */
    atomic_bool failed; /* a shard: the others end after their running statement */
};

/* ---- run.c ---- */
WEIR__PRINTF(4, 5)
void weir__migrate_tell(weir__migrate *m, weir__migrate_event_kind kind, const char *shard, const char *format, ...);
void weir__migrate_event_out(weir__migrate *m, const weir__migrate_event *event);
/* Must this runner end before the next statement? CANCELLED, CONFLICT (the lease is lost), or OK. */
weir_status weir__migrate_may_go_on(weir__migrate *m, weir_error *error);
/* Waits, but not past a request to stop. */
void weir__migrate_pause(weir__migrate *m, uint32_t milliseconds);

/* Of an up file as it is now. */
weir_status weir__migrate_file_checksum(weir__migrate *m, const weir__migration *migration, char out[33],
                                        weir_error *error);

/* The canary has decided, and has done so many of its jobs. */
void weir__migrate_canary_at(weir__migrate *m, size_t done);
/* Has the canary still to go through what this job does? */
bool weir__migrate_behind_canary(weir__migrate *m, const weir__migrate_shard *shard, const weir__job *job);
/* Waits until it has. CANCELLED, CONFLICT as may_go_on. */
weir_status weir__migrate_wait_for_canary(weir__migrate *m, const weir__migrate_shard *shard, const weir__job *job,
                                          weir_error *error);

/* ---- decide.c ---- */
/* Fills the shard's jobs from files and its ledger; mistakes are told. */
weir_status weir__migrate_decide(weir__migrate *m, weir__migrate_shard *shard, weir_error *error);

/* ---- shard.c ---- */
/* All jobs of a shard, under its lock. What became of it is in shard->end. */
void weir__migrate_shard_run(weir__migrate *m, weir__migrate_shard *shard);

/* ---- warn.c ---- */
/* Tells what is allowed and often regretted in what would run on the shard, whose connection is open. */
void weir__migrate_warn(weir__migrate *m, weir__migrate_shard *shard);

/* ---- adopt.c ---- */
/* On a shard whose lock is held and whose ledger was read under it. */
weir_status weir__migrate_set_baseline(weir__migrate *m, weir__migrate_shard *shard, weir_error *error);
weir_status weir__migrate_repair(weir__migrate *m, weir__migrate_shard *shard, weir_error *error);

/* ---- execute.c ---- */
/* Where a runner stands on a shard, and what it keeps there between statements. */
typedef struct weir__place {
    weir__migrate *m;
    weir__migrate_shard *shard;
    const weir__job *job;
    const weir__script *script;
    const weir__step *step;
    weir__entry entry;
    weir__entry owed; /* a definition that has run and whose row does not say so yet: written with the next row */
    uint64_t owed_ms, owed_ns; /* how long it ran, and when it ended */
    bool owes;
    weir__buf safe;    /* names of tables known to be transactional, each in newlines; forgotten with each definition */
    uint64_t triggers; /* of the schema; what may make one has them counted anew */
    bool triggers_counted;
    weir__link *replicas; /* one for each of the shard's; opened when first looked at */
    bool *replica_told;   /* that it could not be asked */
    uint64_t eased_ns;    /* when the servers were last found at ease; 0: never */
} weir__place;
/* Runs the statement once, with its ledger row. before: its row so far, or NULL. */
weir_status weir__migrate_execute(weir__place *place, const weir__ledger_row *before, weir_error *error);
/* Writes what is owed. */
weir_status weir__migrate_settle(weir__place *place, weir_error *error);
/* Where the statement stands, for messages: file, line, number. */
void weir__migrate_where(const weir__place *place, char *out, size_t room);

/* ---- engines.c ---- */
/* May the statement be undone as a whole: are the tables that it writes transactional? */
weir_status weir__migrate_check_engines(weir__place *place, weir_error *error);

/* ---- online.c ---- */
/* Runs a definition, without blocking where the server can, else as the options allow. */
weir_status weir__migrate_define(weir__place *place, weir_error *error);

/* ---- pressure.c ---- */
/* Waits while replicas lag or the server is busy. */
weir_status weir__migrate_ease(weir__place *place, weir_error *error);

#endif
