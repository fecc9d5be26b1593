/* scatter_test.c - reads over two shards against the same rows on one server: equal rows, equal columns. SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/buf.h"
#include "base/str.h"
#include "schema/config.h"
#include "tests/support/live.h"

enum { ROWS = 300, MOST_TEXT = 1 << 20 };

typedef struct cluster {
    live store;     /* rows, spread over two shards; rows_one: the same, all on one */
    live shards[2]; /* each of them by itself */
} cluster;

static const char *const names[] = {"one", "two"};

#define COLUMNS                                                                                                        \
    "(id BIGINT NOT NULL PRIMARY KEY, name VARCHAR(20) COLLATE utf8mb4_general_ci, uni VARCHAR(20) COLLATE "           \
    "utf8mb4_unicode_ci, bin VARCHAR(20) COLLATE utf8mb4_bin, age INT, score DECIMAL(12,5), ratio DOUBLE, part "       \
    "FLOAT, "                                                                                                          \
    "seen TIMESTAMP NULL, born DATE, at DATETIME(3), took TIME, kind ENUM('z','m','a'), bits BIT(9), country "         \
    "CHAR(2)) CHARACTER SET utf8mb4"

static void add_databases(weir__buf *yaml, const weir__config *config)
{
    weir__buf_adds(yaml, "databases:\n  store:\n    other_tables: refuse\n    shards:\n");
    for (int i = 0; i < 2; i++)
        weir__buf_addf(yaml, "      %s: {primary: \"%s\", schema: shop, slots: %s}\n", names[i],
                       config->databases[0].shards[i].primary.address.text, i ? "512-1023" : "0-511");
    weir__buf_adds(yaml, "tables:\n  t: {shard_by: id}\n  o: {shard_by: user_id, with: t}\n  t_one: {single: one}\n"
                         "  o_one: {single: one}\n  c: {everywhere: true}\n");
}

static void open_cluster(cluster *c)
{
    weir__config *config = NULL;
    weir_error error;
    weir__buf yaml;
    EXPECT_OK(weir__config_parse(test_env(), "weir.yaml", weir__view(live_yaml(NULL)), &config, NULL, &error), error);
    const char *text = live_yaml(NULL), *end = strstr(text, "databases:");
    for (int i = 0; i < 2 && config; i++) {
        weir__buf_init(&yaml, &test_env()->mem, 65536);
        weir__buf_add(&yaml, text, (size_t)(end - text));
        weir__buf_addf(&yaml, "databases:\n  %s: {primary: \"%s\", schema: shop}\n", names[i],
                       config->databases[0].shards[i].primary.address.text);
        live_open_config(&c->shards[i], weir__buf_text(&yaml));
        weir__buf_deinit(&yaml);
        live_run(&c->shards[i], "CREATE OR REPLACE TABLE t " COLUMNS, weir_no_args());
        live_run(&c->shards[i],
                 "CREATE OR REPLACE TABLE o (user_id BIGINT NOT NULL, n INT NOT NULL, PRIMARY KEY (user_id, n))",
                 weir_no_args());
        live_run(&c->shards[i], "CREATE OR REPLACE TABLE c (code CHAR(2) NOT NULL PRIMARY KEY) CHARACTER SET utf8mb4",
                 weir_no_args());
        live_run(&c->shards[i], "INSERT INTO c VALUES ('de'), ('fr'), ('xx')", weir_no_args());
    }
    live_run(&c->shards[0], "CREATE OR REPLACE TABLE t_one LIKE t", weir_no_args());
    live_run(&c->shards[0], "CREATE OR REPLACE TABLE o_one LIKE o", weir_no_args());
    weir__buf_init(&yaml, &test_env()->mem, 65536);
    weir__buf_add(&yaml, text, (size_t)(end - text));
    if (config)
        add_databases(&yaml, config);
    live_open_config(&c->store, weir__buf_text(&yaml));
    weir__buf_deinit(&yaml);
    weir__config_free(test_env(), config);
}

