/* bench.h - what the parts of `weir bench` share. SPDX-License-Identifier: Apache-2.0
 * A part is one file bench_<name>.c with one function and one line in BENCHES.
 */
#ifndef WEIR_TOOLS_BENCH_H
#define WEIR_TOOLS_BENCH_H

#include "tools/command.h"

/* Sorted: name, what it measures in one line. */
#define BENCHES(X)                                                                                                     \
    X(commit, "transactions over one shard and over two")                                                              \
    X(overhead, "point selects through weir against hand-written code")                                                \
    X(parse, "lexing, fingerprints and parsing; needs no server")                                                      \
    X(reads, "reads on replicas at level session against eventual")                                                    \
    X(route, "finding the shard of a statement; needs no server")                                                      \
    X(scatter, "reads over several shards against hand-written parallel code")

#define X(name, summary) weir_command bench_##name;
BENCHES(X)
#undef X

/* Runs `weir bench` with these arguments, the first of which is its part, in a playground of its own that ends with it. Returns only where
 * that cannot be done. */
int bench_in_playground(const char *part, const char *shards, int argc, char **argv);

#endif
