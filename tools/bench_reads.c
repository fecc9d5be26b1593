/* bench_reads.c - `weir bench reads`: what level session costs against eventual. SPDX-License-Identifier: Apache-2.0
 * Sessions of 20 statements on a table of its own, weir_bench_reads: selects by key, every tenth an update. Rounds of the two levels
 * by turns, so that what else the machine does falls on both. Needs replicas and the heartbeat table. */
#include <getopt.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "tools/bench.h"
#include "weir.h"

enum { THREADS = 8, STATEMENTS = 20, ROWS = 1000 };

typedef struct round {
    weir_client *client;
    weir_reads level;
    weir__deadline until;
    uint64_t every; /* so many statements one is an update; 0: none */
} round_of;

typedef struct worker {
    const round_of *round;
    uint64_t done, failed, random;
} worker;

static const char usage[] = "usage: weir bench reads [--config FILE] [--rounds N] [--round-ms N] [--update-every N]\n"
                            "\n"
                            "Statements a second at level eventual and at level session, on 8 threads, in rounds by "
                            "turns. Makes and drops the table\n"
                            "weir_bench_reads. By default every 10th statement is an update; 0: none is.\n";

static void one(weir_session *s, worker *w, bool update)
{
    weir_rows *rows = NULL;
    weir_error error;
    w->random = w->random * UINT64_C(6364136223846793005) + 1442695040888963407u;
    weir_args args = WEIR_ARGS(weir_int((int64_t)((w->random >> 33) % ROWS)));
    weir_status status;
    if (update) {
        status = weir_execute(s, "UPDATE weir_bench_reads SET v = v + 1 WHERE id = ?", args, NULL, &error);
    } else {
        status = weir_query(s, "SELECT v FROM weir_bench_reads WHERE id = ?", args, &rows, &error);
        while (status == WEIR_OK && weir_next(rows))
            ;
        if (status == WEIR_OK)
            status = weir_finish(rows, &error);
    }
    w->done++;
    w->failed += status != WEIR_OK;
}

static void *work(void *context)
{
    worker *w = context;
    const round_of *r = w->round;
    while (weir__now(&weir__clock_system) < r->until) {
        weir_session_options o = WEIR_SESSION_OPTIONS_INIT;
        weir_session *s = NULL;
        o.reads = r->level;
        if (weir_session_open(r->client, &o, &s, NULL) != WEIR_OK) {
            w->failed++;
            break;
        }
        for (uint64_t i = 0; i < STATEMENTS; i++)
            one(s, w, r->every && i % r->every == 0);
        weir_session_close(s);
    }
    return NULL;
}

/* Statements a second. */
static double run_round(weir_client *client, weir_reads level, uint64_t ms, uint64_t every, uint64_t *failed)
{
    pthread_t threads[THREADS];
    worker workers[THREADS];
    uint64_t begun = weir__now(&weir__clock_system), done = 0;
    int started = 0;
    const round_of r = {client, level, begun + ms * 1000000u, every};
    for (; started < THREADS; started++) {
        workers[started] = (worker){.round = &r, .random = (uint64_t)started + 1};
        if (pthread_create(&threads[started], NULL, work, &workers[started]) != 0)
            break;
    }
    for (int i = 0; i < started; i++) {
        pthread_join(threads[i], NULL);
        done += workers[i].done;
        *failed += workers[i].failed;
    }
    return (double)done * 1e9 / (double)(weir__now(&weir__clock_system) - begun);
}

static weir_status prepare(weir_client *client, const char *const *sql, size_t count, weir_error *error)
{
    weir_session *s = NULL;
    weir_status status = weir_session_open(client, NULL, &s, error);
    for (size_t i = 0; i < count && status == WEIR_OK; i++)
        status = weir_execute(s, sql[i], weir_no_args(), NULL, error);
    weir_session_close(s);
    return status;
}

static int measure(weir_client *client, uint64_t rounds, uint64_t ms, uint64_t every)
{
    double sums[2] = {0, 0};
    uint64_t failed = 0;
    run_round(client, WEIR_READS_EVENTUAL, ms, every, &failed); /* connections, plans, the first probes */
    for (uint64_t i = 0; i < rounds; i++) {
        double eventual = run_round(client, WEIR_READS_EVENTUAL, ms, every, &failed);
        double session = run_round(client, WEIR_READS_SESSION, ms, every, &failed);
        printf("round %" PRIu64 ": eventual %.0f/s, session %.0f/s, %.3f\n", i + 1, eventual, session,
               session / eventual);
        sums[0] += eventual;
        sums[1] += session;
    }
    printf("session / eventual: %.3f over %" PRIu64 " rounds", sums[1] / sums[0], rounds);
    if (failed)
        printf(", %" PRIu64 " statements failed", failed);
    printf("\n");
    return failed ? EXIT_FAILED : EXIT_DONE;
}

int bench_reads(int argc, char **argv)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'},   {"rounds", required_argument, NULL, 'r'},
        {"round-ms", required_argument, NULL, 'm'}, {"update-every", required_argument, NULL, 'u'},
        {"help", no_argument, NULL, 'h'},           {0}};
    static const char *const before[] = {
        "CREATE TABLE IF NOT EXISTS weir_bench_reads (id INT PRIMARY KEY, v BIGINT NOT NULL)",
        "INSERT IGNORE INTO weir_bench_reads SELECT seq, 0 FROM seq_0_to_999"};
    static const char *const after[] = {"DROP TABLE weir_bench_reads"};
    const char *config = NULL;
    uint64_t rounds = 7, ms = 700, every = 10;
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'c')
            config = optarg;
        else if (option == 'r')
            rounds = strtoull(optarg, NULL, 10);
        else if (option == 'm')
            ms = strtoull(optarg, NULL, 10);
        else if (option == 'u')
            every = strtoull(optarg, NULL, 10);
        else if (option == 'h')
            return fputs(usage, stdout) < 0 ? EXIT_FAILED : EXIT_DONE;
        else
            return usage_error("bench", "reads: that option is not known");
    }
    weir_client *client = NULL;
    weir_error error;
    weir_status status = weir_open(config, NULL, &client, &error);
    if (status == WEIR_OK)
        status = prepare(client, before, 2, &error);
    int code = status == WEIR_OK ? measure(client, rounds, ms, every) : EXIT_FAILED;
    if (status == WEIR_OK)
        status = prepare(client, after, 1, &error);
    if (status != WEIR_OK)
        fprintf(stderr, "weir bench reads: %s\n", error.text);
    weir_close(client);
    return status == WEIR_OK ? code : EXIT_FAILED;
}