static void close_cluster(cluster *c)
{
    live_close(&c->store);
    for (int i = 0; i < 2; i++) {
        live_run(&c->shards[i], "DROP TABLE IF EXISTS t, o, c, t_one, o_one", weir_no_args());
        live_close(&c->shards[i]);
    }
}

static uint64_t seed = 11;
static unsigned chance(unsigned of)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(seed >> 33) % of;
}

/* A value of the column, with its quotes; NULL now and then. */
static void add_value(weir__buf *sql, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add_value(weir__buf *sql, const char *format, ...)
{
    va_list args;
    if (chance(8) == 0) {
        weir__buf_adds(sql, ", NULL");
        return;
    }
    weir__buf_adds(sql, ", ");
    va_start(args, format);
    weir__buf_addfv(sql, format, args);
    va_end(args);
}

static void fill(cluster *c)
{
    static const char *const words[] = {"a",  "A",  "a ",           "",      "\xC3\xA4", "b", "ss", "\xC3\x9F",
                                        "zz", "Zz", "\xE2\x82\xAC", "a\\0b", "10",       "9"};
    for (int i = 0; i < ROWS; i++) {
        weir__buf sql;
        char insert[64];
        weir__buf_init(&sql, &test_env()->mem, 65536);
        weir__buf_addf(&sql, "(%d", i - 50);
        for (int n = 0; n < 3; n++)
            add_value(&sql, "'%s%s'", words[chance(14)], words[chance(14)]);
        add_value(&sql, "%d", (int)chance(12) - 4);
        add_value(&sql, "%d.%05u", (int)chance(2000) - 1000, chance(100000));
        add_value(&sql, "%g", (double)chance(1000) / 7 - 50);
        add_value(&sql, "%g", (double)chance(40) / 3);
        add_value(&sql, "'2024-10-%02u %02u:15:00'", 20 + chance(10), chance(24));
        add_value(&sql, "'20%02u-0%u-11'", chance(30), 1 + chance(9));
        add_value(&sql, "'2024-01-0%u 10:00:00.%03u'", 1 + chance(9), chance(1000));
        add_value(&sql, "'%s%u:00:0%u'", chance(2) ? "-" : "", chance(300), chance(10));
        add_value(&sql, "%u", 1 + chance(3));
        add_value(&sql, "%u", chance(512));
        add_value(&sql, "'%s'", chance(2) ? "de" : "fr");
        weir__buf_adds(&sql, ")");
        for (int one = 0; one < 2; one++) {
            weir__buf all;
            weir__buf_init(&all, &test_env()->mem, 65536);
            snprintf(insert, sizeof insert, "INSERT INTO t%s VALUES ", one ? "_one" : "");
            weir__buf_addf(&all, "%s%s", insert, weir__buf_text(&sql));
            live_run(&c->store, weir__buf_text(&all), weir_no_args());
            weir__buf_deinit(&all);
            for (int n = 0; n < i % 4; n++) {
                snprintf(insert, sizeof insert, "INSERT INTO o%s VALUES (%d, %d)", one ? "_one" : "", i - 50, n);
                live_run(&c->store, insert, weir_no_args());
            }
        }
        weir__buf_deinit(&sql);
    }
}

/* ---- comparing ---- */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Columns and rows as text; rows of no certain order sorted. The caller frees. */
static char *answer(cluster *c, const char *sql, bool sorted, weir_args args)
{
    weir_rows *rows = NULL;
    weir_error error;
    weir__buf out, line;
    char *lines[2 * ROWS + 100];
    size_t count = 0;
    weir__buf_init(&out, &test_env()->mem, MOST_TEXT);
    weir_status status = weir_query(c->store.session, sql, args, &rows, &error);
    for (uint32_t i = 0; status == WEIR_OK && i < weir_column_count(rows); i++) {
        weir_column column = weir_column_at(rows, i);
        weir__buf_addf(&out, "%.*s:%d.%u%s%s|", WEIR__STR(column.name), (int)column.type, (unsigned)column.decimals,
                       column.nullable ? "?" : "", column.is_unsigned ? "u" : "");
    }
    while (status == WEIR_OK && weir_next(rows) && count < sizeof lines / sizeof *lines) {
        weir__buf_init(&line, &test_env()->mem, MOST_TEXT);
        for (uint32_t i = 0; i < weir_column_count(rows); i++) {
            weir_str text = weir_get_text(rows, i);
            weir__buf_addf(&line, "%s%.*s", i ? "|" : "\n", text.data ? (int)text.size : 1,
                           text.data ? text.data : "~");
        }
        lines[count++] = weir__buf_detach(&line, NULL);
    }
    if (status == WEIR_OK)
        status = weir_finish(rows, &error);
    if (sorted)
        qsort(lines, count, sizeof *lines, by_text);
    for (size_t i = 0; i < count; i++) {
        weir__buf_adds(&out, lines[i]);
        weir__free(&test_env()->mem, lines[i]);
    }
    if (status != WEIR_OK)
        weir__buf_addf(&out, "%s: %s", weir_status_name(status), error.text);
    return weir__buf_detach(&out, NULL);
}

/* {t} and {o} are the tables' names; a first # says that the order of the rows is certain. */
static void spell(const char *sql, bool one, weir__buf *out)
{
    for (; *sql; sql++) {
        if (*sql == '{') {
            weir__buf_addf(out, "%c%s", sql[1], one ? "_one" : "");
            sql += 2;
        } else {
            weir__buf_addc(out, *sql);
        }
    }
}

static void compare(cluster *c, const char *sql, weir_args args)
{
    weir__buf texts[2];
    char *answers[2];
    bool sorted = *sql != '#';
    for (int one = 0; one < 2; one++) {
        weir__buf_init(&texts[one], &test_env()->mem, 65536);
        spell(sql + !sorted, one != 0, &texts[one]);
        answers[one] = answer(c, weir__buf_text(&texts[one]), sorted, args);
    }
    size_t same = 0, line = 0; /* bytes that are alike; where the line of the first other one begins */
    for (; answers[0][same] && answers[0][same] == answers[1][same]; same++)
        line = answers[0][same] == '\n' ? same + 1 : line;
    EXPECT_THAT(answers[0][same] == answers[1][same], "%s\n    over two shards: %.200s\n    on one:          %.200s",
                sql, answers[0] + line, answers[1] + line);
    for (int one = 0; one < 2; one++) {
        weir__free(&test_env()->mem, answers[one]);
        weir__buf_deinit(&texts[one]);
    }
}

/* What one server finishes, from the parts. */
TEST(scatter, finishes_as_one_server)
{
    static const char *const statements[] = {
        "SELECT SUM(age) / COUNT(*), ROUND(AVG(score), 2), AVG(score) * 3, MAX(ratio) > 1 FROM {t} t",
        "SELECT kind, IF(COUNT(*) > 20, 'many', MIN(name)) FROM {t} t GROUP BY kind HAVING COUNT(*) > 2",
        "#SELECT age AS a, COUNT(*) AS cnt FROM {t} t GROUP BY a HAVING cnt > 3 ORDER BY SUM(score) / cnt, a LIMIT 4",
        "SELECT DISTINCT COUNT(*) FROM {t} t GROUP BY age",
        "#SELECT kind, SUM(age) + 1 FROM {t} t GROUP BY kind ORDER BY kind DESC, 2",
        "SELECT age, RANK() OVER (ORDER BY COUNT(*) DESC) FROM {t} t GROUP BY age",
        "SELECT kind, MIN(kind), MAX(part), MIN(at) FROM {t} t GROUP BY kind HAVING MAX(at) > '1990-01-01' AND "
        "MAX(part) > 1",
        "SELECT id FROM {t} t WHERE age > (SELECT AVG(n) FROM {o} o)",
        "SELECT id FROM {t} t WHERE id IN (SELECT n FROM {o} o WHERE n > 1)",
        "SELECT age FROM {t} t UNION SELECT n FROM {o} o",
        "#SELECT id, name FROM {t} t WHERE age = 2 UNION ALL (SELECT user_id, 'x' FROM {o} o ORDER BY 1 LIMIT 3) ORDER "
        "BY 1, 2",
        "SELECT t.id, o.user_id FROM {t} t JOIN {o} o ON o.n = t.age WHERE t.id IN (3, 4, 60)",
        "SELECT t.part, t.born, t.uni, o.n FROM {t} t JOIN {o} o ON o.n = t.age WHERE t.id < -40",
        "SELECT d.kind, d.c FROM (SELECT CONCAT(country) AS kind, COUNT(*) AS c FROM {t} x GROUP BY 1) d WHERE d.c > 1",
        /* HAZARD 14 */
        "SELECT c.code, t.id FROM c LEFT JOIN {t} t ON t.country = c.code",
        "SELECT code FROM c WHERE NOT EXISTS (SELECT 1 FROM {t} t WHERE t.country = c.code)",
        "SELECT code FROM c UNION ALL SELECT country FROM {t} t",
    };
    cluster c;
    open_cluster(&c);
    fill(&c);
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++)
        compare(&c, statements[i], weir_no_args());
    static const char *const bound[] = {
        "SELECT age, COUNT(*) * ? FROM {t} t WHERE id < ? GROUP BY age",
        "SELECT t.id, o.n FROM {t} t JOIN {o} o ON o.n = t.age WHERE t.id BETWEEN ? AND ? AND o.user_id < 3",
    };
    for (size_t i = 0; i < sizeof bound / sizeof *bound; i++)
        compare(&c, bound[i], WEIR_ARGS(weir_int(1), weir_int(9)));
    close_cluster(&c);
}

