/* bench_scatter.c - `weir bench scatter`: reads over several shards against hand-written parallel code. SPDX-License-Identifier: Apache-2.0
 * Makes the table weir_bench_scatter on the primaries of the first database's shards, measures, drops it, reports. The sides run by turns in
 * each round, another one first each time; what counts is the median of the ratios within a round. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "drivers/raw_scatter.h"
#include "tools/bench.h"
#include "tools/servers.h"

enum { SIDES = 3, MOST_ROUNDS = 200, PARTS = 3, YAML_BYTES = 32 * 1024, MERGED_SHARDS = 4 };
enum { WEIR, AT_ONCE, IN_TURN };

extern const char raw_scatter_text[];

static const char *const side_names[SIDES] = {"weir", "hand-written, at once", "hand-written, in turn"};
static const unsigned part_shards[PARTS] = {2, 4, 8};
static const char query[] = "SELECT id, c FROM weir_bench_scatter WHERE v < 100";
static const char ordered[] = "SELECT id FROM weir_bench_scatter ORDER BY id";

typedef struct bench {
    servers servers;
    char *password;
    const char *config;
    uint64_t rounds, round_ms, rows;
    bool json, show_raw, help;
    unsigned shards;
    raw_scatter *raw;
    double rates[PARTS][SIDES][MOST_ROUNDS];
    double merged_rows, merged_seconds, hand_seconds;
    uint64_t merged_kib;
} bench;

static bool failed(const char *why)
{
    fprintf(stderr, "weir bench scatter: %s\n", why);
    return false;
}

static const weir__shard_config *shard_of(const bench *b, unsigned i)
{
    return &b->servers.config->databases[0].shards[i];
}

/* ---- what it runs on ---- */

static bool connect_raw(bench *b)
{
    char why[RAW_WHY] = "out of memory";
    b->raw = raw_scatter_new();
    for (unsigned i = 0; b->raw && i < b->shards; i++) {
        const weir__shard_config *s = shard_of(b, i);
        const weir__address *a = &s->primary.address;
        if (!raw_scatter_add(b->raw, a->host, a->port, a->socket, s->settings.user, b->password, s->schema, why))
            return failed(why);
    }
    return b->raw || failed(why);
}

/* Ids go round the shards, so that an ordered merge changes its shard with each row. */
static bool make_tables(bench *b)
{
    char why[RAW_WHY], sql[256];
    for (unsigned i = 0; i < b->shards; i++) {
        snprintf(sql, sizeof sql,
                 "INSERT INTO weir_bench_scatter SELECT seq * %u + %u, seq, REPEAT('x', 100) FROM seq_0_to_%" PRIu64,
                 b->shards, i, b->rows - 1);
        if (!raw_scatter_run(b->raw, i, "DROP TABLE IF EXISTS weir_bench_scatter", why) ||
            !raw_scatter_run(
                b->raw, i,
                "CREATE TABLE weir_bench_scatter (id BIGINT PRIMARY KEY, v INT NOT NULL, c VARCHAR(100) NOT NULL, "
                "KEY (v)) ENGINE=InnoDB",
                why) ||
            !raw_scatter_run(b->raw, i, sql, why))
            return failed(why);
    }
    return true;
}

static void drop_tables(bench *b)
{
    char why[RAW_WHY];
    for (unsigned i = 0; b->raw && i < b->shards; i++)
        if (!raw_scatter_run(b->raw, i, "DROP TABLE IF EXISTS weir_bench_scatter", why))
            failed(why);
}

