/* cluster.h - the servers of the test's playground one by one: asked as root, killed, started again. SPDX-License-Identifier: Apache-2.0
 * Names are those of `weir playground status`: shop, shop-r1, .. */
#ifndef WEIR_TESTS_CLUSTER_LIVE_H
#define WEIR_TESTS_CLUSTER_LIVE_H

#include <sys/types.h>

#include "tests/support/live.h"

/* Runs statements as root; no failure is told where may_fail. */
void root_run(const char *server, const char *sql);
bool root_try(const char *server, const char *sql);
/* The first cell of the first row; lives until the next call but three. */
const char *root_one(const char *server, const char *sql);
pid_t cluster_pid(const char *server);
/* SIGKILL, and waits until it is gone. */
void cluster_kill(const char *server);
/* Starts what has died, on its data. */
void cluster_start(void);
/* Likewise a single one, while the others no longer replicate from it. */
void cluster_start_alone(const char *server);
/* weir setup: the heartbeat table. */
void cluster_setup(void);
/* Until the first cell is as wanted. Never gives up by itself before a minute. */
bool root_until(const char *server, const char *sql, const char *wanted);
void sleep_ms(unsigned ms);

#endif