/* The bytes of all parts are bounded; where an hour comes twice, a TIMESTAMP is not made of its text (HAZARD 24). */
TEST(scatter, finishing_has_bounds)
{
    cluster c;
    weir_error error;
    weir_rows *rows;
    weir_query_options few = WEIR_QUERY_OPTIONS_INIT;
    few.max_bytes = 2000;
    open_cluster(&c);
    fill(&c);
    weir_str join = weir__view("SELECT t.id, o.n FROM t JOIN o ON o.n = t.age");
    EXPECT_STATUS(weir_query_with(c.store.session, &few, join, weir_no_args(), &rows, &error), error, WEIR_LIMIT);
    EXPECT_HAS(error.text, "2000 bytes");
    live_run(&c.store, "SET time_zone = 'SYSTEM'", weir_no_args());
    weir_status status = weir_execute(c.store.session, "SELECT MAX(seen) > 1 FROM t", weir_no_args(), NULL, &error);
    EXPECT_STATUS(status, error, WEIR_UNSUPPORTED);
    close_cluster(&c);
}

/* Averages and variances that print alike, and sums of FLOAT(m,d), are compared by what they are. */
TEST(scatter, compares_before_rounding)
{
    enum { ROWS_OF_TWO = 7000 };
    static const char *const statements[] = {
        "SELECT COUNT(*), SUM(id), SUM(bits+0) FROM {t} t",
        "#SELECT age, VAR_POP(id % 2) FROM {t} t GROUP BY age ORDER BY VAR_POP(id % 2)",
        "#SELECT age, VAR_POP(id % 2) FROM {t} t GROUP BY age ORDER BY VAR_POP(id % 2) DESC",
        "#SELECT age, STDDEV(id % 2) AS x FROM {t} t GROUP BY age HAVING COUNT(*) > 1 ORDER BY x DESC",
        "#SELECT age, AVG(DISTINCT id) * 3 AS x FROM {t} t WHERE id < 40 GROUP BY age ORDER BY x DESC",
        "SELECT DISTINCT AVG(id % 2) FROM {t} t GROUP BY age",
        "SELECT DISTINCT VAR_POP(id % 2) FROM {t} t GROUP BY age",
    };
    cluster c;
    open_cluster(&c);
    for (int i = 0; i < 3; i++) /* before weir looks at the tables */
        live_run(&c.shards[i % 2],
                 i == 2 ? "ALTER TABLE t_one ADD money FLOAT(7,2)" : "ALTER TABLE t ADD money FLOAT(7,2)",
                 weir_no_args());
    /* Averages of 1/3 and 2333/7000. Of so many ids about the half are odd: the variances print as 0.2500 or close to it. */
    for (int to = 0; to < 3; to++) { /* each second row is on the one shard, each other on the other; all in t_one */
        weir__buf sql;
        weir__buf_init(&sql, &test_env()->mem, MOST_TEXT);
        weir__buf_addf(&sql, "INSERT INTO t%s (id, age, bits, money) VALUES (%d, 1, 0, 7.05)", to == 2 ? "_one" : "",
                       to == 1 ? 2 : 1);
        if (to != 1)
            weir__buf_adds(&sql, ", (4, 1, 1, 7.05)");
        if (to == 2)
            weir__buf_adds(&sql, ", (2, 1, 0, 7.05)");
        for (int n = to % 2; n < ROWS_OF_TWO; n += to == 2 ? 1 : 2)
            weir__buf_addf(&sql, ", (%d, 2, %d, 12345.67)", n < 999 ? 21 + n : 100000 + 2 * n + n % 2, n < 2333);
        live_run(&c.shards[to % 2], weir__buf_text(&sql), weir_no_args());
        weir__buf_deinit(&sql);
    }
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++)
        compare(&c, statements[i], weir_no_args());
    compare(&c, "SELECT SUM(money), AVG(money) FROM {t} t", weir_no_args());
    compare(&c, "SELECT age, ROUND(SUM(money) / COUNT(*), 3), ROUND(AVG(money) + 1, 3) FROM {t} t GROUP BY age",
            weir_no_args());
    close_cluster(&c);
}

