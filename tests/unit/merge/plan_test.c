/* plan_test.c - which statements can be merged, what the shards are sent, and what is done with their rows.
 * SPDX-License-Identifier: Apache-2.0 */
#include "router/merge/plan.h"

#include "base/str.h"
#include "tests/support/test.h"
#include "tests/unit/merge/tables.h"

/* The plan and the shards' text as one, to be freed. */
static weir_status plan_of(const char *sql, weir_args args, weir__buf *out)
{
    static const weir__lex_options mariadb = {.flavour = WEIR__MARIADB, .version = 101106};
    weir__merge_table tables[8];
    weir__merge_plan *merge = NULL;
    weir__plan *plan;
    weir__arena arena;
    weir_error error;
    weir_status status = weir__plan_build(weir__view(sql), &mariadb, test_env(), &plan, &error);
    if (status != WEIR_OK)
        return status;
    for (uint32_t i = 0; i < plan->table_count && i < 8; i++)
        merge_place(&plan->tables[i], &tables[i]);
    weir__arena_init(&arena, &test_env()->mem, 1 << 20);
    weir__merge_input input = {
        .sql = weir__view(sql), .reading = mariadb, .plan = plan, .tables = tables, .args = args, .fixed_zone = true};
    status = weir__merge_plan_build(&input, &arena, &merge, &error);
    if (status == WEIR_OK) {
        if (merge->refused) {
            weir__buf_addf(out, "refused: %s", merge->refused);
        } else {
            weir__buf_addf(out, "%.*s ", WEIR__STR(merge->sql));
            weir__merge_print(merge, out);
            for (uint32_t i = 0; i < merge->arg_count; i++)
                weir__buf_addf(out, "%s%u", i ? "," : " ?", (unsigned)merge->args[i]);
        }
    }
    weir__arena_deinit(&arena);
    for (uint32_t i = 0; i < plan->table_count && i < 8; i++)
        weir__table_unref(tables[i].table);
    weir__plan_unref(plan);
    return status;
}

typedef struct plan_row {
    const char *name, *sql, *plan;
} plan_row;

static void check(const plan_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        weir__buf got;
        weir__buf_init(&got, &test_env()->mem, 1 << 20);
        weir_status status = plan_of(rows[i].sql, WEIR_ARGS(weir_int(5), weir_int(7)), &got);
        EXPECT_THAT(status == WEIR_OK, "%s: %s", rows[i].name, weir_status_name(status));
        /* A refusal's first words are enough. */
        bool refusal = strncmp(rows[i].plan, "refused: ", 9) == 0;
        bool same = refusal ? strncmp(rows[i].plan, weir__buf_text(&got), strlen(rows[i].plan)) == 0
                            : strcmp(rows[i].plan, weir__buf_text(&got)) == 0;
        EXPECT_THAT(same, "%s\n    is   %s\n    not  %s", rows[i].name, weir__buf_text(&got), rows[i].plan);
        weir__buf_deinit(&got);
    }
}
#define CHECK(rows) check(rows, sizeof rows / sizeof *rows)

