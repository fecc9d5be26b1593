/* bench_overhead.c - `weir bench overhead`: what weir costs over hand-written code. SPDX-License-Identifier: Apache-2.0
 * Makes the table weir_bench on the first database's first primary, measures, drops it, reports. bench_overhead.h says how. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/str.h"
#include "schema/config.h"
#include "tools/bench.h"
#include "tools/bench_overhead.h"
#include "tools/servers.h"

enum { PARTS = 3, YAML_BYTES = 16 * 1024, CONNECTIONS = 16, POOL = 8 };

extern const char raw_client_text[];

typedef struct options {
    const char *config;
    unsigned long rounds, round_ms;
    bool json, show_raw, help;
} options;

/* A number of threads; sides measured there. */
static const struct part {
    const char *name;
    int threads, raw_threads;
    uint32_t pool;
    bool sides[OVERHEAD_SIDES];
} parts[PARTS] = {
    {"1 thread", 1, 1, CONNECTIONS, {true, true, true, true}},
    {"8 threads", 8, 8, CONNECTIONS, {true, true, true, true}},
    {"64 threads on a pool of 8", 64, 8, POOL, {true, false, true, false}},
};

static const char *const side_names[OVERHEAD_SIDES] = {"raw prepared", "raw text", "weir parameters", "weir literals"};

typedef struct result {
    double rates[OVERHEAD_SIDES][OVERHEAD_MOST_ROUNDS];
    overhead_sample samples[OVERHEAD_SIDES];
} result;

typedef struct bench {
    servers servers;
    const weir__shard_config *shard;
    char *password;
    options options;
    result results[PARTS];
} bench;

static bool failed(const char *why)
{
    fprintf(stderr, "weir bench overhead: %s\n", why);
    return false;
}

/* ---- what it runs on ---- */

static raw_client *call_raw(const bench *b)
{
    const weir__address *a = &b->shard->primary.address;
    char why[RAW_WHY];
    raw_client *raw =
        raw_open(a->host, a->port, a->socket, b->shard->settings.user, b->password, b->shard->schema, why);
    if (!raw)
        failed(why);
    return raw;
}

static bool make_table(const bench *b)
{
    char why[RAW_WHY], sql[4096];
    raw_client *raw = call_raw(b);
    bool done =
        raw && raw_run(raw, "DROP TABLE IF EXISTS weir_bench", why) &&
        raw_run(raw, "CREATE TABLE weir_bench (id INT PRIMARY KEY, c VARCHAR(120) NOT NULL) ENGINE=InnoDB", why);
    for (int from = 0; done && from < OVERHEAD_ROWS; from += 100) {
        int size = snprintf(sql, sizeof sql, "INSERT INTO weir_bench VALUES ");
        for (int id = from; id < from + 100; id++)
            size +=
                snprintf(sql + size, sizeof sql - (size_t)size, "%s(%d, REPEAT('x', 100))", id == from ? "" : ",", id);
        done = raw_run(raw, sql, why);
    }
    if (raw && !done)
        failed(why);
    raw_close(raw);
    return done;
}

static void drop_table(const bench *b)
{
    char why[RAW_WHY];
    raw_client *raw = call_raw(b);
    if (raw && !raw_run(raw, "DROP TABLE IF EXISTS weir_bench", why))
        failed(why);
    raw_close(raw);
}

/* A weir.yaml of its own: the same server and login, a pool of the size to be measured. */
static weir_client *open_weir(const bench *b, uint32_t pool)
{
    const weir__settings *s = &b->shard->settings;
    const char *from = s->password.from == WEIR__SECRET_ENV ? "env" : "file";
    weir__buf yaml;
    weir_client *client = NULL;
    weir_error error = {.text = "out of memory"};
    weir__buf_init(&yaml, &b->servers.env.mem, YAML_BYTES);
    weir__buf_addf(&yaml, "defaults: {pool: {max: %u, wait: 30s}, timeouts: {query: 30s, connect: 5s}}\n", pool);
    weir__buf_addf(&yaml, "databases:\n  bench: {primary: '%s', schema: '%s', user: '%s'",
                   b->shard->primary.address.text, b->shard->schema, s->user);
    if (s->password.from != WEIR__SECRET_NONE)
        weir__buf_addf(&yaml, ", password: {%s: '%s'}", from, s->password.name);
    weir__buf_adds(&yaml, "}\n");
    weir_client_options client_options = WEIR_CLIENT_OPTIONS_INIT;
    client_options.yaml = weir__buf_text(&yaml);
    if (!yaml.failed && weir_open(NULL, &client_options, &client, &error) == WEIR_OK)
        error.text[0] = '\0';
    weir__buf_deinit(&yaml);
    if (!client)
        failed(error.text);
    return client;
}

/* ---- measuring ---- */