TEST(scatter, answers_as_one_server)
{
    static const char *const statements[] = {
        "SELECT * FROM {t} t",
        "SELECT id, name FROM {t} t WHERE age > 2",
        "#SELECT id FROM {t} t ORDER BY id DESC",
        "#SELECT name, id FROM {t} t ORDER BY name, id",
        "#SELECT uni, id FROM {t} t ORDER BY uni DESC, id",
        "#SELECT bin, id FROM {t} t ORDER BY bin, id",
        "#SELECT id FROM {t} t ORDER BY age, score DESC, id LIMIT 20",
        "#SELECT id FROM {t} t ORDER BY ratio, id LIMIT 10 OFFSET 15",
        "#SELECT id, part FROM {t} t ORDER BY part DESC, id",
        "#SELECT seen, id FROM {t} t ORDER BY seen, id",
        "#SELECT id FROM {t} t ORDER BY born, at, id",
        "#SELECT took, id FROM {t} t ORDER BY took DESC, id",
        "#SELECT kind, bits+0, id FROM {t} t ORDER BY kind, bits DESC, id",
        "#SELECT id FROM {t} t ORDER BY LEFT(name, 1) DESC, UPPER(uni), -age, id",
        "#SELECT *, age + 1 AS a FROM {t} t ORDER BY a, t.id LIMIT 7",
        "#SELECT id FROM {t} t ORDER BY 1 LIMIT 0",
        "SELECT DISTINCT age FROM {t} t",
        "#SELECT DISTINCT age, kind FROM {t} t ORDER BY kind DESC, age",
        "SELECT DISTINCT score, born, took, at FROM {t} t",
        "SELECT COUNT(*), COUNT(age), SUM(age), AVG(age), MIN(age), MAX(age) FROM {t} t",
        ("SELECT COUNT(*), SUM(age), MIN(name), AVG(score), BIT_AND(age), BIT_OR(bits), BIT_XOR(age) FROM {t} t WHERE "
         "id > 100000"),
        "SELECT SUM(score), AVG(score), MIN(score), MAX(score) FROM {t} t",
        "SELECT MIN(seen), MAX(seen), MIN(born), MAX(at), MIN(took), MAX(took) FROM {t} t",
        "SELECT age, COUNT(*), SUM(score), AVG(score), MAX(born) FROM {t} t GROUP BY age",
        "SELECT kind, MIN(age), MAX(score) FROM {t} t GROUP BY kind",
        "#SELECT kind, COUNT(*) FROM {t} t GROUP BY kind ORDER BY kind",
        "#SELECT age, COUNT(*) AS n FROM {t} t GROUP BY age ORDER BY age DESC LIMIT 4",
        "#SELECT age, COUNT(*) AS n FROM {t} t GROUP BY age ORDER BY n DESC, age LIMIT 5 OFFSET 2",
        "#SELECT age FROM {t} t GROUP BY age ORDER BY SUM(score), age",
        "SELECT COUNT(DISTINCT age), COUNT(DISTINCT kind, country) FROM {t} t",
        "SELECT kind, COUNT(DISTINCT age), SUM(DISTINCT age), AVG(DISTINCT age), COUNT(*) FROM {t} t GROUP BY kind",
        "SELECT COUNT(DISTINCT name), COUNT(DISTINCT bin), COUNT(DISTINCT uni) FROM {t} t",
        "SELECT kind, GROUP_CONCAT(id ORDER BY id DESC SEPARATOR '-') FROM {t} t GROUP BY kind",
        "SELECT GROUP_CONCAT(DISTINCT age ORDER BY age) FROM {t} t",
        "SELECT VAR_POP(age), STDDEV_SAMP(age), VARIANCE(age) FROM {t} t",
        "SELECT kind, age, SUM(score) FROM {t} t GROUP BY kind, age WITH ROLLUP",
        "SELECT id, COUNT(*), SUM(age) FROM {t} t GROUP BY id HAVING SUM(age) > 2",
        "SELECT t.id, o.n FROM {t} t JOIN {o} o ON o.user_id = t.id",
        "#SELECT t.id, o.n FROM {t} t LEFT JOIN {o} o ON o.user_id = t.id ORDER BY t.id, o.n LIMIT 50",
        "SELECT t.country, COUNT(*), SUM(o.n) FROM {t} t JOIN {o} o ON o.user_id = t.id GROUP BY t.country",
        "SELECT c.code, COUNT(*) FROM {t} t JOIN c ON c.code = t.country GROUP BY c.code",
        "SELECT id FROM {t} t WHERE EXISTS (SELECT 1 FROM {o} o WHERE o.user_id = t.id AND o.n = 2)",
        "SELECT id, (SELECT SUM(n) FROM {o} o WHERE o.user_id = t.id) AS s FROM {t} t",
        "SELECT d.id FROM (SELECT id, age FROM {t} x) d WHERE d.age = 3",
    };
    cluster c;
    open_cluster(&c);
    fill(&c);
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++)
        compare(&c, statements[i], weir_no_args());
    static const char *const bound[] = {
        "SELECT id, age FROM {t} t WHERE age > ? AND id < ?",
        "#SELECT id, age, score, name FROM {t} t WHERE age > ? ORDER BY age, id LIMIT ?",
        "SELECT age, COUNT(*), AVG(score), SUM(ratio) IS NULL FROM {t} t WHERE age > ? AND id < ? GROUP BY age, id",
        "SELECT age, COUNT(*), AVG(score), MAX(ratio) FROM {t} t WHERE age > ? AND id < ? GROUP BY age",
    };
    for (size_t i = 0; i < sizeof bound / sizeof *bound; i++)
        compare(&c, bound[i], WEIR_ARGS(weir_int(1), weir_int(40)));
    close_cluster(&c);
}

