/* clock.c - the system's monotonic clock. SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <time.h>

static uint64_t system_now(void *context)
{
    struct timespec t;
    (void)context;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

const weir__clock weir__clock_system = {system_now, NULL};

uint32_t weir__deadline_left(const weir__clock *clock, weir__deadline deadline)
{
    uint64_t now = weir__now(clock);
    if (now >= deadline)
        return 0;
    uint64_t left = (deadline - now + 999999u) / 1000000u;
    return left > INT32_MAX ? INT32_MAX : (uint32_t)left;
}
