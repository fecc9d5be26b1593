/* cluster.h - a group of servers on paper, probed under a clock that the test turns. SPDX-License-Identifier: Apache-2.0
 * Each server has a server id (its number + 1), a position and a state; heard() probes it as it is now. */
#ifndef WEIR_TESTS_CLUSTER_H
#define WEIR_TESTS_CLUSTER_H

#include "router/readers.h"

enum { SERVERS = 3, EVERY_MS = 200 };

typedef struct server {
    bool up, writable, running; /* running: its replication threads */
    bool filtered;
    bool no_positions, logs_not;
    uint32_t source;                      /* server id of whom it replicates from; 0: nobody */
    const char *applied, *logged, *state; /* as the server prints them */
    uint64_t beat;
} server;

typedef struct cluster {
    weir__group group;
    server servers[SERVERS];
    uint64_t now_ns;
    bool hurried; /* probes are asked for by somebody who waits */
} cluster;

/* Server 0 is writable at 0-1-10, 1 and 2 replicate from it and have all; nothing is probed yet. */
void cluster_open(cluster *c, bool lossless);
void cluster_close(cluster *c);
void pass_ms(cluster *c, uint64_t ms);
/* Probes one server, or all of them. */
void heard(cluster *c, uint32_t i);
void heard_all(cluster *c);
/* A time unit for each of n rounds of probes. */
void rounds(cluster *c, unsigned n);
/* Positions of one server: applied, logged, state. */
void at(cluster *c, uint32_t i, const char *applied, const char *logged, const char *state);
/* Makes it a primary that replicates from nobody. */
void promote(cluster *c, uint32_t i, const char *logged, const char *state);

#endif
