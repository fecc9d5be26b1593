/* bench_reads.c - `weir bench reads`: what level session costs against eventual. SPDX-License-Identifier: Apache-2.0
 * Sessions of 20 statements on a table of its own, weir_bench_reads: selects by key, every tenth an update. Rounds of the two levels
 * by turns, so that what else the machine does falls on both; what counts is the median of the ratios within a round. Beside the time: the
 * processor time of this process, and what the servers counted, in which a statement more would show however noisy the time is. Needs
 * replicas and the heartbeat table. */
#include <getopt.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "tools/bench.h"
#include "tools/servers.h"
#include "weir.h"

enum { THREADS = 8, STATEMENTS = 20, ROWS = 1000, MOST_ROUNDS = 10000, MOST_SERVERS = 64 };

enum { EVENTUAL, SESSION, SIDES };

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

/* What the servers have counted, all together. */
typedef struct counted {
    double executed, questions; /* Com_stmt_execute, Questions */
} counted;

/* One side of one round, or of all. */
typedef struct side {
    double operations, seconds, cpu_us;
    counted counted;
} side;

typedef struct bench {
    weir_client *client;
    servers servers;
    weir__conn *conns[MOST_SERVERS];
    size_t conn_count;
    uint64_t rounds, ms, every, failed;
    double rates[MOST_ROUNDS], cpus[MOST_ROUNDS]; /* session / eventual, by round */
    weir_error error;
} bench;

static const char usage[] =
    "usage: weir bench reads [--config FILE] [--rounds N] [--round-ms N] [--update-every N]\n"
    "\n"
    "Statements at level session against level eventual, on 8 threads, in short rounds by turns: their rate and the\n"
    "processor time of this process as medians of the ratios within a round, and the statements that the servers\n"
    "counted for each. Makes and drops the table weir_bench_reads. By default every 10th statement is an update; 0:\n"
    "none is. --rounds 1 to 10000 (40), --round-ms (150).\n";

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

static double cpu_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void take_count(void *context, const weir_column *columns, const weir_str *cells, uint32_t count)
{
    counted *c = context;
    (void)columns;
    if (count != 2 || !cells[1].data)
        return;
    char text[32];
    snprintf(text, sizeof text, "%.*s", (int)cells[1].size, cells[1].data);
    *(cells[0].size == strlen("Questions") ? &c->questions : &c->executed) += strtod(text, NULL);
}

/* Asking is itself one question to each server, which is taken off. */
static bool ask_counts(bench *b, counted *now)
{
    *now = (counted){0, 0};
    for (size_t i = 0; i < b->conn_count; i++)
        if (server_run(b->conns[i], "SHOW GLOBAL STATUS WHERE Variable_name IN ('Questions', 'Com_stmt_execute')",
                       take_count, now, &b->error) != WEIR_OK)
            return false;
    return true;
}

static bool run_round(bench *b, weir_reads level, side *of)
{
    pthread_t threads[THREADS];
    worker workers[THREADS];
    counted before, after;
    int started = 0;
    if (!ask_counts(b, &before))
        return false;
    double cpu = cpu_us();
    uint64_t begun = weir__now(&weir__clock_system), done = 0;
    const round_of r = {b->client, level, begun + b->ms * 1000000u, b->every};
    for (; started < THREADS; started++) {
        workers[started] = (worker){.round = &r, .random = (uint64_t)started + 1};
        if (pthread_create(&threads[started], NULL, work, &workers[started]) != 0)
            break;
    }
    for (int i = 0; i < started; i++) {
        pthread_join(threads[i], NULL);
        done += workers[i].done;
        b->failed += workers[i].failed;
    }
    of->seconds = (double)(weir__now(&weir__clock_system) - begun) / 1e9;
    of->cpu_us = cpu_us() - cpu;
    of->operations = (double)done;
    bool asked = ask_counts(b, &after);
    of->counted.executed = after.executed - before.executed;
    of->counted.questions = after.questions - before.questions - (double)b->conn_count;
    return asked && done > 0;
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

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, by_size);
    return values[count / 2];
}

static void add(side *sum, const side *one)
{
    sum->operations += one->operations;
    sum->seconds += one->seconds;
    sum->cpu_us += one->cpu_us;
    sum->counted.executed += one->counted.executed;
    sum->counted.questions += one->counted.questions;
}

