/* bench_commit.c - `weir bench commit`: what a transaction costs, over one shard and over several. SPDX-License-Identifier: Apache-2.0
 * Makes a table on the first shards of a database of the given weir.yaml, measures by turns, drops it, reports medians and
 * ratios of the same round. One thread, one row an update: what counts is the round trips and the servers' disks. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/buf.h"
#include "schema/config.h"
#include "tools/bench.h"
#include "tools/servers.h"
#include "weir.h"

enum { MOST_ROUNDS = 200, MOST_SHARDS = 16, SLOTS = 1024, YAML_BYTES = 16 * 1024 };

static const char usage[] =
    "usage: weir bench commit [--config FILE] [--shards N] [--rounds N] [--each N]\n"
    "\n"
    "Times transactions of one row on each of several shards: one after another, one over all of them (atomic, "
    "best_effort), and what\n"
    "weir_transaction adds to weir_begin and weir_commit. Needs a database with so many shards, whose servers get the\n"
    "table weir_bench_commit for a while; `weir setup` must have run there.\n"
    "\n"
    "  --config FILE   instead of $WEIR_CONFIG or ./weir.yaml\n"
    "  --shards N      how many (default 2)\n"
    "  --rounds N      rounds, in each of which every variant runs (default 15)\n"
    "  --each N        transactions of a variant in a round (default 40)\n";

typedef struct variant variant;

typedef struct bench {
    servers servers;
    const weir__database_config *database;
    weir_client *atomic, *best_effort;
    unsigned long shards, rounds, each;
    weir_error error;
} bench;

struct variant {
    const char *name;
    weir_status (*run)(bench *b, weir_session *s);
    bool best_effort;
    int against; /* the variant that it is compared with */
};

static weir_status update(weir_session *s, int id, weir_error *error)
{
    return weir_execute(s, "UPDATE weir_bench_commit SET n = n + 1 WHERE id = ?", WEIR_ARGS(weir_int(id)), NULL, error);
}

static weir_status by_hand(bench *b, weir_session *s, int first, int last)
{
    weir_status status = weir_begin(s, NULL, &b->error);
    for (int id = first; id <= last && status == WEIR_OK; id++)
        status = update(s, id, &b->error);
    return status == WEIR_OK ? weir_commit(s, &b->error) : status;
}

static weir_status one_after_another(bench *b, weir_session *s)
{
    weir_status status = WEIR_OK;
    for (int id = 0; id < (int)b->shards && status == WEIR_OK; id++)
        status = by_hand(b, s, id, id);
    return status;
}

static weir_status over_all(bench *b, weir_session *s)
{
    return by_hand(b, s, 0, (int)b->shards - 1);
}

static weir_status on_one(bench *b, weir_session *s)
{
    return by_hand(b, s, 0, 0);
}

static weir_status update_one(weir_session *s, void *context, weir_error *error)
{
    (void)context;
    return update(s, 0, error);
}

static weir_status by_callback(bench *b, weir_session *s)
{
    return weir_transaction(s, NULL, update_one, NULL, &b->error);
}

static const variant variants[] = {
    {"a transaction on each shard, one by one", one_after_another, false, 0},
    {"one transaction over all, atomic", over_all, false, 0},
    {"one transaction over all, best_effort", over_all, true, 0},
    {"one shard, weir_begin and weir_commit", on_one, false, 3},
    {"one shard, weir_transaction", by_callback, false, 3},
};
enum { VARIANTS = sizeof variants / sizeof *variants };

static bool failed(const char *why)
{
    fprintf(stderr, "weir bench commit: %s\n", why);
    return false;
}

/* A weir.yaml of its own for the first shards: id n is on shard n. */
static weir_client *open_weir(bench *b, const char *transactions)
{
    weir__buf yaml;
    weir_client *client = NULL;
    weir_client_options options = WEIR_CLIENT_OPTIONS_INIT;
    weir__buf_init(&yaml, &b->servers.env.mem, YAML_BYTES);
    weir__buf_addf(&yaml, "databases:\n  bench:\n    transactions: %s\n    shards:\n", transactions);
    for (unsigned i = 0; i < b->shards; i++) {
        const weir__shard_config *shard = &b->database->shards[i];
        const weir__settings *s = &shard->settings;
        weir__buf_addf(&yaml, "      s%u: {primary: '%s', schema: '%s', user: '%s'", i, shard->primary.address.text,
                       shard->schema, s->user);
        if (s->password.from != WEIR__SECRET_NONE)
            weir__buf_addf(&yaml, ", password: {%s: '%s'}", s->password.from == WEIR__SECRET_ENV ? "env" : "file",
                           s->password.name);
        weir__buf_addf(&yaml, ", slots: %lu-%lu}\n", SLOTS * i / b->shards, SLOTS * (i + 1) / b->shards - 1);
    }
    weir__buf_addf(&yaml, "tables:\n  weir_bench_commit: {shard_by: id, method: {mod: %lu", b->shards);
    for (unsigned i = 0; i < b->shards; i++)
        weir__buf_addf(&yaml, ", s%u: %u", i, i);
    weir__buf_adds(&yaml, "}}\n");
    options.yaml = weir__buf_text(&yaml);
    if (yaml.failed)
        failed("out of memory");
    else if (weir_open(NULL, &options, &client, &b->error) != WEIR_OK)
        failed(b->error.text);
    weir__buf_deinit(&yaml);
    return client;
}

