/* lift_test.c - which literals are sent as parameters, and what is sent then. SPDX-License-Identifier: Apache-2.0
 * That the answers are the same is shown on servers: tests/integration/lift_test.c. */
#include "router/lift.h"

#include "base/buf.h"
#include "base/str.h"
#include "tests/support/test.h"

static const weir__plan_context maria = {.reading = {0, WEIR__MARIADB, 101106}, .scope = 1};

/* t: id INT, big BIGINT UNSIGNED, name VARCHAR utf8mb4, old VARCHAR latin1, bytes, price DECIMAL, day DATE */
static weir__table *make_table(void)
{
    static const struct {
        const char *name, *type, *charset;
    } columns[] = {
        {"id", "int(11)", ""},
        {"big", "bigint(20) unsigned", ""},
        {"name", "varchar(100)", "utf8mb4"},
        {"old", "varchar(100)", "latin1"},
        {"bytes", "varbinary(10)", ""},
        {"price", "decimal(10,2)", ""},
        {"day", "date", ""},
    };
    weir__table *table = NULL;
    weir_error error;
    weir__table_builder *b = weir__table_begin(&test_env()->mem, weir__view("t"));
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        weir__column column = {.name = columns[i].name,
                               .type_text = columns[i].type,
                               .charset = columns[i].charset,
                               .collation = "",
                               .preset = "",
                               .expression = "",
                               .nullable = true};
        weir__table_add_column(b, &column);
    }
    EXPECT_OK(weir__table_end(b, &table, &error), error);
    return table;
}

static void add_value(weir__buf *out, const weir_value *v)
{
    if (v->type == WEIR_T_INT)
        weir__buf_addf(out, " %" PRId64, v->as.i);
    else
        weir__buf_addf(out, " %s%.*s", v->type == WEIR_T_DECIMAL ? "d:" : "s:", (int)v->size, (const char *)v->as.p);
}

/* "SELECT .. ? <- 7 s:x", or "text". */
static const char *lift(const char *sql, weir_args args, const weir__table *t, weir__buf *out)
{
    static weir__lookup lookup;
    static weir__lifted lifted;
    const weir__table *tables[8] = {t, t, t, t, t, t, t, t};
    weir__plan_cache *cache = NULL;
    weir_error error;
    weir__buf_reset(out);
    EXPECT_OK(weir__plan_cache_new(test_env(), &cache, &error), error);
    if (weir__plan_take(cache, weir__view(sql), &maria, &lookup, &error) != WEIR_OK)
        test_fail(__FILE__, __LINE__, "%s: %s", sql, error.text);
    else {
        if (weir__lift_has_literals(&lookup) && weir__lift_fits(&lookup, tables) &&
            weir__lift_make(&lookup, args, &lifted)) {
            weir__buf_addf(out, "%.*s <-", WEIR__STR(lifted.sql));
            for (size_t i = 0; i < lifted.args.count; i++)
                add_value(out, &lifted.args.values[i]);
        } else
            weir__buf_adds(out, "text");
        weir__plan_give(&lookup);
    }
    weir__plan_cache_free(cache);
    return weir__buf_text(out);
}

