/* bench_route.c - `weir bench route`: what finding the shard of a known statement takes. SPDX-License-Identifier: Apache-2.0
 * Needs no server: the table is described here. Round by round over few and over many shards, so that what else the machine does hits
 * both alike; the median counts. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/str.h"
#include "router/route/route.h"
#include "tools/bench.h"

enum { ROUNDS = 15, MANY = 1000, FEW = 2, ROOM = 1024, YAML = 1 << 20 };

static const char select_sql[] = "SELECT a, b FROM users WHERE id = ? AND state = 'open'";
static const char insert_sql[] = "INSERT INTO users (id, a) VALUES (?, 'x')";

/* One weir.yaml with its statements. */
typedef struct bench {
    weir__env env;
    size_t shards;
    double load_ms;
    weir__config *config;
    const weir__table *table;
    struct bound {
        weir__plan *plan;
        weir__lookup lookup;
        weir__routing *routing;
    } select, insert;
    uint64_t sum;
    int64_t key;
} bench;

static weir_status find(void *context, const weir__table_config *rule, const weir__shard_config *shard, weir_str name,
                        const weir__table **table, weir_error *error)
{
    const bench *b = context;
    (void)rule, (void)shard, (void)name, (void)error;
    *table = weir__table_ref(b->table);
    return WEIR_OK;
}

static weir_status describe(bench *b, weir_error *error)
{
    weir__table_builder *builder = weir__table_begin(&b->env.mem, weir__view("users"));
    weir__table *table = NULL;
    if (!builder)
        return WEIR_NOMEM;
    weir__table_set_kind(builder, false, weir__view("InnoDB"));
    weir__column column = {
        .name = "id", .type_text = "bigint(20)", .charset = "", .collation = "", .preset = "", .expression = ""};
    weir__table_add_column(builder, &column);
    column.name = "a";
    weir__table_add_column(builder, &column);
    weir_status status = weir__table_end(builder, &table, error);
    b->table = table;
    return status;
}

static weir_status prepare(bench *b, struct bound *to, const char *sql, weir_error *error)
{
    static const weir__lex_options reading = {.flavour = WEIR__MARIADB, .version = 101106};
    const weir__routing_context context = {
        .env = &b->env, .config = b->config, .database = b->config->databases, .find = find, .context = b};
    weir_status status = weir__plan_build(weir__view(sql), &reading, &b->env, &to->plan, error);
    if (status != WEIR_OK)
        return status;
    to->lookup = (weir__lookup){.plan = to->plan, .sql = weir__view(sql), .reading = reading, .parameters = 1};
    return weir__routing_new(&to->lookup, &context, &to->routing, error);
}

/* Each shard in 16 pieces, as after some moves. */
static weir_status load(bench *b, weir_error *error)
{
    weir__buf yaml;
    weir__buf_init(&yaml, &b->env.mem, YAML);
    weir__buf_addf(&yaml, "databases: {shop: {slots: %zu, shards: {\n", b->shards * 32);
    for (size_t i = 0; i < b->shards; i++) {
        weir__buf_addf(&yaml, "%ss%zu: {primary: \"db%zu:3306\", schema: shop_%zu, slots: [", i ? ",\n" : "", i, i, i);
        for (size_t n = 0; n < 16; n++)
            weir__buf_addf(&yaml, "%s%zu-%zu", n ? ", " : "", (n * b->shards + i) * 2, (n * b->shards + i) * 2 + 1);
        weir__buf_adds(&yaml, "]}");
    }
    weir__buf_adds(&yaml, "}}}\ntables: {users: {shard_by: id}}\n");
    weir_str text = {weir__buf_text(&yaml), yaml.size};
    uint64_t begin = weir__now(&b->env.clock);
    weir_status status = weir__config_parse(&b->env, "weir.yaml", text, &b->config, NULL, error);
    b->load_ms = (double)(weir__now(&b->env.clock) - begin) / 1e6;
    weir__buf_deinit(&yaml);
    return status;
}

