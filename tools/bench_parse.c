/* bench_parse.c - `weir bench parse`: what understanding a statement costs. SPDX-License-Identifier: Apache-2.0
 * Each figure is the median of several rounds; a round repeats the work until it is long enough for the clock. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "router/sql/ast.h"
#include "router/sql/effects.h"
#include "router/plan/plan_cache.h"
#include "router/sql/fingerprint.h"
#include "tools/bench.h"

enum {
    ROUNDS = 9,
    ARENA_BYTES = 16 * 1024 * 1024,
    FIRST_BLOCK = 64 * 1024,
    TEXT_ROOM = 8192,
    SLOT_ROOM = 64,
    RUN_ROOM = 8
};

static const char point_select[] = "SELECT id, name, email, created_at FROM users WHERE tenant_id = 42 AND email = "
                                   "'someone@example.com' AND status = 3 LIMIT 1";

/* TPC-H query 8. */
static const char tpch[] =
    "select o_year, sum(case when nation = 'BRAZIL' then volume else 0 end) / sum(volume) as mkt_share from (select "
    "extract(year from o_orderdate) as o_year, l_extendedprice * (1 - l_discount) as volume, n2.n_name as nation from "
    "part, supplier, lineitem, orders, customer, nation n1, nation n2, region where p_partkey = l_partkey and "
    "s_suppkey "
    "= l_suppkey and l_orderkey = o_orderkey and o_custkey = c_custkey and c_nationkey = n1.n_nationkey and "
    "n1.n_regionkey = r_regionkey and r_name = 'AMERICA' and s_nationkey = n2.n_nationkey and o_orderdate between date "
    "'1995-01-01' and date '1996-12-31' and p_type = 'ECONOMY ANODIZED STEEL') as all_nations group by o_year order by "
    "o_year";

/* What services send: short and long, reads and writes, with and without comments. */
static const char *const mixed[] = {
    point_select,
    tpch,
    "SELECT * FROM orders WHERE user_id = 123456 ORDER BY created_at DESC LIMIT 20",
    "INSERT INTO events (user_id, kind, payload, created_at) VALUES (17, 'click', "
    "'{\"page\": \"/products/4711\", \"referrer\": \"https://example.com/search?q=weir\"}', NOW()), (18, 'view', "
    "'{\"page\": \"/\"}', NOW())",
    "UPDATE accounts SET balance = balance - 125.50, updated_at = NOW() WHERE id = 991 AND balance >= 125.50",
    "DELETE FROM sessions WHERE expires_at < '2026-01-01 00:00:00' LIMIT 1000",
    "BEGIN",
    "COMMIT",
    "SELECT `t0`.`id` AS `c0`, `t0`.`title` AS `c1`, `t1`.`id` AS `c2`, `t1`.`body` AS `c3` FROM `posts` AS `t0` LEFT "
    "OUTER JOIN `comments` AS `t1` ON (`t0`.`id` = `t1`.`post_id`) WHERE (`t0`.`published` = 1 AND `t0`.`author_id` IN "
    "(1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233)) ORDER BY `t0`.`id` ASC",
    "/* controller=orders action=index */ SELECT count(*) FROM orders o JOIN order_lines l ON l.order_id = o.id WHERE "
    "o.state IN ('paid', 'sent') -- nightly\n AND l.sku LIKE 'A-%'",
    "INSERT INTO counters (name, n) VALUES ('hits', 1) ON DUPLICATE KEY UPDATE n = n + VALUES(n)",
    "WITH RECURSIVE tree (id, parent, depth) AS (SELECT id, parent, 0 FROM nodes WHERE id = ? UNION ALL SELECT n.id, "
    "n.parent, t.depth + 1 FROM nodes n JOIN tree t ON n.parent = t.id) SELECT * FROM tree WHERE depth < 10",
    "SELECT product, sum(amount) OVER (PARTITION BY region ORDER BY day ROWS BETWEEN 6 PRECEDING AND CURRENT ROW) FROM "
    "sales WHERE day BETWEEN '2026-01-01' AND '2026-03-31'",
};

enum { MIXED = sizeof mixed / sizeof *mixed };

