/* catalog_impl.h - what catalog.c and catalog_threads.c share. SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_SCHEMA_CATALOG_IMPL_H
#define WEIR_SCHEMA_CATALOG_IMPL_H

#include "base/thread.h"
#include "schema/catalog.h"

typedef struct weir__catalog_source weir__catalog_source;

typedef struct weir__catalog_entry weir__catalog_entry;
struct weir__catalog_entry {
    weir__table_name name; /* strings behind the struct */
    uint32_t hash;
    weir__table *table;  /* the last answer, counted; NULL: none yet */
    bool known;          /* table is what find gives; else it is only kept to be compared with */
    bool asking;         /* queued, or in a thread's hands */
    uint64_t drops;      /* counted by each drop: an answer begun before one is not kept */
    uint64_t doubted_ns; /* when it was last dropped for a doubt that turned out to be none; 0: never */
    uint64_t again_ns;   /* known from where it may be old: ask again then; 0: no */
    uint64_t answers;    /* counted by each answer, failures too: what waiters wait for */
    weir_error error;    /* of the last answer; status OK: none, table may be NULL */
    uint32_t waiters;
    weir__catalog_entry *next, *next_queued;
};

/* Where tables are asked for: one thread with one line, while there is something to ask and a while longer. */
struct weir__catalog_source {
    const char *database, *shard;
    weir__catalog *catalog;
    pthread_cond_t wake;
    weir__catalog_entry *first, **last; /* to be asked for */
    weir__helper helper;
    weir__catalog_source *next;
};

enum { WEIR__CATALOG_BUCKETS = 1024 };

struct weir__catalog {
    const weir__env *env;
    weir__catalog_asker asker;
    _Atomic int references; /* the owner's, and one a running thread */
    _Atomic uint64_t changes;
    uint64_t versions; /* given so far */
    pthread_mutex_t lock;
    pthread_cond_t answered; /* some entry has an answer, or a thread has ended */
    weir__catalog_entry *buckets[WEIR__CATALOG_BUCKETS];
    weir__catalog_source *sources;
    uint32_t threads; /* running */
    bool closed;
};

void weir__catalog_unref(weir__catalog *catalog);

/* ---- catalog_threads.c; the lock is held ---- */

/* Puts the entry on its source's queue and sees to a thread. False: none is to be had. */
bool weir__catalog_queue(weir__catalog *catalog, weir__catalog_entry *entry);
/* Joins threads that have left. */
void weir__catalog_join(weir__catalog *catalog);

/* ---- catalog.c; the lock is held ---- */

/* A thread's answer: table with its reference, or NULL, or error->status says why not. Waiters wake. The entry may be gone then. */
void weir__catalog_answer(weir__catalog *catalog, weir__catalog_entry *entry, weir__table *table, bool kept,
                          bool passing, const weir_error *error);

#endif