TEST(lift, what_is_sent)
{
    static const struct {
        const char *name, *sql, *sent;
    } rows[] = {
        {"key", "SELECT name FROM t WHERE id = 7", "SELECT name FROM t WHERE id = ? <- 7"},
        {"sign", "SELECT name FROM t WHERE id = -7", "SELECT name FROM t WHERE id = ? <- -7"},
        {"zeros", "SELECT name FROM t WHERE id = 007", "SELECT name FROM t WHERE id = ? <- 7"},
        {"unsigned column", "SELECT 1 FROM t WHERE big > 5", "SELECT 1 FROM t WHERE big > ? <- 5"},
        {"string", "SELECT id FROM t WHERE name = 'it''s \\n'", "SELECT id FROM t WHERE name = ? <- s:it's \n"},
        {"two strings with escapes", "SELECT id FROM t WHERE name BETWEEN 'a''b' AND 'c''d'",
         "SELECT id FROM t WHERE name BETWEEN ? AND ? <- s:a'b s:c'd"},
        {"empty string", "SELECT id FROM t WHERE name = ''", "SELECT id FROM t WHERE name = ? <- s:"},
        {"alias", "SELECT a.id FROM t a JOIN t b ON a.id = b.id WHERE b.big = 3 LIMIT 5",
         "SELECT a.id FROM t a JOIN t b ON a.id = b.id WHERE b.big = ? LIMIT ? <- 3 5"},
        {"limit alone", "SELECT id FROM t LIMIT 2, 10", "SELECT id FROM t LIMIT ?, ? <- 2 10"},
        {"insert", "INSERT INTO t (id, name, price) VALUES (1, 'x', 2.50)",
         "INSERT INTO t (id, name, price) VALUES (?, ?, ?) <- 1 s:x d:2.50"},
        {"insert into any type", "INSERT INTO t (day, old) VALUES ('2024-02-29', 'x')",
         "INSERT INTO t (day, old) VALUES (?, ?) <- s:2024-02-29 s:x"},
        {"update", "UPDATE t SET name = 'y', price = price + 1 WHERE id = 3",
         "UPDATE t SET name = ?, price = price + 1 WHERE id = ? <- s:y 3"},
        {"comments stay", "SELECT id /* 7 */ FROM t WHERE id = 7 -- 7",
         "SELECT id /* 7 */ FROM t WHERE id = ? -- 7 <- 7"},
        {"list of 1", "SELECT 1 FROM t WHERE id IN (4)", "SELECT 1 FROM t WHERE id IN (?) <- 4"},
        {"list of 2", "SELECT 1 FROM t WHERE id IN (4, 5)", "SELECT 1 FROM t WHERE id IN (?, ?) <- 4 5"},
        {"list of 3", "SELECT 1 FROM t WHERE id IN (4, 5,6)", "SELECT 1 FROM t WHERE id IN (?, ?,?, ?) <- 4 5 6 6"},
        {"list of 5", "SELECT 1 FROM t WHERE id IN (1,2,3,4,5) AND big = 9",
         "SELECT 1 FROM t WHERE id IN (?,?,?,?,?, ?, ?, ?) AND big = ? <- 1 2 3 4 5 5 5 5 9"},
        {"strings' list", "SELECT 1 FROM t WHERE name NOT IN ('a', 'b', 'c')",
         "SELECT 1 FROM t WHERE name NOT IN (?, ?, ?, ?) <- s:a s:b s:c s:c"},

        {"a string with an integer", "SELECT id FROM t WHERE name = 7", "text"},
        {"an integer with a string", "SELECT id FROM t WHERE id = '7'", "text"},
        {"one of two", "SELECT id FROM t WHERE id = 7 AND big = '7'", "text"},
        {"another character set", "SELECT id FROM t WHERE old = 'x'", "text"},
        {"bytes", "SELECT id FROM t WHERE bytes = 'x'", "text"},
        {"decimal column", "SELECT id FROM t WHERE price = 7", "text"},
        {"date", "SELECT id FROM t WHERE day = '2024-02-29'", "text"},
        {"no such column", "SELECT id FROM t WHERE nothing = 7", "text"},
        {"nothing to lift", "SELECT id + 1 FROM t", "text"},
        {"a derived table's column", "SELECT x FROM (SELECT id AS x FROM t) d WHERE x = 7", "text"},
        {"rows", "INSERT INTO t (id) VALUES (1), (2)", "text"},
        {"row constructors", "SELECT 1 FROM t WHERE (id, big) IN ((1, 2), (3, 4))", "text"},
        {"no UTF-8", "INSERT INTO t (name) VALUES ('\xFF')", "text"},
        {"not understood", "SELECT id FROM t WHERE id = 7 FROBNICATE", "text"},
        {"a blank behind a decimal's sign", "UPDATE t SET price = - 1.5", "text"},
    };
    weir__buf out;
    weir__table *t = make_table();
    weir__buf_init(&out, &test_env()->mem, 8192);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *sent = lift(rows[i].sql, weir_no_args(), t, &out);
        EXPECT_THAT(strcmp(sent, rows[i].sent) == 0, "%s: %s\n  is %s\n  not %s", rows[i].name, rows[i].sql, sent,
                    rows[i].sent);
    }
    EXPECT_TEXT(lift("SELECT id FROM t WHERE id = 7", weir_no_args(), NULL, &out), "text"); /* nobody knows the table */
    weir__buf_deinit(&out);
    weir__table_unref(t);
}

TEST(lift, the_callers_own_values_keep_their_places)
{
    weir__buf out;
    weir__table *t = make_table();
    weir__buf_init(&out, &test_env()->mem, 8192);
    EXPECT_TEXT(lift("SELECT 1 FROM t WHERE big = ? AND id IN (1, ?, 3) LIMIT 4", WEIR_ARGS(weir_int(70), weir_int(80)),
                     t, &out),
                "SELECT 1 FROM t WHERE big = ? AND id IN (?, ?, ?) LIMIT ? <- 70 1 80 3 4");
    EXPECT_TEXT(lift("SELECT 1 FROM t WHERE big = ? AND id = 3", weir_no_args(), t, &out), "text"); /* one is missing */
    EXPECT_TEXT(lift("SELECT 1 FROM t WHERE big = ?", WEIR_ARGS(weir_int(70)), t, &out), "text");
    weir__buf_deinit(&out);
    weir__table_unref(t);
}

/* What does not fit stays text, whole. */
TEST(lift, long_statements)
{
    static char sql[16384];
    weir__buf out;
    weir__table *t = make_table();
    weir__buf_init(&out, &test_env()->mem, 32768);
    int size = snprintf(sql, sizeof sql, "SELECT 1 FROM t WHERE id IN (0");
    for (int i = 1; i < 64; i++)
        size += snprintf(sql + size, sizeof sql - (size_t)size, ",%d", i);
    snprintf(sql + size, sizeof sql - (size_t)size, ")");
    EXPECT_HAS(lift(sql, weir_no_args(), t, &out), " 61 62 63");
    snprintf(sql + size, sizeof sql - (size_t)size, ", 64)");
    EXPECT_TEXT(lift(sql, weir_no_args(), t, &out), "text");
    snprintf(sql, sizeof sql, "SELECT '%05000d' FROM t WHERE id = 7", 1);
    EXPECT_TEXT(lift(sql, weir_no_args(), t, &out), "text");
    snprintf(sql, sizeof sql, "INSERT INTO t (name) VALUES ('\\'%03000d')", 1);
    EXPECT_TEXT(lift(sql, weir_no_args(), t, &out), "text");
    weir__buf_deinit(&out);
    weir__table_unref(t);
}