typedef struct work {
    weir_str sql;
    weir__plan_cache *plans;
    char changing[256]; /* the point select, with another literal each time */
    uint64_t literal;
    weir__arena arena;
    weir__slot slots[SLOT_ROOM];
    weir__run runs[RUN_ROOM];
    char text[TEXT_ROOM];
    uint64_t sum; /* of results, so that nothing is left out by the compiler */
    bool failed;
} work;

static const weir__lex_options options = {.flavour = WEIR__MARIADB, .version = 101106};

static void lex(work *w)
{
    weir__lexer lexer;
    weir__lexer_init(&lexer, w->sql, &options);
    for (weir__token t = weir__lex(&lexer); t.id != WEIR__TK_EOF; t = weir__lex(&lexer))
        w->sum += t.id;
}

static void lex_mixed(work *w)
{
    for (size_t i = 0; i < MIXED; i++) {
        w->sql = (weir_str){mixed[i], strlen(mixed[i])};
        lex(w);
    }
}

static void fingerprint(work *w, weir__fingerprint_kind kind)
{
    weir__fingerprint f;
    const weir__fingerprint_room room = {w->text, sizeof w->text, w->slots, SLOT_ROOM, w->runs, RUN_ROOM};
    weir__fingerprint_of(w->sql, &options, kind, &room, &f);
    w->sum += f.hash;
    w->failed |= f.cut || f.bad;
}

static void fingerprint_plan(work *w)
{
    fingerprint(w, WEIR__FINGERPRINT_PLAN);
}

static void fingerprint_log(work *w)
{
    fingerprint(w, WEIR__FINGERPRINT_LOG);
}

static void effects(work *w)
{
    weir__sql_effects e = weir__sql_effects_of(w->sql, &options);
    w->sum += e.verb + e.plain_read;
}

static void parse(work *w)
{
    weir__tree tree;
    weir_error error;
    weir__arena_reset(&w->arena);
    w->failed |= weir__parse(w->sql, &options, &w->arena, &tree, &error) != WEIR_OK;
    w->sum += tree.root ? tree.root->kind : 0;
}

static void find_plan(work *w)
{
    static const weir__plan_context context = {{.flavour = WEIR__MARIADB, .version = 101106}, 1, 0};
    weir__lookup lookup;
    weir_error error;
    if (weir__plan_take(w->plans, w->sql, &context, &lookup, &error) != WEIR_OK) {
        w->failed = true;
        return;
    }
    w->sum += lookup.slot_count;
    weir__plan_give(&lookup);
}

