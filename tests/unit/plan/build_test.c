/* build_test.c - plans of all statements there are: failures, limits, growth, life. SPDX-License-Identifier: Apache-2.0 */
#include "router/sql/ast.h"
#include "tests/unit/plan/rows.h"

/* One of each kind of work, for failing allocations. */
static const char whole[] =
    "WITH RECURSIVE c (n, m) AS (SELECT k, a FROM t UNION ALL SELECT n + 1, m FROM c WHERE n < 5), d AS (SELECT * FROM "
    "u) "
    "SELECT DISTINCT x.*, COUNT(*), f(x.a), (SELECT MAX(v.a) FROM `v``w` AS v WHERE v.k = x.k) AS `q``r` "
    "FROM t x JOIN u USING (k) LEFT JOIN (SELECT k, l FROM w GROUP BY k) y ON x.k = y.k AND y.l = 1, c, d "
    "WHERE (x.k, x.a) IN ((1, 2), (3, 4)) AND NOT (x.b < 7 OR x.c BETWEEN 1 AND 2) AND d.k = x.k AND c.n IN (SELECT n "
    "FROM z) "
    "GROUP BY x.k HAVING n > 1 ORDER BY `q``r` LIMIT 5 OFFSET ?";

static weir_status build(const char *sql, weir_error *error)
{
    weir__plan *plan;
    weir_status status = weir__plan_build(weir__view(sql), &plan_mariadb, test_env(), &plan, error);
    EXPECT((status == WEIR_OK) == (plan != NULL));
    weir__plan_unref(plan);
    return status;
}

TORTURE(plan, select_without_memory)
{
    weir_error error;
    return build(whole, &error);
}

TORTURE(plan, insert_without_memory)
{
    weir_error error;
    return build("INSERT INTO t (a, b) VALUES (1, 2), (?, NOW()), (4, DEFAULT) ON DUPLICATE KEY UPDATE a = b + 1",
                 &error);
}

TORTURE(plan, update_without_memory)
{
    weir_error error;
    return build(
        "UPDATE t JOIN u ON t.k = u.k SET t.a = (SELECT 1 FROM v WHERE v.k = t.k), b = ? WHERE t.k = 7 LIMIT 3",
        &error);
}

TORTURE(plan, mistake_without_memory)
{
    weir_error error;
    return build("SELECT FROM WHERE", &error);
}

/* Lists that outgrow a block, so that each of them fails while it grows. */
TORTURE(plan, large_statement_without_memory)
{
    weir_error error;
    size_t size;
    char *sql =
        plan_repeat("SELECT a0.x FROM t a0",
                    " UNION SELECT (SELECT u.b FROM u WHERE u.k = v.k AND u.c IN (1, 2)) FROM v", 60, "", &size);
    if (!sql)
        return WEIR_NOMEM;
    weir_status status = build(sql, &error);
    weir__free(&test_env()->mem, sql);
    return status;
}

