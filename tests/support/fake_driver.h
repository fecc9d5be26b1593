/* fake_driver.h - a driver without servers, for tests of what stands above one. SPDX-License-Identifier: Apache-2.0
 * A server's manners are set in its fake_server; its endpoint leads to it. Threads: any. */
#ifndef WEIR_TESTS_FAKE_DRIVER_H
#define WEIR_TESTS_FAKE_DRIVER_H

#include <pthread.h>
#include <stdatomic.h>

#include "drivers/pool.h"
#include "drivers/reaper.h"

typedef struct fake_server {
    weir__endpoint endpoint;
    _Atomic bool refuses;   /* connecting fails */
    _Atomic bool hangs;     /* connecting does not end while this holds, whatever its deadline */
    _Atomic bool dead;      /* idle connections are found to be hung up */
    _Atomic bool mute;      /* a KILL gets no answer */
    _Atomic int kill_errno; /* it refuses each KILL */
    _Atomic int struck;     /* so many calls are themselves killed at their KILL */
    _Atomic int opens, closes, opening, kills;
    _Atomic uint64_t numbers; /* of connections */
} fake_server;

extern const weir__driver fake_driver;

void fake_server_init(fake_server *server, const char *name);

/* A pool with its keeper and reaper; open fails the test when it fails. */
typedef struct fake_pool {
    weir__keeper *keeper;
    weir__reaper *reaper;
    weir__pool *pool;
    _Atomic bool released;
} fake_pool;

void fake_pool_open(fake_pool *p, fake_server *server, weir__pool_options options);
void fake_pool_close(fake_pool *p);

/* One taking with a waiter of its own; NULL when it failed. */
weir__conn *fake_take(fake_pool *p, unsigned level, const char *purpose, uint32_t ms, weir_status *status);

/* Waits until the condition holds, at most ten seconds; then it is a failure of the test. */
#define FAKE_UNTIL(condition)                                                                                          \
    do {                                                                                                               \
        for (int i_ = 0; i_ < 5000 && !(condition); i_++)                                                              \
            fake_pause(2);                                                                                             \
        EXPECT(condition);                                                                                             \
    } while (0)
void fake_pause(uint32_t ms);

#endif