static bool run_round(bench *b, overhead_team *team, size_t p, unsigned long round, bool warm_up)
{
    static overhead_sample dropped;
    const struct part *part = &parts[p];
    for (unsigned i = 0; i < OVERHEAD_SIDES; i++) {
        unsigned side = (unsigned)(round + i) % OVERHEAD_SIDES; /* another one first each time */
        if (!part->sides[side])
            continue;
        bool raw = side == OVERHEAD_RAW_PREPARED || side == OVERHEAD_RAW_TEXT;
        overhead_sample *sample = warm_up ? &dropped : &b->results[p].samples[side];
        double rate = overhead_slice(team, (overhead_side)side, raw ? part->raw_threads : part->threads,
                                     (uint64_t)b->options.round_ms * 1000000u, sample);
        if (*sample->why)
            return failed(sample->why);
        if (!warm_up)
            b->results[p].rates[side][round] = rate;
    }
    return true;
}

static bool measure(bench *b, size_t p)
{
    overhead_target target = {.client = open_weir(b, parts[p].pool)};
    bool good = target.client != NULL;
    for (int i = 0; i < parts[p].raw_threads && good; i++)
        good = (target.raw[i] = call_raw(b)) != NULL;
    overhead_team *team = good ? overhead_team_new(&target, parts[p].threads) : NULL;
    good = team && run_round(b, team, p, 0, true);
    for (unsigned long round = 0; round < b->options.rounds && good; round++)
        good = run_round(b, team, p, round, false);
    overhead_team_free(team);
    for (int i = 0; i < OVERHEAD_RAW; i++)
        raw_close(target.raw[i]);
    weir_close(target.client);
    return good;
}

/* ---- telling ---- */

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The median of side's rates, each divided by other's of the same round; other SIDES: by nothing. */
static double median_of(const bench *b, size_t p, unsigned side, unsigned other)
{
    static double all[OVERHEAD_MOST_ROUNDS];
    const result *r = &b->results[p];
    for (unsigned long i = 0; i < b->options.rounds; i++)
        all[i] = other == OVERHEAD_SIDES ? r->rates[side][i] : r->rates[side][i] / r->rates[other][i];
    qsort(all, b->options.rounds, sizeof *all, by_size);
    return b->options.rounds % 2 ? all[b->options.rounds / 2]
                                 : (all[b->options.rounds / 2 - 1] + all[b->options.rounds / 2]) / 2;
}

static double us_at(const overhead_sample *s, double part)
{
    return (double)latency_at(&s->latencies, part) / 1000;
}

static double each(uint64_t sum, const overhead_sample *s)
{
    return s->operations ? (double)sum / (double)s->operations : 0;
}

static void print_side(const bench *b, size_t p, unsigned side)
{
    const overhead_sample *s = &b->results[p].samples[side];
    char instructions[32] = "n/a", text[32] = "";
    if (s->counted)
        snprintf(instructions, sizeof instructions, "%.0f", each(s->instructions, s));
    if (parts[p].sides[OVERHEAD_RAW_TEXT])
        snprintf(text, sizeof text, "%.3f", median_of(b, p, side, OVERHEAD_RAW_TEXT));
    printf("  %-16s %8.0f %9.3f %8s %8.1f %8.1f %8.1f %9.1f %8.2f %8s\n", side_names[side],
           median_of(b, p, side, OVERHEAD_SIDES), median_of(b, p, side, OVERHEAD_RAW_PREPARED), text, us_at(s, 0.5),
           us_at(s, 0.99), us_at(s, 0.999), (double)s->latencies.most_ns / 1000, each(s->cpu_ns, s) / 1000,
           instructions);
}

static void print_table(const bench *b)
{
    printf(
        "point selects, %lu rounds of %lu ms a side; times in microseconds, CPU and user instructions of the client an "
        "operation\n",
        b->options.rounds, b->options.round_ms);
    for (size_t p = 0; p < PARTS; p++) {
        printf("\n%-18s %8s %9s %8s %8s %8s %8s %9s %8s %8s\n", parts[p].name, "a second", "/prepared", "/text", "p50",
               "p99", "p999", "max", "CPU", "instr.");
        for (unsigned side = 0; side < OVERHEAD_SIDES; side++)
            if (parts[p].sides[side])
                print_side(b, p, side);
    }
}

static void print_json(const bench *b)
{
    printf("{\"rounds\":%lu,\"round_ms\":%lu,\"parts\":[", b->options.rounds, b->options.round_ms);
    for (size_t p = 0; p < PARTS; p++) {
        printf("%s{\"name\":\"%s\",\"threads\":%d,\"sides\":[", p ? "," : "", parts[p].name, parts[p].threads);
        const char *comma = "";
        for (unsigned side = 0; side < OVERHEAD_SIDES; side++) {
            const overhead_sample *s = &b->results[p].samples[side];
            if (!parts[p].sides[side])
                continue;
            printf("%s{\"name\":\"%s\",\"per_second\":%.1f,\"of_raw_prepared\":%.4f,\"p50_us\":%.2f,\"p99_us\":%.2f,"
                   "\"p999_us\":%.2f,\"max_us\":%.2f,\"cpu_us\":%.3f,\"instructions\":",
                   comma, side_names[side], median_of(b, p, side, OVERHEAD_SIDES),
                   median_of(b, p, side, OVERHEAD_RAW_PREPARED), us_at(s, 0.5), us_at(s, 0.99), us_at(s, 0.999),
                   (double)s->latencies.most_ns / 1000, each(s->cpu_ns, s) / 1000);
            if (s->counted)
                printf("%.0f}", each(s->instructions, s));
            else
                printf("null}");
            comma = ",";
        }
        printf("]}");
    }
    printf("]}\n");
}