/* What the server may accept is never refused; the reason is told. */
TEST(plan, what_is_not_understood_is_a_plan_too)
{
    static const struct {
        const char *name, *sql, *why;
        weir__verb verb;
        weir__role role;
        uint32_t at;
    } rows[] = {
        {"mistake", "SELECT a b c", "line 1, column 12: \"c\" is not expected here", WEIR__VERB_SELECT, WEIR__REPLICA,
         11},
        {"mistake in a write", "UPDATE t SET", "line 1, column 13: the statement ends too early", WEIR__VERB_UPDATE,
         WEIR__PRIMARY, 12},
        {"no end", "SELECT 'a", "line 1, column 8: this string has no end", WEIR__VERB_SELECT, WEIR__PRIMARY, 7},
        {"two", "SELECT 1; SELECT 2", "line 1, column 11: a second statement; send one at a time", WEIR__VERB_SELECT,
         WEIR__PRIMARY, 10},
        {"definition", "DROP TABLE t", "weir knows such a statement by its first words alone", WEIR__VERB_DDL,
         WEIR__PRIMARY, 0},
        {"unknown word", "FROBNICATE ?", "line 1, column 1: \"FROBNICATE\" is not expected here", WEIR__VERB_OTHER,
         WEIR__PRIMARY, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        weir__plan *plan;
        weir_error error;
        EXPECT_OK(weir__plan_build(weir__view(rows[i].sql), &plan_mariadb, test_env(), &plan, &error), error);
        if (!plan)
            continue;
        EXPECT_THAT(!plan->understood && plan->table_count == 0, "%s", rows[i].name);
        EXPECT_THAT(weir__str_is(plan->not_understood, rows[i].why), "%s: %.*s", rows[i].name,
                    WEIR__STR(plan->not_understood));
        EXPECT_THAT(plan->effects.verb == rows[i].verb && plan->role == rows[i].role, "%s: the verb or the role",
                    rows[i].name);
        EXPECT_THAT(plan->not_understood_at == rows[i].at, "%s: byte %u", rows[i].name, plan->not_understood_at);
        weir__plan_unref(plan);
    }
}

TEST(plan, too_deep_is_a_failure)
{
    weir_error error;
    size_t size;
    char *sql = plan_repeat("SELECT ", "(", 2000, "", &size);
    EXPECT_STATUS(build(sql, &error), error, WEIR_LIMIT);
    EXPECT_HAS(error.text, "nested too deep");
    weir__free(&test_env()->mem, sql);
}

TEST(plan, the_reason_of_the_role)
{
    static const struct {
        const char *sql, *why;
    } rows[] = {
        {"SELECT 1", "it only reads data"},
        {"SELECT 1 FROM t FOR UPDATE", "it locks the rows that it reads"},
        {"SELECT f(1)", "it calls a function that weir does not know, which may write"},
        {"SELECT @a", "it uses a @variable"},
        {"SELECT @@version", "it uses a @@variable"},
        {"SELECT LAST_INSERT_ID()", "it asks for what the session did before"},
        {"SELECT GET_LOCK('a', 1)", "it changes the session"},
        {"SELECT SLEEP(1)", "it asks for something of one server"},
        {"SELECT 1 INTO @a", "INTO writes a file or variables"},
        {"INSERT INTO t VALUES (1)", "it writes"},
        {"CALL p()", "a procedure may write"},
        {"CREATE TABLE t (a int)", "it changes definitions"},
        {"COMMIT", "it belongs to a transaction"},
        {"SET @a = 1", "it changes the session"},
        {"LOCK TABLES t READ", "it locks tables"},
        {"SHOW STATUS", "it tells of one server"},
        {"EXPLAIN UPDATE t SET a = 1", "it may run what it explains"},
        {"SELECT 'a", "its text cannot be read to the end"},
        {"SELECT 1; SELECT 2", "it is more than one statement"},
        {"", "there is no statement"},
        {"FROBNICATE", "weir does not know this statement"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        weir__plan *plan;
        weir_error error;
        EXPECT_OK(weir__plan_build(weir__view(rows[i].sql), &plan_mariadb, test_env(), &plan, &error), error);
        if (plan)
            EXPECT_THAT(strcmp(plan->role_reason, rows[i].why) == 0, "%s: %s", rows[i].sql, plan->role_reason);
        weir__plan_unref(plan);
    }
}

TEST(plan, one_list_is_one_leaf)
{
    weir__plan *plan;
    weir_error error;
    size_t size;
    char *sql = plan_repeat("SELECT a FROM t WHERE k IN (1", ", 2", 99999, ")", &size);
    EXPECT_OK(weir__plan_build(weir__view(sql), &plan_mariadb, test_env(), &plan, &error), error);
    weir__free(&test_env()->mem, sql);
    if (!plan)
        return;
    EXPECT_INT(plan->condition_count, 1);
    const weir__condition *root = plan->conditions[0].root;
    EXPECT(root->kind == WEIR__CONDITION_LEAF && root->op == WEIR__OP_IN);
    EXPECT_INT(root->count, 100000);
    EXPECT_INT(plan->value_count, 100000);
    weir__plan_unref(plan);
}

/* Steps cannot be counted from outside, but memory can, and no part of the work is done without some: twice the text may take
 * at most a little more than twice the memory. That none of it is quadratic in time shows as a test that never ends. */
TEST(plan, a_megabyte_stays_linear)
{
    static const struct {
        const char *name, *head, *middle, *tail;
    } rows[] = {
        {"list", "SELECT a FROM t WHERE k IN (1", ", 2", ")"},
        {"rows in a list", "SELECT a FROM t WHERE (k, l) IN ((1, 2)", ", (3, 4)", ")"},
        {"or", "SELECT a FROM t WHERE k = 1", " OR k = 2", ""},
        {"and", "SELECT a FROM t WHERE k = 1", " AND t.k = 2", ""},
        {"tables", "SELECT 1 FROM t", ", t", " WHERE t.a = 1"},
        {"joins", "SELECT 1 FROM t", ", t JOIN u ON a = 1", ""},
        {"loose columns", "SELECT 1 FROM t, u WHERE k = 1", " AND k = l", ""},
        {"items", "SELECT * FROM (SELECT a", ", a", " FROM t) d WHERE d.a = 1"},
        {"aliases", "SELECT a AS b", ", a AS b", " FROM t ORDER BY b"},
        {"stars", "SELECT t.*", ", *", " FROM t, u, v"},
        {"unions", "SELECT 1 FROM (SELECT k FROM t", " UNION ALL SELECT k FROM t", ") d WHERE d.k = 1"},
        {"subqueries", "SELECT 1 FROM t WHERE t.a", " AND t.a IN (SELECT u.b FROM u WHERE u.k = t.k)", ""},
        {"derived tables", "SELECT 1 FROM t", ", (SELECT k FROM t) d", ""},
        {"ctes", "WITH c AS (SELECT k FROM t)", ", c AS (SELECT k FROM c)", " SELECT 1 FROM c WHERE c.k = 1"},
        {"readers of a cte", "WITH c AS (SELECT k FROM t) SELECT 1 FROM c", ", c", ""},
        {"rows", "INSERT INTO t (a, b) VALUES (1, 'x')", ", (?, 'x')", ""},
        {"assignments", "UPDATE t SET a = 1", ", a = a + 1", ""},
        {"calls", "SELECT f()", ", f()", ""},
        {"groups", "SELECT 1 FROM (SELECT a FROM t GROUP BY a", ", a", ") d WHERE d.a = 1"},
        {"using", "SELECT 1 FROM t JOIN u USING (a", ", a", ")"},
        {"targets", "DELETE t", ", t", " FROM t, u"},
        {"parameters", "CALL p(?", ", ?", ")"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t held[2] = {0, 0}, step = strlen(rows[i].middle);
        for (int twice = 0; twice < 2; twice++) {
            size_t size;
            weir__plan *plan;
            weir_error error;
            char *sql =
                plan_repeat(rows[i].head, rows[i].middle, (twice ? 1048576 : 524288) / step, rows[i].tail, &size);
            weir_status status = weir__plan_build((weir_str){sql, size}, &plan_mariadb, test_env(), &plan, &error);
            EXPECT_THAT(status == WEIR_OK && plan->understood, "%s: %s", rows[i].name,
                        status ? error.text : "not understood");
            held[twice] = plan ? weir__plan_bytes(plan) : 0;
            EXPECT_THAT(held[twice] < 150 * size, "%s: %zu bytes for %zu of text", rows[i].name, held[twice], size);
            weir__plan_unref(plan);
            weir__free(&test_env()->mem, sql);
        }
        EXPECT_THAT(held[1] < held[0] * 5 / 2, "%s: %zu bytes, and for twice the text %zu", rows[i].name, held[0],
                    held[1]);
    }
}

/* The statements of the parser's table: whatever is there gives a plan that can be printed, and again the same. */
TEST(plan, all_statements_of_the_parsers_table)
{
    size_t size, statements = 0;
    char *file = test_read_file("tests/tables/parse.txt", &size);
    for (char *line = file, *end; file && (end = strchr(line, '\n')) != NULL; line = end + 1) {
        weir__buf printed[2];
        weir__plan *plan;
        weir_error error;
        if (line[0] == '#' || line[0] == '[' || line[0] == ' ' || line == end)
            continue;
        for (int again = 0; again < 2; again++) {
            weir__buf_init(&printed[again], &test_env()->mem, 1 << 20);
            weir_status status = weir__plan_build(weir__slice(line, end), &plan_mariadb, test_env(), &plan, &error);
            EXPECT_THAT(status == WEIR_OK, "%.*s: %s", (int)(end - line), line, status ? error.text : "");
            if (!status)
                weir__plan_print(plan, ~0u, &printed[again]);
            EXPECT_THAT(!status && plan->parameters == plan->effects.parameters, "%.*s: the number of parameters",
                        (int)(end - line), line);
            weir__plan_unref(plan);
        }
        EXPECT_TEXT(weir__buf_text(&printed[0]), weir__buf_text(&printed[1]));
        weir__buf_deinit(&printed[0]);
        weir__buf_deinit(&printed[1]);
        statements++;
    }
    EXPECT_THAT(statements > 450, "only %zu statements were read", statements);
    weir__free(&test_env()->mem, file);
}

TEST(plan, the_last_reference_frees_it)
{
    weir__plan *plan;
    weir_error error;
    char sql[] = "SELECT a FROM `t` WHERE k = 'x'";
    weir__buf got;

    EXPECT_OK(weir__plan_build(weir__view(sql), &plan_mariadb, test_env(), &plan, &error), error);
    if (!plan)
        return;
    memset(sql, '?', sizeof sql - 1); /* nothing of the text is kept */
    EXPECT(weir__plan_ref(plan) == plan);
    weir__plan_unref(plan);
    weir__buf_init(&got, &test_env()->mem, 4096);
    weir__plan_print(plan, WEIR__PRINT_VALUES, &got);
    EXPECT_TEXT(weir__buf_text(&got),
                "(plan select replica (reads t) (where (= t.k 0)) (values ('x' string compared = t.k)))");
    weir__buf_deinit(&got);
    EXPECT(weir__plan_bytes(plan) >= sizeof *plan);
    weir__plan_unref(plan);
    weir__plan_unref(NULL);
}

TEST(plan, the_server_decides_what_is_text)
{
    static const weir__lex_options ansi = {.flavour = WEIR__MARIADB, .version = 101106, .sql_mode = WEIR__ANSI_QUOTES};
    static const weir__lex_options mysql = {.flavour = WEIR__MYSQL, .version = 80036};
    static const plan_row strings[] = {
        {"a string", "SELECT 1 FROM t WHERE a = \"b\"", "(plan select replica (reads t) (where (= t.a 1)))"}};
    static const plan_row names[] = {
        {"a name", "SELECT 1 FROM t WHERE a = \"b\"", "(plan select replica (reads t) (same t.a t.b))"}};
    static const plan_row functions[] = {
        {"MySQL's own", "SELECT UUID_TO_BIN(a) FROM t", "(plan select replica (reads t) (calls))"},
        {"MariaDB's", "SELECT NVL(a, 1) FROM t", "(plan select primary (reads t) (calls (NVL unknown)))"}};
    plan_check(strings, 1, &plan_mariadb, 0);
    plan_check(names, 1, &ansi, 0);
    plan_check(functions, 2, &mysql, WEIR__PRINT_CALLS);
}
