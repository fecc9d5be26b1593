/* ids_impl.h - what ids.c and ids_thread.c share. SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ROUTER_IDS_IMPL_H
#define WEIR_ROUTER_IDS_IMPL_H

#include "base/thread.h"
#include "router/ids.h"
#include "schema/snowflake.h"

enum {
    WEIR__IDS_STRETCH_MS = 10000, /* of a lease, and how long the row keeps others off */
    WEIR__IDS_RENEW_MS = 3000,
    WEIR__IDS_STOP_MS = 8000,  /* after the last renewal was sent: before anybody may take the number over */
    WEIR__IDS_AGAIN_MS = 500,  /* after a renewal that failed */
    WEIR__IDS_IDLE_MS = 60000, /* without a taker: the number is given back */
};

/* What somebody waits for: counted answers, and what the last one said. */
typedef struct weir__ids_answer {
    uint64_t count;
    weir_error error; /* status OK: none */
} weir__ids_answer;

typedef struct weir__ids_sequence weir__ids_sequence;
struct weir__ids_sequence {
    const char *table, *column; /* behind the struct */
    uint32_t block;
    uint64_t next, end;             /* of the block in use */
    uint64_t spare_next, spare_end; /* of the one after it */
    bool wanted;                    /* the thread is to fetch one */
    weir__ids_answer answer;
    weir__ids_sequence *following;
};

/* The ids of one database. */
typedef struct weir__ids_home weir__ids_home;
struct weir__ids_home {
    weir__ids_maker *ids;
    const char *database; /* behind the struct */
    weir__helper helper;
    pthread_cond_t wake; /* the thread's */
    weir__lease lease;
    weir__snowflake flake;
    bool flake_wanted;       /* somebody waits for a lease, or for a longer stretch */
    uint64_t stop_ns;        /* no snowflake from then on, unless renewed */
    uint64_t renew_ns;       /* when to renew */
    uint64_t taken_ns;       /* the last time that somebody took an id */
    weir__ids_answer answer; /* to who waits for the lease */
    weir__ids_sequence *sequences;
    weir__ids_home *following;
};

struct weir__ids_maker {
    const weir__env *env;
    weir__ids_store store;
    _Atomic int references; /* the owner's, and one a thread */
    pthread_mutex_t lock;
    pthread_cond_t answered; /* an answer, or a thread has left */
    weir__ids_home *homes;
    uint32_t threads;
    bool closed;
};

void weir__ids_unref(weir__ids_maker *ids);
/* Wakes the home's thread, or starts it. False: none is to be had. The lock is held. */
bool weir__ids_wake(weir__ids_home *home);
/* Milliseconds since 1970 by the server's clock, as far as is known here. The lock is held. */
uint64_t weir__ids_now_ms(const weir__ids_home *home);

#endif