static const char *failure(cluster *c, const char *sql, weir_status want)
{
    static weir_error error;
    weir_status status = weir_execute(c->store.session, sql, weir_no_args(), NULL, &error);
    EXPECT_THAT(status == want, "%s: %s: %s", sql, weir_status_name(status), status ? error.text : "");
    return error.text;
}

TEST(scatter, refuses)
{
    cluster c;
    open_cluster(&c);
    EXPECT_HAS(failure(&c, "SELECT c.code FROM c LEFT JOIN t ON t.bits = c.code", WEIR_UNSUPPORTED),
               "alike on all shards");
    EXPECT_HAS(failure(&c, "SELECT 1 FROM t JOIN o ON o.n = t.bits", WEIR_UNSUPPORTED), "tied");
    EXPECT_HAS(failure(&c, "SELECT 1 + STDDEV(bits + 0) FROM t", WEIR_UNSUPPORTED), "expression over aggregates");
    /* The session goes on. */
    EXPECT_TEXT(live_one(&c.store, "SELECT COUNT(*) FROM t", weir_no_args()), "0");
    EXPECT_TEXT(live_one(&c.store, "SELECT COUNT(*) FROM t", weir_no_args()), "0");
    close_cluster(&c);
}

/* What one shard refuses fails the whole, and nothing is left behind: neither connections nor a cancelled one. */
TEST(scatter, one_shard_fails)
{
    cluster c;
    weir_rows *rows;
    weir_error error;
    open_cluster(&c);
    live_run(&c.shards[1], "DROP TABLE o", weir_no_args());
    weir_status status = weir_execute(c.store.session, "SELECT COUNT(*) FROM t JOIN o ON o.user_id = t.id",
                                      weir_no_args(), NULL, &error);
    EXPECT(status != WEIR_OK);
    EXPECT_TEXT(error.shard, "two");
    for (int i = -20; i < 20; i++)
        live_run(&c.store, "INSERT INTO t (id) VALUES (?)", WEIR_ARGS(weir_int(i)));
    /* Broken off in the middle, again and again. */
    for (int i = 0; i < 20; i++) {
        EXPECT_OK(weir_query(c.store.session, "SELECT id FROM t ORDER BY id", weir_no_args(), &rows, &error), error);
        EXPECT(weir_next(rows));
        EXPECT_INT(weir_get_int(rows, 0), -20);
        EXPECT_OK(weir_finish(rows, &error), error);
    }
    EXPECT_TEXT(live_one(&c.store, "SELECT COUNT(*) FROM t", weir_no_args()), "40");
    close_cluster(&c);
}