/* A weir.yaml of its own: the first shards of the database, the same servers and login. */
static weir_client *open_weir(const bench *b, unsigned shards)
{
    const weir__settings *s = &shard_of(b, 0)->settings;
    weir__buf yaml;
    weir_client *client = NULL;
    weir_error error = {.text = "out of memory"};
    weir__buf_init(&yaml, &b->servers.env.mem, YAML_BYTES);
    weir__buf_addf(&yaml, "defaults: {timeouts: {query: 60s, connect: 5s}, user: '%s'", s->user);
    if (s->password.from != WEIR__SECRET_NONE)
        weir__buf_addf(&yaml, ", password: {%s: '%s'}", s->password.from == WEIR__SECRET_ENV ? "env" : "file",
                       s->password.name);
    weir__buf_adds(&yaml, "}\ndatabases:\n  bench:\n    slots: 1024\n    shards:\n");
    for (unsigned i = 0; i < shards; i++)
        weir__buf_addf(&yaml, "      s%u: {primary: '%s', schema: '%s', slots: %u-%u}\n", i,
                       shard_of(b, i)->primary.address.text, shard_of(b, i)->schema, i * 1024 / shards,
                       (i + 1) * 1024 / shards - 1);
    weir__buf_adds(&yaml, "tables:\n  weir_bench_scatter: {shard_by: id}\n");
    weir_client_options options = WEIR_CLIENT_OPTIONS_INIT;
    options.yaml = weir__buf_text(&yaml);
    weir_status status = yaml.failed ? WEIR_NOMEM : weir_open(NULL, &options, &client, &error);
    weir__buf_deinit(&yaml);
    if (status != WEIR_OK)
        failed(error.text);
    return client;
}

/* ---- measuring ---- */

/* Kibibytes that the process has in memory. */
static uint64_t resident(void)
{
    char line[128];
    uint64_t kib = 0;
    FILE *in = fopen("/proc/self/status", "r");
    while (in && fgets(line, sizeof line, in))
        if (strncmp(line, "VmRSS:", 6) == 0)
            kib = strtoull(line + 6, NULL, 10);
    if (in)
        fclose(in);
    return kib;
}

static bool read_all(weir_session *s, const char *sql, uint64_t *rows, uint64_t *most_kib)
{
    weir_rows *stream = NULL;
    weir_error error;
    weir_status status = weir_query(s, sql, weir_no_args(), &stream, &error);
    int64_t last = INT64_MIN;
    if (status != WEIR_OK)
        return failed(error.text);
    while (weir_next(stream)) {
        int64_t id = weir_get_int(stream, 0);
        if (most_kib && id <= last)
            return failed("the rows are not in order") || weir_finish(stream, &error) == WEIR_OK;
        last = id;
        if (++*rows % 50000 == 0 && most_kib) {
            uint64_t kib = resident();
            *most_kib = kib > *most_kib ? kib : *most_kib;
        }
    }
    status = weir_finish(stream, &error);
    return status == WEIR_OK || failed(error.text);
}

/* Statements a second of one side; each gives as many rows. */
static bool run_side(bench *b, weir_session *s, unsigned shards, unsigned side, double *rate)
{
    char why[RAW_WHY];
    const uint64_t expected = (uint64_t)shards * 100 < shards * b->rows ? shards * UINT64_C(100) : shards * b->rows;
    uint64_t begun = weir__now(&weir__clock_system), now = begun, done = 0;
    while (now - begun < b->round_ms * 1000000) {
        uint64_t rows = 0;
        bool good = side == WEIR      ? read_all(s, query, &rows, NULL)
                    : side == AT_ONCE ? raw_scatter_at_once(b->raw, shards, query, &rows, why)
                                      : raw_scatter_in_turn(b->raw, shards, query, &rows, why);
        if (!good)
            return side == WEIR ? false : failed(why);
        if (rows != expected)
            return failed("a statement gave another number of rows");
        done++;
        now = weir__now(&weir__clock_system);
    }
    *rate = (double)done * 1e9 / (double)(now - begun);
    return true;
}

static bool measure_part(bench *b, unsigned part)
{
    weir_client *client = open_weir(b, part_shards[part]);
    weir_session *session = NULL;
    weir_error error;
    bool good = client && weir_session_open(client, NULL, &session, &error) == WEIR_OK;
    double dropped;
    for (unsigned side = 0; side < SIDES && good; side++)
        good = run_side(b, session, part_shards[part], side, &dropped); /* warm */
    for (uint64_t round = 0; round < b->rounds && good; round++)
        for (unsigned i = 0; i < SIDES && good; i++) {
            unsigned side = (unsigned)(round + i) % SIDES;
            good = run_side(b, session, part_shards[part], side, &b->rates[part][side][round]);
        }
    weir_session_close(session);
    weir_close(client);
    return good;
}

