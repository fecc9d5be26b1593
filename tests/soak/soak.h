/* soak.h - what the soak's files share: workers and what they know of their writes. SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_TESTS_SOAK_H
#define WEIR_TESTS_SOAK_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "tests/support/live.h"

enum { SOAK_WORKERS = 8, SOAK_MOST_WRITES = 2000000, SOAK_KNOWN_ROWS = 1000, SOAK_IDS = 100000000 };

/* What the caller was told of a write. */
enum { SOAK_NONE, SOAK_DONE, SOAK_NOT_DONE, SOAK_MAYBE };

typedef struct soak_worker {
    unsigned number, seed;
    weir_client *client;
    _Atomic bool *leave;
    pthread_t thread;

    pthread_mutex_t lock;  /* of session, against the canceller */
    weir_session *session; /* NULL for a moment between two */
    int increment;         /* div_precision_increment of this session */
    unsigned char *told;   /* of each write: SOAK_.. */
    uint32_t writes;
    FILE *refusals; /* a line for each write that was called failed: its id, and what was said */

    uint64_t statements, failures; /* counted as weir_statistics should count them */
    uint64_t by_status[32];
    uint64_t operations, refused; /* refused: a session that has lost its state said so */
    _Atomic uint64_t began_ms;    /* of the running operation; 0: none */
} soak_worker;

/* The worker's thread. */
void *soak_work(void *worker);
/* One line for the failure of a test, with the worker's number. */
void soak_wrong(const soak_worker *w, const char *what, const weir_error *error);

#endif
