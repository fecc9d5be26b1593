/* bench_scatter_run.c - what `weir bench scatter` measures. SPDX-License-Identifier: Apache-2.0
 * Makes the table weir_bench_scatter on the primaries of the first database's shards, measures, drops it. The sides take turns by single
 * statements, another one first each time, so that whatever else the machine does meets all of them alike. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "tools/bench_scatter.h"

enum { YAML_BYTES = 32 * 1024, FEW = 100, WARM = 5, WAITS = 5 };

typedef struct weir_side {
    weir_client *client;
    weir_session *session;
    uint64_t bytes;
} weir_side;

static const unsigned part_shards[SCATTER_PARTS] = {2, 4, 8};
const char *const scatter_query = "SELECT id, c FROM weir_bench_scatter WHERE v < 100";
const char *const scatter_ordered = "SELECT id FROM weir_bench_scatter ORDER BY id";
/* One row of each shard: ids go round. */
const char *const scatter_waiting = "SELECT id, SLEEP((id + 1) / 100) FROM weir_bench_scatter WHERE v = 0";

static bool failed(const char *why)
{
    fprintf(stderr, "weir bench scatter: %s\n", why);
    return false;
}

static const weir__shard_config *shard_of(const scatter_bench *b, unsigned i)
{
    return &b->servers.config->databases[0].shards[i];
}

/* ---- what it runs on ---- */

static bool connect_raw(scatter_bench *b)
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
static bool make_tables(scatter_bench *b)
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

static void drop_tables(scatter_bench *b)
{
    char why[RAW_WHY];
    for (unsigned i = 0; b->raw && i < b->shards; i++)
        if (!raw_scatter_run(b->raw, i, "DROP TABLE IF EXISTS weir_bench_scatter", why))
            failed(why);
}

/* A weir.yaml of its own: the first shards of the database, the same servers and login. */
static void write_yaml(const scatter_bench *b, unsigned shards, weir__buf *yaml)
{
    const weir__settings *s = &shard_of(b, 0)->settings;
    weir__buf_addf(yaml, "defaults: {timeouts: {query: 60s, connect: 5s}, user: '%s'", s->user);
    if (s->password.from != WEIR__SECRET_NONE)
        weir__buf_addf(yaml, ", password: {%s: '%s'}", s->password.from == WEIR__SECRET_ENV ? "env" : "file",
                       s->password.name);
    weir__buf_adds(yaml, "}\ndatabases:\n  bench:\n    slots: 1024\n    shards:\n");
    for (unsigned i = 0; i < shards; i++)
        weir__buf_addf(yaml, "      s%u: {primary: '%s', schema: '%s', slots: %u-%u}\n", i,
                       shard_of(b, i)->primary.address.text, shard_of(b, i)->schema, i * 1024 / shards,
                       (i + 1) * 1024 / shards - 1);
    weir__buf_adds(yaml, "tables:\n  weir_bench_scatter: {shard_by: id}\n");
}

static bool open_weir(const scatter_bench *b, unsigned shards, weir_side *w)
{
    weir__buf yaml;
    weir_error error = {.text = "out of memory"};
    weir_client_options options = WEIR_CLIENT_OPTIONS_INIT;
    *w = (weir_side){NULL, NULL, 0};
    weir__buf_init(&yaml, &b->servers.env.mem, YAML_BYTES);
    write_yaml(b, shards, &yaml);
    options.yaml = weir__buf_text(&yaml);
    weir_status status = yaml.failed ? WEIR_NOMEM : weir_open(NULL, &options, &w->client, &error);
    weir__buf_deinit(&yaml);
    if (status == WEIR_OK)
        status = weir_session_open(w->client, NULL, &w->session, &error);
    return status == WEIR_OK || failed(error.text);
}

static void close_weir(weir_side *w)
{
    weir_session_close(w->session);
    weir_close(w->client);
}

/* ---- one statement ---- */

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

/* All rows: the first column is a number, in order where most_kib is asked for; of the others the size is looked at. */
static bool read_weir(weir_side *w, const char *sql, uint64_t *rows, uint64_t *most_kib)
{
    weir_rows *stream = NULL;
    weir_error error;
    weir_status status = weir_query(w->session, sql, weir_no_args(), &stream, &error);
    int64_t last = INT64_MIN;
    if (status != WEIR_OK)
        return failed(error.text);
    uint32_t columns = weir_column_count(stream);
    while (weir_next(stream)) {
        int64_t id = weir_get_int(stream, 0);
        if (most_kib && id <= last)
            return failed("the rows are not in order") || weir_finish(stream, &error) == WEIR_OK;
        last = id;
        for (uint32_t i = 1; i < columns; i++)
            w->bytes += weir_get_text(stream, i).size;
        if (++*rows % 50000 == 0 && most_kib) {
            uint64_t kib = resident();
            *most_kib = kib > *most_kib ? kib : *most_kib;
        }
    }
    status = weir_finish(stream, &error);
    return status == WEIR_OK || failed(error.text);
}

static bool read_side(scatter_bench *b, weir_side *w, unsigned shards, unsigned side, const char *sql, uint64_t *rows)
{
    char why[RAW_WHY];
    *rows = 0;
    if (side == SCATTER_WEIR)
        return read_weir(w, sql, rows, NULL);
    bool good = side == SCATTER_AT_ONCE ? raw_scatter_at_once(b->raw, shards, sql, rows, why)
                                        : raw_scatter_in_turn(b->raw, shards, sql, rows, why);
    return good || failed(why);
}