static weir_status open_bench(bench *b, size_t shards, weir_error *error)
{
    weir__env_init(&b->env);
    b->shards = shards;
    weir_status status = load(b, error);
    if (status == WEIR_OK)
        status = describe(b, error);
    if (status == WEIR_OK)
        status = prepare(b, &b->select, select_sql, error);
    if (status == WEIR_OK)
        status = prepare(b, &b->insert, insert_sql, error);
    return status;
}

static void close_bench(bench *b)
{
    weir__routing_free(b->select.routing);
    weir__routing_free(b->insert.routing);
    weir__plan_unref(b->select.plan);
    weir__plan_unref(b->insert.plan);
    weir__table_unref(b->table);
    weir__config_free(&b->env, b->config);
}

/* What the path does for a statement whose plan and routing are known. */
static void route_once(bench *b, struct bound *of)
{
    _Alignas(max_align_t) char room[ROOM];
    weir__arena arena;
    weir__route *route;
    weir_error error;
    weir_value value = weir_int(b->key++);
    const weir__route_options options = {.args = {&value, 1}};
    weir__arena_init_with(&arena, &b->env.mem, WEIR__MAX_PLAN_BYTES, room, sizeof room);
    if (weir__route_new(of->routing, &of->lookup, &options, &arena, &route, &error) == WEIR_OK && route->target_count)
        b->sum += (uint64_t)(route->targets[0].shard - b->config->databases[0].shards) + 1;
    weir__arena_deinit(&arena);
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double once(bench *b, struct bound *of, uint64_t times)
{
    uint64_t begin = weir__now(&b->env.clock);
    for (uint64_t i = 0; i < times; i++)
        route_once(b, of);
    return (double)(weir__now(&b->env.clock) - begin) / (double)times;
}

static void report(const char *name, bench *few, struct bound *of_few, bench *many, struct bound *of_many,
                   uint64_t times)
{
    double a[ROUNDS], b[ROUNDS];
    for (int r = 0; r < ROUNDS; r++) {
        a[r] = once(few, of_few, times);
        b[r] = once(many, of_many, times);
    }
    qsort(a, ROUNDS, sizeof *a, by_size);
    qsort(b, ROUNDS, sizeof *b, by_size);
    printf("  %-24s %6.0f ns over %d shards   %6.0f ns over %d   goal %d ns\n", name, a[ROUNDS / 2], FEW, b[ROUNDS / 2],
           MANY, 300);
}

int bench_route(int argc, char **argv)
{
    static bench few, many;
    unsigned long times = 200000;
    weir_error error;
    for (int i = 1; i < argc; i++) {
        char *end = NULL;
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            printf("usage: weir bench route [--times N]\n\n"
                   "Measures what finding the shard of a statement takes whose plan is known, over %d and over %d\n"
                   "shards, and reading their weir.yaml. Needs no server.\n"
                   "  --times N   statements in a round, 1 to 100000000; the median of %d rounds counts.\n"
                   "              default 200000\n",
                   FEW, MANY, ROUNDS);
            return EXIT_DONE;
        }
        if (strcmp(argv[i], "--times") != 0 || i + 1 == argc)
            return usage_error("bench", "route: '%s' is not understood", argv[i]);
        errno = 0;
        times = strtoul(argv[++i], &end, 10);
        if (errno || *end || times < 1 || times > 100000000)
            return usage_error("bench", "route: --times '%s' is not a number from 1 to 100000000", argv[i]);
    }
    weir_status status = open_bench(&few, FEW, &error);
    if (status == WEIR_OK)
        status = open_bench(&many, MANY, &error);
    if (status != WEIR_OK) {
        fprintf(stderr, "weir bench route: %s\n", error.text);
    } else {
        printf("%s\n", select_sql);
        report("shard found", &few, &few.select, &many, &many.select, times);
        printf("%s\n", insert_sql);
        report("shard found", &few, &few.insert, &many, &many.insert, times);
        printf("weir.yaml of %d shards in 16 pieces each\n  %-24s %6.1f ms   goal 50 ms\n", MANY, "read and checked",
               many.load_ms);
    }
    close_bench(&few);
    close_bench(&many);
    return status == WEIR_OK && few.sum && many.sum ? EXIT_DONE : EXIT_FAILED;
}
