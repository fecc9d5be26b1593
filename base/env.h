/* env.h - what hangs on a handle instead of being global. SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BASE_ENV_H
#define WEIR_BASE_ENV_H

#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/mem.h"

/* Shared by all threads of a client; nothing in it changes after the client was opened, but the
 * faults' own counters. */
typedef struct weir__env {
    weir__mem mem;
    weir__clock clock;
    weir__log log;
    weir__faults *faults; /* NULL in a release build */
    uint64_t seed;        /* of the few random choices: pauses, balancing */
} weir__env;

/* The environment of a real process: system allocator and clock, no log. */
void weir__env_init(weir__env *env);
/* Bytes that no other process makes: for names. */
void weir__env_random(const weir__env *env, void *bytes, size_t size);

#endif
