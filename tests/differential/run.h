/* run.h - one run: a client over so many shards against the reference. SPDX-License-Identifier: Apache-2.0
 *
 * A statement goes to weir first. What weir refuses is not run on the reference, so both stay alike; what it answers, the reference
 * must answer alike. After a scenario that writes, its tables are compared, shard by shard. A wrong answer is told, then the shards
 * get the reference's rows again and the run goes on. */
#ifndef WEIR_TESTS_DIFFERENTIAL_RUN_H
#define WEIR_TESTS_DIFFERENTIAL_RUN_H

#include "tests/differential/report.h"
#include "tests/differential/store.h"

typedef struct run_options {
    uint64_t seed, statements;
    uint32_t shards;
    const char *category; /* only this one; NULL: all by their weights */
    const char *without;  /* none of these, separated by commas */
    bool stop_at_wrong, shrink, verbose;
    const char *sql_mode;          /* of both sides; NULL: the server's own. defaults names it too */
    const char *socket, *password; /* of the server, for root */
    const char *address;           /* for weir */
    const char *defaults;          /* lines of weir.yaml: user and password */
} run_options;

/* False: it could not be run. */
bool run_all(const run_options *o, report *out);

#endif
