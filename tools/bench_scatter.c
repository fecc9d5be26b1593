/* bench_scatter.c - `weir bench scatter`: reads over several shards against hand-written parallel code. SPDX-License-Identifier: Apache-2.0
 * Options and telling; bench_scatter_run.c measures. What counts is the median of the ratios within a round. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/bench.h"
#include "tools/bench_scatter.h"

extern const char raw_scatter_text[];

static const char *const side_names[SCATTER_SIDES] = {"weir", "hand-written, at once", "hand-written, in turn"};
static const char *const merge_names[SCATTER_SIDES] = {"weir, merged", "hand-written, merged",
                                                       "hand-written, no order"};

static bool failed(const char *why)
{
    fprintf(stderr, "weir bench scatter: %s\n", why);
    return false;
}

/* ---- medians ---- */

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *all, size_t count)
{
    qsort(all, count, sizeof *all, by_size);
    return count % 2 ? all[count / 2] : (all[count / 2 - 1] + all[count / 2]) / 2;
}

/* Statements a second of one side, or how many of other's go into the time of one, each within a round. */
static double rate_of(const scatter_bench *b, const scatter_part *part, unsigned side, unsigned other)
{
    double all[SCATTER_MOST_ROUNDS];
    for (uint64_t i = 0; i < b->rounds; i++)
        all[i] = (other == SCATTER_SIDES ? 1 : part->rounds[other][i].seconds) / part->rounds[side][i].seconds;
    return median(all, b->rounds);
}

static double cpu_us_of(const scatter_bench *b, const scatter_part *part, unsigned side)
{
    double all[SCATTER_MOST_ROUNDS];
    for (uint64_t i = 0; i < b->rounds; i++)
        all[i] = part->rounds[side][i].cpu_seconds * 1e6;
    return median(all, b->rounds);
}

static double merge_seconds_of(const scatter_bench *b, unsigned side)
{
    double all[SCATTER_MERGES];
    memcpy(all, b->merge_seconds[side], sizeof all);
    return median(all, SCATTER_MERGES);
}

/* ---- telling ---- */

static void print_part(const scatter_bench *b, const scatter_part *part)
{
    printf("\n%u shards %29s %8s %8s %8s %10s\n", part->shards, "a second", "/at once", "/in turn", "CPU us",
           "waiting ms");
    for (unsigned side = 0; side < SCATTER_SIDES; side++)
        printf("  %-24s %12.0f %8.3f %8.3f %8.1f %10.1f\n", side_names[side], rate_of(b, part, side, SCATTER_SIDES),
               rate_of(b, part, side, SCATTER_AT_ONCE), rate_of(b, part, side, SCATTER_IN_TURN),
               cpu_us_of(b, part, side), part->waited_ms[side]);
}

static void print_table(const scatter_bench *b)
{
    const double rows = (double)(b->merged_shards * b->rows);
    printf(
        "%s\n100 rows of each shard; %" PRIu64 " rounds of %" PRIu64
        " ms a side, the sides by turns; CPU: of this process, a statement\nwaiting: %s\n  shard i sleeps i x %d ms\n",
        scatter_query, b->rounds, b->round_ms, scatter_waiting, SCATTER_STEP_MS);
    for (unsigned i = 0; i < b->part_count; i++)
        print_part(b, &b->parts[i]);
    printf("\n%s\n%.0f rows of %u shards, medians of %d:\n", scatter_ordered, rows, b->merged_shards, SCATTER_MERGES);
    for (unsigned side = 0; side < SCATTER_SIDES; side++)
        printf("  %-24s %.3f s, %.2f million rows a second\n", merge_names[side], merge_seconds_of(b, side),
               rows / merge_seconds_of(b, side) / 1e6);
    printf("memory grew by %" PRIu64 " KiB in weir's\n", b->merge_kib);
}