static void report(bench *b, const side sums[SIDES])
{
    static const char *const names[SIDES] = {"eventual", "session"};
    printf("%-10s %12s %12s %16s %16s\n", "level", "a second", "CPU us each", "executed each", "other a second");
    for (int i = 0; i < SIDES; i++) {
        const side *s = &sums[i];
        printf("%-10s %12.0f %12.2f %16.4f %16.1f\n", names[i], s->operations / s->seconds, s->cpu_us / s->operations,
               s->counted.executed / s->operations, (s->counted.questions - s->counted.executed) / s->seconds);
    }
    double rate = median(b->rates, b->rounds), cpu = median(b->cpus, b->rounds);
    size_t tenth = b->rounds / 10;
    printf("session / eventual, median of %" PRIu64 " rounds (a tenth below, above): rate %.3f (%.3f, %.3f), "
           "CPU %.3f (%.3f, %.3f)\n",
           b->rounds, rate, b->rates[tenth], b->rates[b->rounds - 1 - tenth], cpu, b->cpus[tenth],
           b->cpus[b->rounds - 1 - tenth]);
    printf("executed: Com_stmt_execute of all servers for each operation; other: their Questions besides, which are "
           "probes\n");
}

static bool measure(bench *b)
{
    side sums[SIDES] = {{0}}, warm;
    static const weir_reads levels[SIDES] = {WEIR_READS_EVENTUAL, WEIR_READS_SESSION};
    /* Connections, plans, the first probes. */
    if (!run_round(b, WEIR_READS_EVENTUAL, &warm) || !run_round(b, WEIR_READS_SESSION, &warm))
        return false;
    for (uint64_t i = 0; i < b->rounds; i++) {
        side now[SIDES];
        for (uint64_t k = 0; k < SIDES; k++) {
            uint64_t which = (i + k) % SIDES; /* another one first each time */
            if (!run_round(b, levels[which], &now[which]))
                return false;
            add(&sums[which], &now[which]);
        }
        const side *e = &now[EVENTUAL], *s = &now[SESSION];
        b->rates[i] = s->operations / s->seconds / (e->operations / e->seconds);
        b->cpus[i] = s->cpu_us / s->operations / (e->cpu_us / e->operations);
    }
    report(b, sums);
    if (b->failed)
        printf("%" PRIu64 " statements failed\n", b->failed);
    return b->failed == 0;
}

/* Lines to the servers of the first shard, which has the table, beside those of the client. */
static bool call_servers(bench *b)
{
    const weir__shard_config *shard = &b->servers.config->databases[0].shards[0];
    for (size_t i = 0; i <= shard->replica_count && i < MOST_SERVERS; i++) {
        b->conns[i] = server_call(&b->servers, shard, i ? &shard->replicas[i - 1] : &shard->primary, &b->error);
        if (!b->conns[i])
            return false;
        b->conn_count++;
    }
    return true;
}

static int run(bench *b, const char *config)
{
    static const char *const before[] = {
        "CREATE TABLE IF NOT EXISTS weir_bench_reads (id INT PRIMARY KEY, v BIGINT NOT NULL)",
        "INSERT IGNORE INTO weir_bench_reads SELECT seq, 0 FROM seq_0_to_999"};
    static const char *const after[] = {"DROP TABLE weir_bench_reads"};
    bool good = weir_open(config, NULL, &b->client, &b->error) == WEIR_OK && call_servers(b) &&
                prepare(b->client, before, 2, &b->error) == WEIR_OK;
    if (good) {
        good = measure(b);
        weir_error error;
        if (prepare(b->client, after, 1, &error) != WEIR_OK)
            fprintf(stderr, "weir bench reads: %s\n", error.text);
    }
    if (!good && *b->error.text)
        fprintf(stderr, "weir bench reads: %s\n", b->error.text);
    for (size_t i = 0; i < b->conn_count; i++)
        server_hang_up(b->conns[i]);
    weir_close(b->client);
    return good ? EXIT_DONE : EXIT_FAILED;
}

int bench_reads(int argc, char **argv)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'},   {"rounds", required_argument, NULL, 'r'},
        {"round-ms", required_argument, NULL, 'm'}, {"update-every", required_argument, NULL, 'u'},
        {"help", no_argument, NULL, 'h'},           {0}};
    static bench b = {.rounds = 40, .ms = 150, .every = 10};
    const char *config = NULL;
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'c')
            config = optarg;
        else if (option == 'r')
            b.rounds = strtoull(optarg, NULL, 10);
        else if (option == 'm')
            b.ms = strtoull(optarg, NULL, 10);
        else if (option == 'u')
            b.every = strtoull(optarg, NULL, 10);
        else if (option == 'h')
            return fputs(usage, stdout) < 0 ? EXIT_FAILED : EXIT_DONE;
        else
            return usage_error("bench", "reads: that option is not known");
    }
    if (b.rounds < 1 || b.rounds > MOST_ROUNDS || b.ms < 1)
        return usage_error("bench", "reads: --rounds is 1 to 10000, --round-ms at least 1");
    if (!servers_open(&b.servers, "bench reads", config))
        return EXIT_FAILED;
    int code = run(&b, config);
    servers_close(&b.servers);
    return code;
}
