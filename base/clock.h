/* clock.h - time that tests can turn by hand; deadlines. SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BASE_CLOCK_H
#define WEIR_BASE_CLOCK_H

#include <stdint.h>

typedef struct weir__clock {
    uint64_t (*now)(void *context); /* nanoseconds, never going back */
    void *context;
} weir__clock;

extern const weir__clock weir__clock_system; /* CLOCK_MONOTONIC: no system call */

/* A moment on that clock, in nanoseconds. */
typedef uint64_t weir__deadline;

static inline uint64_t weir__now(const weir__clock *clock)
{
    return clock->now(clock->context);
}

static inline weir__deadline weir__deadline_in(const weir__clock *clock, uint64_t milliseconds)
{
    return weir__now(clock) + milliseconds * 1000000u;
}

static inline weir__deadline weir__deadline_min(weir__deadline a, weir__deadline b)
{
    return a < b ? a : b;
}

/* Milliseconds left, rounded up so that a wait is never cut short; 0 when it has passed. */
uint32_t weir__deadline_left(const weir__clock *clock, weir__deadline deadline);

#endif