static bool measure_merge(bench *b)
{
    unsigned shards = b->shards < MERGED_SHARDS ? b->shards : MERGED_SHARDS;
    weir_client *client = open_weir(b, shards);
    weir_session *session = NULL;
    weir_error error;
    char why[RAW_WHY];
    bool good = client && weir_session_open(client, NULL, &session, &error) == WEIR_OK;
    uint64_t rows = 0, most = 0, hand = 0;
    good = good && read_all(session, query, &rows, NULL); /* connections, plans */
    uint64_t before = resident(), begun = weir__now(&weir__clock_system);
    rows = 0;
    good = good && read_all(session, ordered, &rows, &most);
    uint64_t between = weir__now(&weir__clock_system);
    if (good && !raw_scatter_at_once(b->raw, shards, ordered, &hand, why))
        good = failed(why);
    b->merged_rows = (double)rows;
    b->merged_seconds = (double)(between - begun) / 1e9;
    b->hand_seconds = (double)(weir__now(&weir__clock_system) - between) / 1e9;
    b->merged_kib = most > before ? most - before : 0;
    weir_session_close(session);
    weir_close(client);
    return good && (rows == shards * b->rows || failed("the merge gave another number of rows"));
}

/* ---- telling ---- */

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The median of side's rates, each divided by other's of the same round; other SIDES: by nothing. */
static double median_of(const bench *b, unsigned part, unsigned side, unsigned other)
{
    static double all[MOST_ROUNDS];
    for (uint64_t i = 0; i < b->rounds; i++)
        all[i] = b->rates[part][side][i] / (other == SIDES ? 1 : b->rates[part][other][i]);
    qsort(all, b->rounds, sizeof *all, by_size);
    return all[b->rounds / 2];
}

static void print_table(const bench *b)
{
    printf("%s\n100 rows of each shard, %" PRIu64 " rounds of %" PRIu64 " ms a side\n", query, b->rounds, b->round_ms);
    for (unsigned part = 0; part < PARTS && part_shards[part] <= b->shards; part++) {
        printf("\n%u shards %29s %8s %8s\n", part_shards[part], "a second", "/at once", "/in turn");
        for (unsigned side = 0; side < SIDES; side++)
            printf("  %-24s %12.0f %8.3f %8.3f\n", side_names[side], median_of(b, part, side, SIDES),
                   median_of(b, part, side, AT_ONCE), median_of(b, part, side, IN_TURN));
    }
    printf("\n%s\n%.0f rows merged in %.3f s, %.2f million a second, memory grew by %" PRIu64
           " KiB; read without order by hand in %.3f s\n",
           ordered, b->merged_rows, b->merged_seconds, b->merged_rows / b->merged_seconds / 1e6, b->merged_kib,
           b->hand_seconds);
}

static void print_json(const bench *b)
{
    printf("{\"rounds\":%" PRIu64 ",\"round_ms\":%" PRIu64 ",\"parts\":[", b->rounds, b->round_ms);
    for (unsigned part = 0; part < PARTS && part_shards[part] <= b->shards; part++) {
        printf("%s{\"shards\":%u,\"sides\":[", part ? "," : "", part_shards[part]);
        for (unsigned side = 0; side < SIDES; side++)
            printf("%s{\"name\":\"%s\",\"per_second\":%.1f,\"of_at_once\":%.4f,\"of_in_turn\":%.4f}", side ? "," : "",
                   side_names[side], median_of(b, part, side, SIDES), median_of(b, part, side, AT_ONCE),
                   median_of(b, part, side, IN_TURN));
        printf("]}");
    }
    printf("],\"merge\":{\"rows\":%.0f,\"seconds\":%.4f,\"grew_kib\":%" PRIu64
           ",\"unordered_by_hand_seconds\":%.4f}}\n",
           b->merged_rows, b->merged_seconds, b->merged_kib, b->hand_seconds);
}

/* ---- the command ---- */

