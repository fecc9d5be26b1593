/* thread.h - threads of the library's own. SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BASE_THREAD_H
#define WEIR_BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>

#include "base/clock.h"

/* pthread_create, but the thread takes no signals: those are for the threads of the host, whose handlers would not fit weir's small
 * stacks and whose sigwait would miss them. Faults of the thread itself (SIGSEGV, ..) stay open. */
int weir__thread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *context), void *context);

/* A condition whose waits go by weir's clock. */
void weir__cond_init(pthread_cond_t *cond);
/* As pthread_cond_wait; false: the moment came first. */
bool weir__cond_wait_until(pthread_cond_t *cond, pthread_mutex_t *lock, weir__deadline until);

#endif
