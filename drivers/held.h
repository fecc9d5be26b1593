/* held.h - at which levels each thread holds connections, over all pools (pool.h). SPDX-License-Identifier: Apache-2.0
 * One small table of the process, counted by the number of the thread; threads that share a cell count as one, which can make a
 * level too high, never too low: the higher one goes before, and uses what is kept for it. Cost: one addition that nobody else's thread
 * contends for. Threads: any. */
#ifndef WEIR_DRIVERS_HELD_H
#define WEIR_DRIVERS_HELD_H

#include "drivers/driver.h"

/* The connection was granted to holding->thread at holding->level; or it comes back, from whichever thread. */
void weir__held_add(const weir__holding *holding);
void weir__held_remove(const weir__holding *holding);
/* One number for each thread that lives. */
uintptr_t weir__held_thread(void);
/* The level of the thread's next taking: 0, or one more than the highest that it holds. */
unsigned weir__held_next(uintptr_t thread);

#endif