static int help(void)
{
    printf("usage: weir bench scatter [options]\n\n"
           "A SELECT over 2, 4 and 8 shards (as many as weir.yaml's first database has) through weir, against "
           "hand-written\n"
           "libmysqlclient code that sends to all, polls and reads, and that asks one after the other; then an ordered "
           "merge of\n"
           "all rows of 4 shards. `weir playground up --shards 8` makes a cluster for it.\n\n"
           "  --config FILE   default: $WEIR_CONFIG, else ./weir.yaml; the table weir_bench_scatter is made on the\n"
           "                  primaries of the first database, and dropped\n"
           "  --rounds N      1 to %d, default 15\n"
           "  --round-ms N    of each side in a round, 1 to 10000, default 200\n"
           "  --rows N        of the table on each shard, 100 to 10000000, default 250000\n"
           "  --json          one line of JSON instead of the table\n"
           "  --show-raw      print the source of the hand-written code and end\n\n"
           "docs/performance.md says more.\n",
           MOST_ROUNDS);
    return EXIT_DONE;
}

static bool number(const char *text, uint64_t least, uint64_t most, uint64_t *out)
{
    char *end = NULL;
    errno = 0;
    *out = strtoull(text, &end, 10);
    return !errno && *text >= '0' && *text <= '9' && !*end && *out >= least && *out <= most;
}

static int read_options(int argc, char **argv, bench *b)
{
    static const struct option known[] = {
        {"config", required_argument, NULL, 'c'}, {"help", no_argument, NULL, 'h'},
        {"json", no_argument, NULL, 'j'},         {"round-ms", required_argument, NULL, 'm'},
        {"rounds", required_argument, NULL, 'r'}, {"rows", required_argument, NULL, 'n'},
        {"show-raw", no_argument, NULL, 's'},     {NULL, 0, NULL, 0}};
    int letter;
    opterr = 0;
    while ((letter = getopt_long(argc, argv, ":h", known, NULL)) != -1) {
        bool good = letter != ':' && letter != '?';
        if (letter == 'c')
            b->config = optarg;
        b->help |= letter == 'h';
        b->json |= letter == 'j';
        b->show_raw |= letter == 's';
        if (letter == 'm')
            good = number(optarg, 1, 10000, &b->round_ms);
        if (letter == 'r')
            good = number(optarg, 1, MOST_ROUNDS, &b->rounds);
        if (letter == 'n')
            good = number(optarg, 100, 10000000, &b->rows);
        if (!good)
            return usage_error("bench", "scatter: %s: no such option, or not a number within its bounds",
                               argv[optind - 1]);
    }
    return optind < argc ? usage_error("bench", "scatter: '%s' is too much", argv[optind]) : EXIT_DONE;
}

static bool choose(bench *b)
{
    weir_error error;
    const weir__database_config *database = &b->servers.config->databases[0];
    const weir__settings *s = &database->shards[0].settings;
    b->shards = database->shard_count < RAW_SHARDS ? (unsigned)database->shard_count : RAW_SHARDS;
    if (b->shards < 2)
        return failed("it needs a first database of several shards: weir playground up --shards 8");
    if (s->tls.mode != WEIR__TLS_NONE)
        return failed("it measures plain lines; this database is reached by TLS");
    return weir__secret_value(&b->servers.env, &s->password, &b->password, &error) == WEIR_OK || failed(error.text);
}

static int run(bench *b)
{
    bool good = choose(b) && connect_raw(b) && make_tables(b);
    for (unsigned part = 0; part < PARTS && good && part_shards[part] <= b->shards; part++)
        good = measure_part(b, part);
    good = good && measure_merge(b);
    drop_tables(b);
    raw_scatter_free(b->raw);
    weir__secret_wipe(&b->servers.env, b->password);
    if (!good)
        return EXIT_FAILED;
    if (b->json)
        print_json(b);
    else
        print_table(b);
    return ferror(stdout) || fflush(stdout) != 0 ? EXIT_FAILED : EXIT_DONE;
}

int bench_scatter(int argc, char **argv)
{
    static bench b;
    b.rounds = 15;
    b.round_ms = 200;
    b.rows = 250000;
    int code = read_options(argc, argv, &b);
    if (code != EXIT_DONE)
        return code;
    if (b.help)
        return help();
    if (b.show_raw)
        return fputs(raw_scatter_text, stdout) < 0 || fflush(stdout) != 0 ? EXIT_FAILED : EXIT_DONE;
    if (!servers_open(&b.servers, "bench scatter", b.config))
        return EXIT_FAILED;
    code = run(&b);
    servers_close(&b.servers);
    return code;
}
