/* live.h - a client of the running test against a real server. SPDX-License-Identifier: Apache-2.0
 * The cluster is the one that $WEIR_CONFIG names (docs/testing.md). */
#ifndef WEIR_TESTS_LIVE_H
#define WEIR_TESTS_LIVE_H

#include "tests/support/test.h"

typedef struct live {
    weir_client *client;
    weir_session *session;
    weir_error error;
    weir_status status; /* of opening */
} live;

/* weir_open in the test's environment. */
weir_status live_client(weir__env *env, const weir_client_options *options, weir_client **client, weir_error *error);

/* Client and session in the test's environment; a failure fails the test. changes: lines of yaml for defaults:, or NULL. */
void live_open(live *l, const char *changes);
/* The same from another weir.yaml. */
void live_open_config(live *l, const char *yaml);
void live_close(live *l);

/* The text of $WEIR_CONFIG with lines put below defaults:. Lives until the next call. */
const char *live_yaml(const char *changes);

/* The first cell of a statement's first row, in a buffer of its own for each of the last few calls; "(null)", or "(STATUS)" on a failure. */
const char *live_one(live *l, const char *sql, weir_args args);
/* Runs a statement that must work. */
void live_run(live *l, const char *sql, weir_args args);
/* All rows as "a|b;c|d", NULL as ~. */
const char *live_rows(live *l, const char *sql, weir_args args);

/* How many threads of the server run this text now, seen over another connection. */
int64_t live_running(live *l, const char *part_of_sql);
/* Waits until that number is reached, at most ten seconds. */
bool live_until_running(live *l, const char *part_of_sql, int64_t wanted);

/* Asks until the first cell is as wanted, at most ten seconds. */
bool live_until(live *l, const char *sql, const char *wanted);

/* weir_statistics: the sum of a counter's values. */
double live_counter(live *l, const char *name);
uint64_t test_ms(void);

#endif
