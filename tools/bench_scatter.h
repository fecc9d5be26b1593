/* bench_scatter.h - what the files of `weir bench scatter` share. SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_TOOLS_BENCH_SCATTER_H
#define WEIR_TOOLS_BENCH_SCATTER_H

#include "drivers/raw_scatter.h"
#include "tools/servers.h"

enum { SCATTER_SIDES = 3, SCATTER_PARTS = 3, SCATTER_MOST_ROUNDS = 200, SCATTER_MERGES = 5, SCATTER_MERGED_SHARDS = 4 };
enum { SCATTER_WEIR, SCATTER_AT_ONCE, SCATTER_IN_TURN };
enum { SCATTER_MERGED_WEIR, SCATTER_MERGED_HAND, SCATTER_UNORDERED_HAND };

extern const char *const scatter_query, *const scatter_ordered, *const scatter_waiting;

typedef struct scatter_rate {
    double seconds, cpu_seconds; /* of this process, for one statement */
} scatter_rate;

typedef struct scatter_part {
    unsigned shards;
    scatter_rate rounds[SCATTER_SIDES][SCATTER_MOST_ROUNDS];
    double waited_ms[SCATTER_SIDES]; /* where shard i waits for i + 1 steps */
} scatter_part;

typedef struct scatter_bench {
    servers servers;
    char *password;
    const char *config;
    uint64_t rounds, round_ms, rows;
    bool json, show_raw, help;
    unsigned shards;
    raw_scatter *raw;
    scatter_part parts[SCATTER_PARTS];
    unsigned part_count;
    unsigned merged_shards;
    double merge_seconds[SCATTER_SIDES][SCATTER_MERGES];
    uint64_t merge_kib; /* what weir's merge grew the process by, at most */
} scatter_bench;

enum { SCATTER_STEP_MS = 10 };

/* Makes the tables, measures, drops them; b->shards, b->servers and b->password are there. False: it was said why. */
bool scatter_measure(scatter_bench *b);

#endif
