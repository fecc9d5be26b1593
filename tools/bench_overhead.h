/* bench_overhead.h - the parts of `weir bench overhead`. SPDX-License-Identifier: Apache-2.0
 *
 * A side is one way of doing the same point select. A slice is one side, run by a number of threads for some milliseconds; a round is a
 * slice of each side, so that whatever else the machine does hits all alike. Only ratios within a round are compared.
 * Threads live for all slices of their number; between slices they wait at a barrier. */
#ifndef WEIR_TOOLS_BENCH_OVERHEAD_H
#define WEIR_TOOLS_BENCH_OVERHEAD_H

#include <stdbool.h>

#include "drivers/raw_client.h"
#include "tools/bench_latency.h"
#include "weir.h"

enum { OVERHEAD_ROWS = 10000, OVERHEAD_MOST_THREADS = 64, OVERHEAD_RAW = 8, OVERHEAD_MOST_ROUNDS = 1000 };

typedef enum overhead_side {
    OVERHEAD_RAW_PREPARED,
    OVERHEAD_RAW_TEXT,
    OVERHEAD_WEIR_PARAMETERS,
    OVERHEAD_WEIR_LITERALS,
    OVERHEAD_SIDES
} overhead_side;

/* What stands ready: sessions of a client, raw connections. */
typedef struct overhead_target {
    weir_client *client;
    raw_client *raw[OVERHEAD_RAW];
} overhead_target;

/* Of one or several slices. */
typedef struct overhead_sample {
    uint64_t operations, wall_ns, cpu_ns, instructions;
    bool counted; /* instructions, that is: the system may refuse */
    latency_histogram latencies;
    char why[RAW_WHY]; /* "": nothing failed */
} overhead_sample;

typedef struct overhead_team overhead_team;

/* NULL, with the reason said: no threads or sessions are to be had. */
overhead_team *overhead_team_new(const overhead_target *target, int threads);
void overhead_team_free(overhead_team *team);
/* Runs one slice and adds to *sample; operations a second, 0 if one failed. threads: at most the team's. */
double overhead_slice(overhead_team *team, overhead_side side, int threads, uint64_t ns, overhead_sample *sample);

#endif