static bool on_shards(bench *b, const char *const *sql, size_t count)
{
    for (unsigned i = 0; i < b->shards; i++) {
        const weir__shard_config *shard = &b->database->shards[i];
        weir__conn *conn = server_call(&b->servers, shard, &shard->primary, &b->error);
        for (size_t j = 0; j < count && conn; j++)
            if (server_run(conn, sql[j], NULL, NULL, &b->error) != WEIR_OK) {
                server_hang_up(conn);
                conn = NULL;
            }
        if (!conn)
            return failed(b->error.text);
        server_hang_up(conn);
    }
    return true;
}

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static bool run_round(bench *b, weir_session *const sessions[2], unsigned long round, double *us)
{
    for (unsigned i = 0; i < VARIANTS; i++) {
        unsigned v = (unsigned)(round + i) % VARIANTS;
        uint64_t began = now_ns();
        for (unsigned long n = 0; n < b->each; n++)
            if (variants[v].run(b, sessions[variants[v].best_effort]) != WEIR_OK)
                return failed(b->error.text);
        us[v] = (double)(now_ns() - began) / 1000 / (double)b->each;
    }
    return true;
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

static bool measure(bench *b)
{
    static double us[MOST_ROUNDS][VARIANTS], column[MOST_ROUNDS];
    weir_session *sessions[2] = {NULL, NULL};
    b->atomic = open_weir(b, "atomic");
    b->best_effort = b->atomic ? open_weir(b, "best_effort") : NULL;
    bool good = b->best_effort && weir_session_open(b->atomic, NULL, &sessions[0], &b->error) == WEIR_OK &&
                weir_session_open(b->best_effort, NULL, &sessions[1], &b->error) == WEIR_OK;
    good = good && run_round(b, sessions, 0, us[0]); /* warms up: written over */
    for (unsigned long r = 0; r < b->rounds && good; r++)
        good = run_round(b, sessions, r, us[r]);
    weir_session_close(sessions[0]);
    weir_session_close(sessions[1]);
    weir_close(b->atomic);
    weir_close(b->best_effort);
    if (good)
        printf("%-46s %9s  %s\n", "", "us", "ratio");
    for (int v = 0; v < VARIANTS && good; v++) {
        for (unsigned long r = 0; r < b->rounds; r++)
            column[r] = us[r][v];
        double middle = median(column, b->rounds);
        for (unsigned long r = 0; r < b->rounds; r++)
            column[r] = us[r][v] / us[r][variants[v].against];
        printf("%-46s %9.0f  %.2f\n", variants[v].name, middle, median(column, b->rounds));
    }
    return good;
}

static bool bench_run(bench *b)
{
    static const char *const make[] = {
        "DROP TABLE IF EXISTS weir_bench_commit",
        "CREATE TABLE weir_bench_commit (id INT PRIMARY KEY, n INT NOT NULL) ENGINE=InnoDB",
        "INSERT INTO weir_bench_commit SELECT seq, 0 FROM seq_0_to_15"};
    for (size_t i = 0; i < b->servers.config->database_count && !b->database; i++)
        if (b->servers.config->databases[i].shard_count >= b->shards)
            b->database = &b->servers.config->databases[i];
    if (!b->database)
        return failed("no database of weir.yaml has so many shards");
    bool good = on_shards(b, make, sizeof make / sizeof *make) && measure(b);
    return on_shards(b, make, 1) && good;
}

int bench_commit(int argc, char **argv)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'}, {"shards", required_argument, NULL, 's'},
        {"rounds", required_argument, NULL, 'r'}, {"each", required_argument, NULL, 'e'},
        {"help", no_argument, NULL, 'h'},         {0}};
    bench b = {.shards = 2, .rounds = 15, .each = 40};
    const char *config = NULL;
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'c')
            config = optarg;
        else if (option == 's')
            b.shards = strtoul(optarg, NULL, 10);
        else if (option == 'r')
            b.rounds = strtoul(optarg, NULL, 10);
        else if (option == 'e')
            b.each = strtoul(optarg, NULL, 10);
        else if (option == 'h')
            return fputs(usage, stdout) < 0 ? EXIT_FAILED : EXIT_DONE;
        else
            return usage_error("bench commit", "that option is not known");
    }
    if (b.shards < 2 || b.shards > MOST_SHARDS || b.rounds < 1 || b.rounds > MOST_ROUNDS || b.each < 1 || optind < argc)
        return usage_error("bench commit",
                           "--shards is 2 to %d, --rounds 1 to %d, --each at least 1, and nothing else is taken",
                           MOST_SHARDS, MOST_ROUNDS);
    if (!servers_open(&b.servers, "bench commit", config))
        return EXIT_FAILED;
    bool good = bench_run(&b);
    servers_close(&b.servers);
    return good ? EXIT_DONE : EXIT_FAILED;
}
