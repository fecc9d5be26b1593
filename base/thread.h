/* thread.h - threads of the library's own. SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BASE_THREAD_H
#define WEIR_BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>

#include "base/clock.h"

/* pthread_create, but the thread takes no signals: those are for the threads of the host, whose handlers would not fit weir's small
 * stacks and whose sigwait would miss them. Faults of the thread itself (SIGSEGV, ..) stay open. */
int weir__thread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *context), void *context);

/* A thread that its owner starts when there is work and that leaves when there was none for a while. All calls hold the owner's lock;
 * room for one: the next starts when the one before has left. */
typedef struct weir__helper {
    pthread_t thread;
    bool running, left; /* left: to be joined */
} weir__helper;
/* True: it runs (already, or now). */
bool weir__helper_start(weir__helper *helper, void *(*run)(void *context), void *context);
/* By the thread itself, before it gives up the lock for the last time; what it touches afterwards it must have counted. */
void weir__helper_leave(weir__helper *helper);
/* Waits the moment until it has ended, if it has left. */
void weir__helper_join(weir__helper *helper);

/* A condition whose waits go by weir's clock. */
void weir__cond_init(pthread_cond_t *cond);
/* As pthread_cond_wait; false: the moment came first. */
bool weir__cond_wait_until(pthread_cond_t *cond, pthread_mutex_t *lock, weir__deadline until);

#endif
