/* main.c - differential: any statement gives the answer that one unsharded server gives, or a clear refusal. SPDX-License-Identifier: Apache-2.0
 * It runs under `weir playground run` or as a ctest with a cluster: WEIR_PLAYGROUND_DIR names the cluster's folder. docs/testing.md. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/differential/catch.h"

enum { MAX_LIST = 16 };

static const char help_text[] =
    "usage: differential [--seed N] [--statements N] [--shards LIST] [--category NAME] [--json] [--verbose] "
    "[--no-shrink]\n"
    "       differential --catch [--seed N] [--statements N] [--fault NAME]\n"
    "\n"
    "  --seed N        the run's seed (default 1); the same seed, shards and category give the same run\n"
    "  --statements N  how many for each number of shards (default 2000)\n"
    "  --shards LIST   over so many shards each (default 1,2,3,8)\n"
    "  --category NAME only statements of this one\n"
    "  --without LIST  none of these categories\n"
    "  --sql-mode M    of both sides (default: the server's own)\n"
    "  --catch         switches on each seeded bug (fault points named wrong_..) and must find each\n"
    "  --fault NAME    only this one\n";

typedef struct options {
    run_options run;
    uint32_t shards[MAX_LIST], shard_lists;
    const char *fault;
    bool json, catches;
} options;

static bool read_shards(const char *list, options *o)
{
    o->shard_lists = 0;
    while (*list && o->shard_lists < MAX_LIST) {
        char *end;
        unsigned long n = strtoul(list, &end, 10);
        if (end == list || n < 1 || n > MAX_SHARDS)
            return false;
        o->shards[o->shard_lists++] = (uint32_t)n;
        list = *end == ',' ? end + 1 : end;
    }
    return o->shard_lists > 0;
}

static bool read_options(int argc, char **argv, options *o)
{
    static const struct option known[] = {
        {"seed", required_argument, NULL, 's'},     {"statements", required_argument, NULL, 'n'},
        {"shards", required_argument, NULL, 'h'},   {"category", required_argument, NULL, 'c'},
        {"json", no_argument, NULL, 'j'},           {"verbose", no_argument, NULL, 'v'},
        {"no-shrink", no_argument, NULL, 'k'},      {"catch", no_argument, NULL, 'x'},
        {"sql-mode", required_argument, NULL, 'm'}, {"without", required_argument, NULL, 'w'},
        {"fault", required_argument, NULL, 'f'},    {NULL, 0, NULL, 0},
    };
    for (int c; (c = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        switch (c) {
        case 's':
            o->run.seed = strtoull(optarg, NULL, 10);
            break;
        case 'n':
            o->run.statements = strtoull(optarg, NULL, 10);
            break;
        case 'h':
            if (!read_shards(optarg, o))
                return false;
            break;
        case 'c':
            o->run.category = optarg;
            if (!category_named(optarg))
                return false;
            break;
        case 'w':
            o->run.without = optarg;
            break;
        case 'm':
            o->run.sql_mode = optarg;
            break;
        case 'j':
            o->json = true;
            break;
        case 'v':
            o->run.verbose = true;
            break;
        case 'k':
            o->run.shrink = false;
            break;
        case 'x':
            o->catches = true;
            break;
        case 'f':
            o->fault = optarg;
            break;
        default:
            return false;
        }
    }
    return optind == argc;
}

/* The first line of a file, without its end. */
static bool read_line(const char *path, char *line, size_t size)
{
    FILE *file = fopen(path, "r");
    bool read = file && fgets(line, (int)size, file);
    if (file)
        fclose(file);
    if (read)
        line[strcspn(line, "\n")] = '\0';
    return read;
}

static bool run_over_all(options *o)
{
    bool good = true;
    for (uint32_t i = 0; i < o->shard_lists; i++) {
        report *r = calloc(1, sizeof *r);
        o->run.shards = o->shards[i];
        bool ran = r && run_all(&o->run, r);
        good = ran && report_print(r, o->json) && good;
        fflush(stdout);
        free(r);
    }
    return good;
}

int main(int argc, char **argv)
{
    static char path[4096], socket[4096], password[256], defaults[8192], address[4200];
    options o = {.run = {.seed = 1, .statements = 2000, .shrink = true}, .shards = {1, 2, 3, 8}, .shard_lists = 4};
    const char *folder = getenv("WEIR_PLAYGROUND_DIR");
    if (!read_options(argc, argv, &o)) {
        fputs(help_text, stderr);
        return 2;
    }
    if (!folder) {
        fputs("differential: run it by ctest or under `weir playground run`\n", stderr);
        return 2;
    }
    snprintf(path, sizeof path, "%.4000s/password", folder);
    snprintf(socket, sizeof socket, "%.4000s/shop/sock", folder);
    if (!read_line(path, password, sizeof password)) {
        fprintf(stderr, "differential: no password in %s\n", path);
        return 2;
    }
    int size = snprintf(defaults, sizeof defaults, "  user: app\n  password: {file: \"%.4000s\"}\n", path);
    if (o.run.sql_mode)
        snprintf(defaults + size, sizeof defaults - (size_t)size, "  connection: {sql_mode: \"%s\"}\n", o.run.sql_mode);
    snprintf(address, sizeof address, "%.4000s", socket);
    o.run.socket = socket;
    o.run.password = password;
    o.run.address = address;
    o.run.defaults = defaults;
    return (o.catches ? catch_all(&o.run, o.fault) : run_over_all(&o)) ? 0 : 1;
}