TEST(merge_plan, rows)
{
    static const plan_row rows[] = {
        {"all", "SELECT * FROM users", "SELECT * FROM users (merge (concat))"},
        {"semicolon", "SELECT id FROM users;", "SELECT id FROM users; (merge (concat))"},
        {"limit", "SELECT id FROM users LIMIT 10", "SELECT id FROM users LIMIT 10 (merge (concat) (limit 10))"},
        {"limit and offset", "SELECT id FROM users LIMIT 20, 10",
         "SELECT id FROM users LIMIT 30 (merge (concat) (limit 10) (offset 20))"},
        {"fetch one row", "SELECT id FROM users ORDER BY id FETCH FIRST ROW ONLY",
         "SELECT id FROM users ORDER BY id LIMIT 1 (merge (ordered 0:number) (limit 1))"},
        {"fetch the next row", "SELECT id FROM users OFFSET 2 ROWS FETCH NEXT ROW ONLY",
         "SELECT id FROM users LIMIT 3 (merge (concat) (limit 1) (offset 2))"},
        {"values of limit", "SELECT id FROM users LIMIT ? OFFSET ?",
         "SELECT id FROM users LIMIT 12 (merge (concat) (limit 5) (offset 7))"},
        {"a value beside limit", "SELECT id FROM users WHERE age > ? LIMIT ?",
         "SELECT id FROM users WHERE age > ? LIMIT 7 (merge (concat) (limit 7)) ?0"},
        {"limit 0", "SELECT id FROM users LIMIT 0", "SELECT id FROM users LIMIT 0 (merge (concat) (limit 0))"},
        {"order by a column", "SELECT id, age FROM users ORDER BY age DESC, id",
         "SELECT id, age FROM users ORDER BY age DESC, id (merge (ordered 1:number:desc 0:number))"},
        {"order by a hidden column", "SELECT id FROM users ORDER BY age",
         "SELECT id, age AS weir_0 FROM users ORDER BY age (merge (ordered h0:number))"},
        {"order behind *", "SELECT * FROM users ORDER BY id",
         "SELECT *, id AS weir_0 FROM users ORDER BY id (merge (ordered h0:number))"},
        {"order by number", "SELECT id, age FROM users ORDER BY 2",
         "SELECT id, age FROM users ORDER BY 2 (merge (ordered 1:number))"},
        {"order by alias", "SELECT -id AS x FROM users ORDER BY x",
         "SELECT -id AS x FROM users ORDER BY x (merge (ordered 0:number))"},
        {"order by text", "SELECT name FROM users ORDER BY name",
         "SELECT name, WEIGHT_STRING(name AS CHAR(50)) AS weir_0 FROM users ORDER BY name (merge (ordered h0:bytes))"},
        {"order by text of a binary collation", "SELECT code FROM users ORDER BY code",
         "SELECT code FROM users ORDER BY code (merge (ordered 0:padded))"},
        {"order by ENUM", "SELECT kind FROM users ORDER BY kind",
         "SELECT kind, (kind)+0 AS weir_0 FROM users ORDER BY kind (merge (ordered h0:number))"},
        {"order by TIMESTAMP", "SELECT seen FROM users ORDER BY seen",
         "SELECT seen, UNIX_TIMESTAMP(seen) AS weir_0 FROM users ORDER BY seen (merge (ordered h0:number))"},
        {"order by FLOAT", "SELECT part FROM users ORDER BY part",
         "SELECT part, (part)+0e0 AS weir_0 FROM users ORDER BY part (merge (ordered h0:double))"},
        {"order by DATE and DOUBLE", "SELECT born, ratio FROM users ORDER BY born, ratio",
         "SELECT born, ratio FROM users ORDER BY born, ratio (merge (ordered 0:bytes 1:double))"},
        {"order by an expression with a value", "SELECT id FROM users WHERE id > ? ORDER BY age + ?",
         "refused: weir does not know"},
        {"values in copies", "SELECT id FROM users WHERE id > ? ORDER BY LEFT(name, ?)",
         "SELECT id, WEIGHT_STRING(LEFT(name, ?) AS CHAR(50)) AS weir_0 FROM users WHERE id > ? ORDER BY LEFT(name, ?) "
         "(merge (ordered h0:bytes)) ?1,0,1"},
        {"order by cut text", "SELECT id FROM users ORDER BY LEFT(name, 3)",
         "SELECT id, WEIGHT_STRING(LEFT(name, 3) AS CHAR(50)) AS weir_0 FROM users ORDER BY LEFT(name, 3) (merge "
         "(ordered h0:bytes))"},
        {"order by unbounded text", "SELECT id FROM users ORDER BY note",
         "refused: text is merged by its collation's weights"},
        {"order by an unknown type", "SELECT id FROM users ORDER BY JSON_EXTRACT(note, '$.a')",
         "refused: weir does not know"},
        {"an alias within an expression", "SELECT age AS id FROM users ORDER BY id + 1",
         "refused: an alias within an expression"},
        {"distinct", "SELECT DISTINCT age FROM users",
         "SELECT DISTINCT age FROM users (merge (concat) (distinct 0:number))"},
        {"distinct text", "SELECT DISTINCT name FROM users ORDER BY name",
         "SELECT DISTINCT name, WEIGHT_STRING(name AS CHAR(50)) AS weir_0, WEIGHT_STRING(name AS CHAR(50)) AS weir_1 "
         "FROM users ORDER BY name "
         "(merge (ordered h1:bytes) (distinct h0:bytes))"},
        {"distinct with the key", "SELECT DISTINCT id, name FROM users",
         "SELECT DISTINCT id, name FROM users (merge (concat))"},
        {"distinct * has the key", "SELECT DISTINCT * FROM users", "SELECT DISTINCT * FROM users (merge (concat))"},
        {"distinct by another order", "SELECT DISTINCT age FROM users ORDER BY id", "refused: ORDER BY of DISTINCT"},
        {"a window by the key", "SELECT id, ROW_NUMBER() OVER (PARTITION BY id ORDER BY age) FROM users",
         "SELECT id, ROW_NUMBER() OVER (PARTITION BY id ORDER BY age) FROM users (merge (concat))"},
        {"a window", "SELECT id, ROW_NUMBER() OVER (ORDER BY age) FROM users", "refused: a window function"},
        {"now", "SELECT id FROM users WHERE seen < NOW()", "refused: this function would give another value"},
        {"a user variable", "SELECT @a := id FROM users", "refused: a user variable"},
        {"a stored function", "SELECT f(id) FROM users", "refused: a stored function"},
        {"database()", "SELECT DATABASE() FROM users", "refused: this function speaks of one server"},
        {"found rows", "SELECT SQL_CALC_FOUND_ROWS id FROM users LIMIT 1", "refused: SQL_CALC_FOUND_ROWS"},
        {"union", "SELECT id FROM users UNION SELECT user_id FROM orders",
         "refused: over several shards only a SELECT"},
    };
    CHECK(rows);
}