static double seconds_of(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static bool time_side(scatter_bench *b, weir_side *w, const scatter_part *part, unsigned side, const char *sql,
                      uint64_t expected, scatter_rate *sum)
{
    uint64_t rows;
    double begun = seconds_of(CLOCK_MONOTONIC), cpu = seconds_of(CLOCK_THREAD_CPUTIME_ID);
    if (!read_side(b, w, part->shards, side, sql, &rows))
        return false;
    sum->cpu_seconds += seconds_of(CLOCK_THREAD_CPUTIME_ID) - cpu;
    sum->seconds += seconds_of(CLOCK_MONOTONIC) - begun;
    return rows == expected || failed("a statement gave another number of rows");
}

/* ---- parts ---- */

/* A round: the sides by turns, statement by statement, until it has taken its time. */
static bool run_round(scatter_bench *b, weir_side *w, scatter_part *part, uint64_t round)
{
    const uint64_t expected = part->shards * (b->rows < FEW ? b->rows : FEW);
    const double until = seconds_of(CLOCK_MONOTONIC) + (double)(b->round_ms * SCATTER_SIDES) / 1e3;
    uint64_t done = 0;
    scatter_rate sums[SCATTER_SIDES] = {{0, 0}};
    bool good = true;
    do {
        for (unsigned i = 0; i < SCATTER_SIDES && good; i++) {
            unsigned side = (unsigned)((round + done + i) % SCATTER_SIDES);
            good = time_side(b, w, part, side, scatter_query, expected, &sums[side]);
        }
        done++;
    } while (good && seconds_of(CLOCK_MONOTONIC) < until);
    for (unsigned side = 0; side < SCATTER_SIDES; side++)
        part->rounds[side][round] =
            (scatter_rate){sums[side].seconds / (double)done, sums[side].cpu_seconds / (double)done};
    return good;
}

static bool measure_waiting(scatter_bench *b, weir_side *w, scatter_part *part)
{
    scatter_rate sums[SCATTER_SIDES] = {{0, 0}};
    for (unsigned i = 0; i < WAITS * SCATTER_SIDES; i++)
        if (!time_side(b, w, part, i % SCATTER_SIDES, scatter_waiting, part->shards, &sums[i % SCATTER_SIDES]))
            return false;
    for (unsigned side = 0; side < SCATTER_SIDES; side++)
        part->waited_ms[side] = sums[side].seconds * 1e3 / WAITS;
    return true;
}

static bool measure_part(scatter_bench *b, scatter_part *part)
{
    weir_side w;
    uint64_t rows;
    bool good = open_weir(b, part->shards, &w);
    for (unsigned i = 0; i < WARM * SCATTER_SIDES && good; i++)
        good = read_side(b, &w, part->shards, i % SCATTER_SIDES, scatter_query, &rows);
    for (uint64_t round = 0; round < b->rounds && good; round++)
        good = run_round(b, &w, part, round);
    good = good && measure_waiting(b, &w, part);
    close_weir(&w);
    return good;
}

static bool merge_once(scatter_bench *b, weir_side *w, unsigned side, uint64_t *rows)
{
    char why[RAW_WHY];
    uint64_t before = resident(), most = 0;
    *rows = 0;
    if (side != SCATTER_MERGED_WEIR)
        return (side == SCATTER_MERGED_HAND ? raw_scatter_ordered : raw_scatter_at_once)(b->raw, b->merged_shards,
                                                                                         scatter_ordered, rows, why) ||
               failed(why);
    if (!read_weir(w, scatter_ordered, rows, &most))
        return false;
    uint64_t grew = most > before ? most - before : 0;
    b->merge_kib = grew > b->merge_kib ? grew : b->merge_kib;
    return true;
}

static bool measure_merge(scatter_bench *b)
{
    weir_side w;
    uint64_t rows = 0;
    b->merged_shards = b->shards < SCATTER_MERGED_SHARDS ? b->shards : SCATTER_MERGED_SHARDS;
    bool good = open_weir(b, b->merged_shards, &w) && read_weir(&w, scatter_query, &rows, NULL);
    for (unsigned i = 0; i < SCATTER_MERGES * SCATTER_SIDES && good; i++) {
        unsigned round = i / SCATTER_SIDES, side = (i + round) % SCATTER_SIDES;
        double begun = seconds_of(CLOCK_MONOTONIC);
        good = merge_once(b, &w, side, &rows);
        b->merge_seconds[side][round] = seconds_of(CLOCK_MONOTONIC) - begun;
        if (good && rows != b->merged_shards * b->rows)
            good = failed("a merge gave another number of rows");
    }
    close_weir(&w);
    return good;
}

bool scatter_measure(scatter_bench *b)
{
    bool good = connect_raw(b) && make_tables(b);
    for (unsigned i = 0; i < SCATTER_PARTS && good && part_shards[i] <= b->shards; i++) {
        b->parts[i].shards = part_shards[i];
        good = measure_part(b, &b->parts[i]);
        b->part_count += good;
    }
    good = good && measure_merge(b);
    drop_tables(b);
    raw_scatter_free(b->raw);
    return good;
}
