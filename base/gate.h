/* gate.h - one thread waits until another lets it go on. SPDX-License-Identifier: Apache-2.0
 *
 *    SHUT --weir__gate_poke--> POKED --the waiter looks--> SHUT          poke: look around, whatever you wait for has not come
 *      '--------weir__gate_open--------'--> OPEN                         open: what was waited for is there
 *
 * Neither side takes a lock, so that who is let go need not wait for whoever let it go: where connections go from hand to hand, that is
 * each time. What was written before open is seen after the wait. One system call each, where there is somebody to wake. */
#ifndef WEIR_BASE_GATE_H
#define WEIR_BASE_GATE_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/clock.h"

typedef struct weir__gate {
    _Atomic uint32_t state; /* 0 is SHUT */
} weir__gate;

typedef enum weir__gate_end { WEIR__GATE_OPEN, WEIR__GATE_POKED, WEIR__GATE_LATE } weir__gate_end;

/* By the waiter, while nobody knows of it. */
void weir__gate_shut(weir__gate *gate);
/* By the moment, on weir's clock; WEIR__GATE_ALWAYS: however long it takes. */
enum { WEIR__GATE_ALWAYS = 0 };
weir__gate_end weir__gate_wait(weir__gate *gate, weir__deadline until);
void weir__gate_open(weir__gate *gate);
void weir__gate_poke(weir__gate *gate);

#endif