TEST(merge_plan, joins)
{
    static const plan_row rows[] = {
        {"by the key", "SELECT o.amount FROM users u JOIN orders o ON o.user_id = u.id",
         "SELECT o.amount FROM users u JOIN orders o ON o.user_id = u.id (merge (concat))"},
        {"without table names", "SELECT amount FROM users JOIN orders ON user_id = id",
         "SELECT amount FROM users JOIN orders ON user_id = id (merge (concat))"},
        {"left join by the key", "SELECT u.id FROM users u LEFT JOIN orders o ON o.user_id = u.id",
         "SELECT u.id FROM users u LEFT JOIN orders o ON o.user_id = u.id (merge (concat))"},
        {"not by the key", "SELECT o.amount FROM users u JOIN orders o ON o.amount = u.age",
         "refused: this table is not tied"},
        {"by keys of two types", "SELECT v.page FROM users u JOIN visits v ON v.user_id = u.id",
         "refused: this table is not tied"},
        {"by keys of two placements", "SELECT 1 FROM users u JOIN items i ON i.user_id = u.id",
         "refused: this table is not tied"},
        {"with one shard's table", "SELECT 1 FROM users u JOIN settings s ON s.id = u.age",
         "refused: this table is on one shard"},
        {"HAZARDS 14: inner with one that is alike", "SELECT u.id FROM users u JOIN countries c ON c.code = u.country",
         "SELECT u.id FROM users u JOIN countries c ON c.code = u.country (merge (concat))"},
        {"HAZARDS 14: null-supplied", "SELECT u.id FROM users u LEFT JOIN countries c ON c.code = u.country",
         "SELECT u.id FROM users u LEFT JOIN countries c ON c.code = u.country (merge (concat))"},
        {"HAZARDS 14: kept whole", "SELECT c.title, u.id FROM countries c LEFT JOIN users u ON c.code = u.country",
         "refused: no table spread"},
        {"HAZARDS 14: kept whole by RIGHT JOIN",
         "SELECT c.title FROM users u RIGHT JOIN countries c ON c.code = u.country", "refused: no table spread"},
        {"HAZARDS 14: outside of EXISTS",
         "SELECT title FROM countries c WHERE EXISTS (SELECT 1 FROM users u WHERE u.country = c.code)",
         "refused: no table spread"},
        {"HAZARDS 14: outside of NOT IN",
         "SELECT title FROM countries c WHERE c.code NOT IN (SELECT country FROM users)", "refused: no table spread"},
        {"HAZARDS 14: alone", "SELECT title FROM countries", "refused: no table spread"},
        {"exists by the key", "SELECT id FROM users u WHERE EXISTS (SELECT 1 FROM orders o WHERE o.user_id = u.id)",
         "SELECT id FROM users u WHERE EXISTS (SELECT 1 FROM orders o WHERE o.user_id = u.id) (merge (concat))"},
        {"not exists by the key",
         "SELECT id FROM users u WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.user_id = u.id)",
         "SELECT id FROM users u WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.user_id = u.id) (merge (concat))"},
        {"in by the key", "SELECT id FROM users WHERE id IN (SELECT user_id FROM orders)",
         "SELECT id FROM users WHERE id IN (SELECT user_id FROM orders) (merge (concat))"},
        {"not in", "SELECT id FROM users WHERE id NOT IN (SELECT user_id FROM orders)",
         "refused: this table is not tied"},
        {"a value of all rows", "SELECT id FROM users WHERE age > (SELECT AVG(amount) FROM orders)",
         "refused: this table is not tied"},
        {"a value of the key's rows",
         "SELECT id, (SELECT SUM(o.amount) FROM orders o WHERE o.user_id = users.id) FROM users",
         "SELECT id, (SELECT SUM(o.amount) FROM orders o WHERE o.user_id = users.id) FROM users (merge (concat))"},
        {"a plain derived table", "SELECT d.id FROM (SELECT id FROM users WHERE age > 1) d",
         "SELECT d.id FROM (SELECT id FROM users WHERE age > 1) d (merge (concat))"},
        {"a grouped derived table", "SELECT d.age FROM (SELECT age FROM users GROUP BY age) d",
         "refused: no table spread"},
        {"a limited derived table", "SELECT d.id FROM (SELECT id FROM users LIMIT 3) d", "refused: no table spread"},
        {"a CTE read twice", "WITH c AS (SELECT id FROM users) SELECT 1 FROM c a JOIN c b", "refused: no table spread"},
        {"a join with groups by the key",
         "SELECT u.id, d.n FROM users u JOIN (SELECT user_id, COUNT(*) AS n FROM orders GROUP BY user_id) d ON "
         "d.user_id = u.id",
         "SELECT u.id, d.n FROM users u JOIN (SELECT user_id, COUNT(*) AS n FROM orders GROUP BY user_id) d ON "
         "d.user_id = u.id (merge (concat))"},
    };
    CHECK(rows);
}