/* tenant_id = 42 becomes 10, 11, .. 99, 10, ..: as long as it was */
static void find_plan_of_new_literals(work *w)
{
    char *digits = strstr(w->changing, " = ") + 3;
    uint64_t n = w->literal++;
    digits[0] = (char)('1' + n / 10 % 9);
    digits[1] = (char)('0' + n % 10);
    char *more = strchr(w->changing, '\'') + 1; /* and the e-mail's first letters */
    for (int i = 0; i < 4; i++, n /= 26)
        more[i] = (char)('a' + n % 26);
    weir_str sql = w->sql;
    w->sql.data = w->changing;
    find_plan(w);
    w->sql = sql;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Nanoseconds of one run: of the median round, and of the fastest, which the machine's other work disturbs least. */
typedef struct figure {
    double median, least;
} figure;

static figure measure(const weir__clock *clock, work *w, void (*run)(work *), uint64_t round_ns)
{
    double rounds[ROUNDS];
    uint64_t times = 1, took;

    do { /* how often a round needs it */
        uint64_t begin = weir__now(clock);
        for (uint64_t i = 0; i < times; i++)
            run(w);
        took = weir__now(clock) - begin;
        times *= 2;
    } while (took < round_ns / 2);
    for (size_t r = 0; r < ROUNDS; r++) {
        uint64_t begin = weir__now(clock);
        for (uint64_t i = 0; i < times; i++)
            run(w);
        rounds[r] = (double)(weir__now(clock) - begin) / (double)times;
    }
    qsort(rounds, ROUNDS, sizeof *rounds, by_size);
    return (figure){rounds[ROUNDS / 2], rounds[0]};
}

static void report(const weir__clock *clock, work *w, const char *name, void (*run)(work *), uint64_t round_ns,
                   double goal)
{
    figure ns = measure(clock, w, run, round_ns);
    printf("  %-32s %8.0f ns   least %6.0f ns", name, ns.median, ns.least);
    if (goal > 0)
        printf("   goal %6.0f ns%s", goal, ns.median > goal ? "   missed" : "");
    printf("\n");
}

static void report_all(const weir__clock *clock, work *w, uint64_t round_ns)
{
    size_t bytes = 0;
    double speed, most;

    w->sql = (weir_str){point_select, sizeof point_select - 1};
    printf("point select of %zu bytes\n", w->sql.size);
    report(clock, w, "lex", lex, round_ns, 0);
    report(clock, w, "lex and fingerprint", fingerprint_plan, round_ns, 300);
    report(clock, w, "fingerprint for logs", fingerprint_log, round_ns, 0);
    report(clock, w, "effects", effects, round_ns, 0);
    report(clock, w, "full parse", parse, round_ns, 2000);
    snprintf(w->changing, sizeof w->changing, "%.*s", (int)w->sql.size, w->sql.data);
    report(clock, w, "known text: plan found", find_plan, round_ns, 100);
    report(clock, w, "new literals: plan found", find_plan_of_new_literals, round_ns, 300);
    w->sql = (weir_str){tpch, sizeof tpch - 1};
    printf("TPC-H query 8 of %zu bytes\n", w->sql.size);
    report(clock, w, "lex and fingerprint", fingerprint_plan, round_ns, 0);
    report(clock, w, "full parse", parse, round_ns, 15000);
    for (size_t i = 0; i < MIXED; i++)
        bytes += strlen(mixed[i]);
    printf("%d mixed statements of %zu bytes\n", MIXED, bytes);
    figure ns = measure(clock, w, lex_mixed, round_ns);
    speed = (double)bytes * 1e3 / ns.median;
    most = (double)bytes * 1e3 / ns.least;
    printf("  %-32s %8.0f MB/s  most %6.0f MB/s goal %6d MB/s%s\n", "lex", speed, most, 300,
           speed < 300 ? " missed" : "");
}

static int help(void)
{
    printf("usage: weir bench parse [--round-ms N]\n\n"
           "Measures what weir does with the text of a statement before it goes anywhere.\n"
           "  --round-ms N   length of one round, 1 to 10000; a figure is the median of %d rounds, least the fastest "
           "of them.\n"
           "                 default 50\n",
           ROUNDS);
    return EXIT_DONE;
}

int bench_parse(int argc, char **argv)
{
    static _Alignas(64) char first_block[FIRST_BLOCK];
    static work w;
    unsigned long round_ms = 50;
    weir__env env;

    for (int i = 1; i < argc; i++) {
        char *end = NULL;
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return help();
        if (strcmp(argv[i], "--round-ms") != 0 || i + 1 == argc)
            return usage_error("bench", "parse: '%s' is not understood", argv[i]);
        errno = 0;
        round_ms = strtoul(argv[++i], &end, 10);
        if (errno || *end || round_ms < 1 || round_ms > 10000)
            return usage_error("bench", "parse: --round-ms '%s' is not a number from 1 to 10000", argv[i]);
    }
    weir__env_init(&env);
    weir__arena_init_with(&w.arena, &env.mem, ARENA_BYTES, first_block, sizeof first_block);
    weir_error error;
    if (weir__plan_cache_new(&env, &w.plans, &error) != WEIR_OK) {
        fprintf(stderr, "weir bench parse: %s\n", error.text);
        return EXIT_FAILED;
    }
    report_all(&env.clock, &w, (uint64_t)round_ms * 1000000u);
    weir__plan_cache_free(w.plans);
    weir__arena_deinit(&w.arena);
    if (w.failed) {
        fprintf(stderr, "weir bench parse: a statement was not understood\n");
        return EXIT_FAILED;
    }
    return EXIT_DONE;
}
