/* held.c - a cell a thread, a counter a level. SPDX-License-Identifier: Apache-2.0 */
#include "drivers/held.h"

#include "drivers/pool.h"

enum { CELLS = 256, CACHE_LINE = 64 };

typedef struct cell {
    _Alignas(CACHE_LINE) _Atomic uint32_t count[WEIR__POOL_LEVELS];
} cell;

static cell cells[CELLS];
static _Thread_local char this_thread; /* its address tells threads apart */

uintptr_t weir__held_thread(void)
{
    return (uintptr_t)&this_thread;
}

static cell *of(uintptr_t thread)
{
    return &cells[((uint64_t)thread * UINT64_C(0x9E3779B97F4A7C15)) >> 56];
}
static_assert(CELLS == 256, "eight bits choose a cell");

static unsigned level_of(const weir__holding *h)
{
    return h->level < WEIR__POOL_LEVELS ? h->level : WEIR__POOL_LEVELS - 1;
}

void weir__held_add(const weir__holding *h)
{
    atomic_fetch_add_explicit(&of(h->thread)->count[level_of(h)], 1, memory_order_relaxed);
}

void weir__held_remove(const weir__holding *h)
{
    atomic_fetch_sub_explicit(&of(h->thread)->count[level_of(h)], 1, memory_order_relaxed);
}

unsigned weir__held_next(uintptr_t thread)
{
    cell *c = of(thread);
    for (unsigned level = WEIR__POOL_LEVELS; level > 0; level--)
        if (atomic_load_explicit(&c->count[level - 1], memory_order_relaxed) > 0)
            return level;
    return 0;
}