/* HAZARDS 23: a server that sorts by the beginning of its keys is found out. */
TEST(scatter, sorted_otherwise)
{
    cluster c;
    weir_error error;
    open_cluster(&c);
    for (int i = 0; i < 2; i++)
        live_run(&c.shards[i], "ALTER TABLE t MODIFY name VARCHAR(1200) COLLATE utf8mb4_general_ci", weir_no_args());
    for (int i = 0; i < 40; i++)
        live_run(&c.store, "INSERT INTO t (id, name) VALUES (?, CONCAT(REPEAT('x', 1000), ?))",
                 WEIR_ARGS(weir_int(i), weir_int(50 + i * 7 % 40)));
    weir_status status =
        weir_execute(c.store.session, "SELECT id FROM t ORDER BY name LIMIT 30", weir_no_args(), NULL, &error);
    EXPECT(status == WEIR_UNSUPPORTED);
    EXPECT_HAS(error.text, "max_sort_length");
    close_cluster(&c);
}

TEST(scatter, deadline_and_overlap)
{
    cluster c;
    weir_error error;
    weir_rows *rows;
    weir_query_options options = WEIR_QUERY_OPTIONS_INIT;
    open_cluster(&c);
    for (int i = 0; i < 20; i++)
        live_run(&c.store, "INSERT INTO t (id) VALUES (?)", WEIR_ARGS(weir_int(i)));
    options.timeout_ms = 200;
    static const char sql[] = "SELECT id, SLEEP(5) FROM t";
    weir_status status =
        weir_query_with(c.store.session, &options, (weir_str){sql, sizeof sql - 1}, weir_no_args(), &rows, &error);
    if (status == WEIR_OK) { /* a head came before the first row did */
        EXPECT(!weir_next(rows));
        status = weir_finish(rows, &error);
    }
    EXPECT_STATUS(status, error, WEIR_TIMEOUT);
    options.timeout_ms = 2000; /* shard one has answered before */
    live_run(&c.shards[1], "LOCK TABLES t WRITE", weir_no_args());
    static const char count[] = "SELECT COUNT(*) FROM t";
    status =
        weir_query_with(c.store.session, &options, (weir_str){count, sizeof count - 1}, weir_no_args(), &rows, &error);
    EXPECT_STATUS(status, error, WEIR_TIMEOUT);
    EXPECT_TEXT(error.shard, "two");
    live_run(&c.shards[1], "UNLOCK TABLES", weir_no_args());
    EXPECT_TEXT(live_one(&c.store, count, weir_no_args()), "20");
    close_cluster(&c);
}