/* ---- the command ---- */

static int help(void)
{
    printf("usage: weir bench overhead [options]\n\n"
           "Point selects by primary key through weir, with parameters and with literals, against hand-written\n"
           "libmysqlclient code, prepared and as text. In a playground of its own, unless there is a weir.yaml.\n\n"
           "  --config FILE   default: $WEIR_CONFIG, else ./weir.yaml; the table weir_bench is made on the first\n"
           "                  database's first primary, and dropped\n"
           "  --rounds N      1 to %d, default 15; a ratio is the median of those within each round\n"
           "  --round-ms N    of each side in a round, 1 to 10000, default 200\n"
           "  --json          one line of JSON instead of the table\n"
           "  --show-raw      print the source of the hand-written code and end\n\n"
           "docs/performance.md says more.\n",
           OVERHEAD_MOST_ROUNDS);
    return EXIT_DONE;
}

static bool number(const char *text, unsigned long most, unsigned long *out)
{
    char *end = NULL;
    errno = 0;
    *out = strtoul(text, &end, 10);
    return !errno && *text >= '0' && *text <= '9' && !*end && *out >= 1 && *out <= most;
}

static int read_options(int argc, char **argv, options *o)
{
    static const struct option known[] = {{"config", required_argument, NULL, 'c'},
                                          {"help", no_argument, NULL, 'h'},
                                          {"json", no_argument, NULL, 'j'},
                                          {"round-ms", required_argument, NULL, 'm'},
                                          {"rounds", required_argument, NULL, 'r'},
                                          {"show-raw", no_argument, NULL, 's'},
                                          {NULL, 0, NULL, 0}};
    int letter;
    opterr = 0;
    while ((letter = getopt_long(argc, argv, ":h", known, NULL)) != -1) {
        bool good = true;
        switch (letter) {
        case 'c':
            o->config = optarg;
            break;
        case 'h':
            o->help = true;
            break;
        case 'j':
            o->json = true;
            break;
        case 'm':
            good = number(optarg, 10000, &o->round_ms);
            break;
        case 'r':
            good = number(optarg, OVERHEAD_MOST_ROUNDS, &o->rounds);
            break;
        case 's':
            o->show_raw = true;
            break;
        case ':':
            return usage_error("bench", "overhead: %s needs a value", argv[optind - 1]);
        default:
            return usage_error("bench", "overhead: there is no option %s", argv[optind - 1]);
        }
        if (!good)
            return usage_error("bench", "overhead: %s %s: not a number within its bounds", argv[optind - 2], optarg);
    }
    return optind < argc ? usage_error("bench", "overhead: '%s' is too much", argv[optind]) : EXIT_DONE;
}

static bool choose(bench *b)
{
    weir_error error;
    b->shard = &b->servers.config->databases[0].shards[0];
    if (b->shard->settings.tls.mode != WEIR__TLS_NONE)
        return failed("it measures plain lines; this database is reached by TLS");
    if (strchr(b->shard->settings.user, '\'') || strchr(b->shard->schema, '\''))
        return failed("a user or schema with ' in its name is not supported here");
    if (weir__secret_value(&b->servers.env, &b->shard->settings.password, &b->password, &error) == WEIR_OK)
        return true;
    return failed(error.text);
}

static int run(bench *b)
{
    bool good = choose(b) && make_table(b);
    for (size_t p = 0; p < PARTS && good; p++)
        good = measure(b, p);
    if (b->password)
        drop_table(b);
    weir__secret_wipe(&b->servers.env, b->password);
    if (!good)
        return EXIT_FAILED;
    if (b->options.json)
        print_json(b);
    else
        print_table(b);
    return ferror(stdout) || fflush(stdout) != 0 ? EXIT_FAILED : EXIT_DONE;
}

int bench_overhead(int argc, char **argv)
{
    static bench b;
    b.options = (options){.rounds = 15, .round_ms = 200};
    int code = read_options(argc, argv, &b.options);
    if (code != EXIT_DONE)
        return code;
    if (b.options.help)
        return help();
    if (b.options.show_raw)
        return fputs(raw_client_text, stdout) < 0 || fflush(stdout) != 0 ? EXIT_FAILED : EXIT_DONE;
    if (!b.options.config && !getenv("WEIR_CONFIG") && access("weir.yaml", F_OK) != 0)
        return bench_in_playground("overhead", "1", argc, argv);
    if (!servers_open(&b.servers, "bench overhead", b.options.config))
        return EXIT_FAILED;
    code = run(&b);
    servers_close(&b.servers);
    return code;
}