TEST(merge_plan, groups)
{
    static const plan_row rows[] = {
        {"count", "SELECT COUNT(*) FROM users",
         "SELECT COUNT(*), COUNT(*) AS weir_0 FROM users (merge (concat) (groups (count 0)))"},
        {"by a column", "SELECT age, COUNT(*), SUM(score) FROM users GROUP BY age",
         "SELECT age, COUNT(*), SUM(score) FROM users GROUP BY age (merge (concat) (groups 0:number (count 1) (sum "
         "2)))"},
        {"by the key: each shard alone", "SELECT id, COUNT(*) AS n FROM users GROUP BY id HAVING n > 1 ORDER BY n",
         "SELECT id, COUNT(*) AS n FROM users GROUP BY id HAVING n > 1 ORDER BY n (merge (ordered 1:number))"},
        {"average", "SELECT AVG(age) FROM users",
         "SELECT AVG(age), SUM(age) AS weir_0, COUNT(age) AS weir_1, COUNT(*) AS weir_2 FROM users (merge (concat) "
         "(groups (avg 0)))"},
        {"extremes", "SELECT MIN(age), MAX(name) FROM users",
         "SELECT MIN(age), MAX(name), WEIGHT_STRING(MAX(name) AS CHAR(50)) AS weir_0, COUNT(*) AS weir_1 FROM users "
         "(merge (concat) (groups (min 0) (max 1)))"},
        {"extremes of ENUM", "SELECT MIN(kind) FROM users",
         "SELECT MIN(kind), WEIGHT_STRING(MIN(kind) AS CHAR(1)) AS weir_0, COUNT(*) AS weir_1 FROM users (merge "
         "(concat) "
         "(groups (min 0)))"},
        {"by text", "SELECT name, COUNT(*) FROM users GROUP BY name",
         "SELECT name, COUNT(*), WEIGHT_STRING(name AS CHAR(50)) AS weir_0 FROM users GROUP BY name (merge (concat) "
         "(groups h0:bytes (count 1)))"},
        {"in order", "SELECT age, COUNT(*) FROM users GROUP BY age ORDER BY age DESC LIMIT 3",
         "SELECT age, COUNT(*) FROM users GROUP BY age ORDER BY age DESC  (merge (ordered 0:number:desc) "
         "(groups-in-order 0:number:desc (count 1)) (limit 3))"},
        {"sorted by an aggregate", "SELECT age FROM users GROUP BY age ORDER BY COUNT(*) DESC LIMIT 3",
         "SELECT age, COUNT(*) AS weir_0 FROM users GROUP BY age   (merge (concat) (groups 0:number (count h0)) (sort "
         "h0:number:desc) (limit 3))"},
        {"sorted by an alias", "SELECT age AS a, COUNT(*) AS n FROM users GROUP BY a ORDER BY n",
         "SELECT age AS a, COUNT(*) AS n, COUNT(*) AS weir_0 FROM users GROUP BY a  (merge (concat) (groups 0:number "
         "(count 1) (count h0)) (sort h0:number))"},
        {"distinct elements", "SELECT age, COUNT(DISTINCT country) FROM users GROUP BY age",
         "SELECT age, COUNT(DISTINCT country), country AS weir_0 FROM users GROUP BY age, (country) "
         "(merge (concat) (groups 0:number (count-distinct 1 h0:padded)))"},
        {"distinct elements of all", "SELECT COUNT(DISTINCT age) FROM users",
         "SELECT COUNT(DISTINCT age), age AS weir_0 FROM users GROUP BY (age) (merge (concat) (groups (count-distinct "
         "0 h0:number)))"},
        {"an extreme of nothing", "SELECT MAX() FROM users", "refused: an aggregate of nothing"},
        {"distinct constants", "SELECT COUNT(DISTINCT -2) FROM users", "refused: DISTINCT of a constant"},
        {"a constant order", "SELECT GROUP_CONCAT(age ORDER BY 1) FROM users",
         "refused: GROUP_CONCAT ordered by a constant"},
        {"concatenation", "SELECT GROUP_CONCAT(age ORDER BY age SEPARATOR ';') FROM users WHERE id > 1",
         "SELECT GROUP_CONCAT(age ORDER BY age SEPARATOR ';'), (age) AS weir_0, COUNT(*) AS weir_1, "
         "@@group_concat_max_len AS weir_2, age AS weir_3 "
         "FROM users WHERE id > 1 GROUP BY BINARY (age), (age) (merge (concat) (groups (concat 0)))"},
        {"rollup", "SELECT age, SUM(score) FROM users GROUP BY age WITH ROLLUP",
         "SELECT age, SUM(score), age AS weir_0 FROM users GROUP BY age (merge (concat) (rollup h0:number (sum 1)))"},
        {"variance", "SELECT VARIANCE(age) FROM users",
         "SELECT VARIANCE(age), VAR_POP(age)*1e0 AS weir_0, SUM(age) AS weir_1, COUNT(age) AS weir_2, COUNT(*) AS "
         "weir_3 FROM users "
         "(merge (concat) (groups (var-pop 0)))"},
        {"rollup beside WHERE", "SELECT age, SUM(score) FROM users WHERE id > 1 GROUP BY age WITH ROLLUP",
         "refused: WITH ROLLUP beside"},
        {"rollup over text", "SELECT name, SUM(score) FROM users GROUP BY name WITH ROLLUP",
         "refused: WITH ROLLUP over text"},
        {"having", "SELECT age FROM users GROUP BY age HAVING COUNT(*) > 1", "refused: HAVING over groups"},
        {"an expression over aggregates", "SELECT SUM(age) / COUNT(*) FROM users",
         "refused: an expression over aggregates"},
        {"no aggregate of parts", "SELECT JSON_ARRAYAGG(age) FROM users", "refused: this aggregate cannot"},
        {"* beside groups", "SELECT *, COUNT(*) FROM users GROUP BY age", "refused: * beside aggregates"},
        {"a column beside distinct elements", "SELECT 5, COUNT(DISTINCT age) FROM users", "refused: distinct elements"},
        {"rollup with another column", "SELECT name, SUM(age) FROM users GROUP BY age WITH ROLLUP",
         "refused: WITH ROLLUP"},
    };
    CHECK(rows);
}

TORTURE(merge_plan, memory)
{
    weir__buf got;
    weir__buf_init(&got, &test_env()->mem, 1 << 20);
    weir_status status = plan_of(
        "SELECT name, AVG(age), COUNT(DISTINCT age) FROM users u JOIN orders o ON u.id = o.user_id WHERE u.age > ? "
        "GROUP BY name ORDER BY name LIMIT 3",
        WEIR_ARGS(weir_int(5)), &got);
    status = status == WEIR_OK && got.failed ? WEIR_NOMEM : status;
    weir__buf_deinit(&got);
    return status;
}