static void print_json(const scatter_bench *b)
{
    printf("{\"rounds\":%" PRIu64 ",\"round_ms\":%" PRIu64 ",\"step_ms\":%d,\"parts\":[", b->rounds, b->round_ms,
           SCATTER_STEP_MS);
    for (unsigned i = 0; i < b->part_count; i++) {
        const scatter_part *part = &b->parts[i];
        printf("%s{\"shards\":%u,\"sides\":[", i ? "," : "", part->shards);
        for (unsigned side = 0; side < SCATTER_SIDES; side++)
            printf("%s{\"name\":\"%s\",\"per_second\":%.1f,\"of_at_once\":%.4f,\"of_in_turn\":%.4f,\"cpu_us\":%.2f,"
                   "\"waiting_ms\":%.2f}",
                   side ? "," : "", side_names[side], rate_of(b, part, side, SCATTER_SIDES),
                   rate_of(b, part, side, SCATTER_AT_ONCE), rate_of(b, part, side, SCATTER_IN_TURN),
                   cpu_us_of(b, part, side), part->waited_ms[side]);
        printf("]}");
    }
    printf("],\"merge\":{\"rows\":%" PRIu64 ",\"shards\":%u,\"grew_kib\":%" PRIu64 ",\"sides\":[",
           b->merged_shards * b->rows, b->merged_shards, b->merge_kib);
    for (unsigned side = 0; side < SCATTER_SIDES; side++)
        printf("%s{\"name\":\"%s\",\"seconds\":%.4f}", side ? "," : "", merge_names[side], merge_seconds_of(b, side));
    printf("]}}\n");
}

/* ---- the command ---- */

static int help(void)
{
    printf("usage: weir bench scatter [options]\n\n"
           "A SELECT over 2, 4 and 8 shards (as many as weir.yaml's first database has) through weir, against "
           "hand-written\n"
           "libmysqlclient code that sends to all, polls and reads, and that asks one after the other; the same of "
           "shards\n"
           "that wait; then an ordered merge of all rows of 4 shards. In a playground of its own with 8 shards, "
           "unless\n"
           "there is a weir.yaml.\n\n"
           "  --config FILE   default: $WEIR_CONFIG, else ./weir.yaml; the table weir_bench_scatter is made on the\n"
           "                  primaries of the first database, and dropped\n"
           "  --rounds N      1 to %d, default 15; a ratio is the median of those within each round\n"
           "  --round-ms N    of each side in a round, 1 to 10000, default 200\n"
           "  --rows N        of the table on each shard, 100 to 10000000, default 250000\n"
           "  --json          one line of JSON instead of the table\n"
           "  --show-raw      print the source of the hand-written code and end\n\n"
           "docs/performance.md says more.\n",
           SCATTER_MOST_ROUNDS);
    return EXIT_DONE;
}

static bool number(const char *text, uint64_t least, uint64_t most, uint64_t *out)
{
    char *end = NULL;
    errno = 0;
    *out = strtoull(text, &end, 10);
    return !errno && *text >= '0' && *text <= '9' && !*end && *out >= least && *out <= most;
}

static int read_options(int argc, char **argv, scatter_bench *b)
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
            good = number(optarg, 1, SCATTER_MOST_ROUNDS, &b->rounds);
        if (letter == 'n')
            good = number(optarg, 100, 10000000, &b->rows);
        if (!good)
            return usage_error("bench", "scatter: %s: no such option, or not a number within its bounds",
                               argv[optind - 1]);
    }
    return optind < argc ? usage_error("bench", "scatter: '%s' is too much", argv[optind]) : EXIT_DONE;
}

static bool choose(scatter_bench *b)
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

static int run(scatter_bench *b)
{
    bool good = choose(b) && scatter_measure(b);
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
    static scatter_bench b;
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
    if (!b.config && !getenv("WEIR_CONFIG") && access("weir.yaml", F_OK) != 0)
        return bench_in_playground("scatter", "8", argc, argv);
    if (!servers_open(&b.servers, "bench scatter", b.config))
        return EXIT_FAILED;
    code = run(&b);
    servers_close(&b.servers);
    return code;
}
