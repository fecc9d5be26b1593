/* gate.c - see gate.h; the waiting is futex(2). SPDX-License-Identifier: Apache-2.0 */
#include "base/gate.h"

#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { SHUT, POKED, OPEN };

void weir__gate_shut(weir__gate *gate)
{
    atomic_store_explicit(&gate->state, SHUT, memory_order_relaxed);
}

/* Returns at once if it is not SHUT. False: the moment has come. */
static bool sleep_while_shut(weir__gate *gate, weir__deadline until)
{
    struct timespec t = {(time_t)(until / 1000000000u), (long)(until % 1000000000u)};
    long done = syscall(SYS_futex, &gate->state, FUTEX_WAIT_BITSET_PRIVATE, SHUT, until ? &t : NULL, NULL,
                        FUTEX_BITSET_MATCH_ANY);
    return !(done != 0 && errno == ETIMEDOUT);
}

weir__gate_end weir__gate_wait(weir__gate *gate, weir__deadline until)
{
    for (bool late = false;; late = !sleep_while_shut(gate, until)) {
        uint32_t state = atomic_load_explicit(&gate->state, memory_order_acquire);
        if (state == OPEN)
            return WEIR__GATE_OPEN;
        if (state == POKED && atomic_compare_exchange_strong(&gate->state, &state, SHUT))
            return WEIR__GATE_POKED;
        if (late)
            return WEIR__GATE_LATE;
    }
}

/* The waiter may be gone by then: the system only compares the address. */
static void wake(weir__gate *gate)
{
    syscall(SYS_futex, &gate->state, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

void weir__gate_open(weir__gate *gate)
{
    atomic_store_explicit(&gate->state, OPEN, memory_order_release);
    wake(gate);
}

void weir__gate_poke(weir__gate *gate)
{
    uint32_t shut = SHUT;
    if (atomic_compare_exchange_strong(&gate->state, &shut, POKED))
        wake(gate);
}
