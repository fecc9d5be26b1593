/* finish_test.c - what is read of the shards for a statement that one server finishes, and that statement.
 * SPDX-License-Identifier: Apache-2.0 */
#include "router/merge/finish.h"

#include "base/str.h"
#include "tests/support/test.h"
#include "tests/unit/merge/tables.h"

static void print_text(const weir__finish_text *text, weir__buf *out)
{
    weir__buf_addf(out, "%.*s", WEIR__STR(text->sql));
    for (uint32_t i = 0; i < text->arg_count; i++) {
        uint32_t arg = text->args[i];
        bool document = arg >= WEIR__FINISH_DOCUMENT;
        weir__buf_addf(out, " %c%u", document ? '#' : '?', (unsigned)(document ? arg - WEIR__FINISH_DOCUMENT : arg));
    }
}

/* Every column of a part answers as a DECIMAL(30,2), but for bytes. */
static weir_status close_finish(weir__finish *finish, weir__arena *arena, weir__buf *out, weir_error *error)
{
    const weir_column **columns = weir__arena_array(arena, finish->part_count, sizeof *columns);
    weir__finish_text final;
    for (uint32_t i = 0; columns && i < finish->part_count; i++) {
        const weir__finish_part *part = &finish->parts[i];
        weir_column *own = weir__arena_array(arena, part->column_count, sizeof *own);
        for (uint32_t c = 0; own && c < part->column_count; c++) {
            own[c] = (weir_column){.type = WEIR_T_DECIMAL, .decimals = 2};
            if (part->columns[c].octets)
                own[c].type = WEIR_T_BYTES;
            else if (part->columns[c].collation)
                own[c].type = WEIR_T_TEXT;
        }
        columns[i] = own;
        print_text(&part->text, out);
        weir__buf_adds(out, " | ");
    }
    if (arena->failed)
        return WEIR_NOMEM;
    weir_status status = weir__finish_close(finish, columns, &final, error);
    if (status == WEIR_OK)
        print_text(&final, out);
    return status;
}

static weir_status plan_of(const char *sql, weir__finish_way way, bool fixed_zone, weir__buf *out)
{
    static const weir__lex_options mariadb = {.flavour = WEIR__MARIADB, .version = 101106};
    weir__merge_table tables[8] = {{0}};
    weir__finish *finish = NULL;
    weir__plan *plan;
    weir__arena arena;
    weir_error error;
    weir_status status = weir__plan_build(weir__view(sql), &mariadb, test_env(), &plan, &error);
    if (status != WEIR_OK)
        return status;
    for (uint32_t i = 0; i < plan->table_count && i < 8; i++)
        merge_place(&plan->tables[i], &tables[i]);
    weir__arena_init(&arena, &test_env()->mem, 1 << 20);
    weir__merge_input input = {.sql = weir__view(sql), .reading = mariadb, .plan = plan, .tables = tables};
    input.fixed_zone = fixed_zone;
    status = weir__finish_plan(&input, way, &arena, &finish, &error);
    if (status == WEIR_OK && finish->refused)
        weir__buf_addf(out, "refused: %s", finish->refused);
    else if (status == WEIR_OK)
        status = close_finish(finish, &arena, out, &error);
    weir__arena_deinit(&arena);
    for (uint32_t i = 0; i < plan->table_count && i < 8; i++)
        weir__table_unref(tables[i].table);
    weir__plan_unref(plan);
    return status;
}

typedef struct finish_row {
    const char *name, *sql, *texts;
} finish_row;

static void check(const finish_row *rows, size_t count, weir__finish_way way)
{
    for (size_t i = 0; i < count; i++) {
        weir__buf got;
        weir__buf_init(&got, &test_env()->mem, 1 << 20);
        weir_status status = plan_of(rows[i].sql, way, true, &got);
        EXPECT_THAT(status == WEIR_OK, "%s: %s", rows[i].name, weir_status_name(status));
        bool refusal = strncmp(rows[i].texts, "refused: ", 9) == 0;
        bool same = refusal ? strncmp(rows[i].texts, weir__buf_text(&got), strlen(rows[i].texts)) == 0
                            : strcmp(rows[i].texts, weir__buf_text(&got)) == 0;
        EXPECT_THAT(same, "%s\n    is   %s\n    not  %s", rows[i].name, weir__buf_text(&got), rows[i].texts);
        weir__buf_deinit(&got);
    }
}
#define CHECK(rows, way) check(rows, sizeof rows / sizeof *rows, way)

TEST(finish, groups)
{
    static const finish_row rows[] = {
        {"having", "SELECT age, COUNT(*) AS n FROM users WHERE age > ? GROUP BY age HAVING n > ? LIMIT 3",
         "SELECT age, COUNT(*) FROM users WHERE age > ? GROUP BY (age) ?0 | SELECT weir_0, weir_1 "
         "AS n FROM (SELECT weir_0 AS weir_0, weir_1 AS weir_1 FROM JSON_TABLE(?, '$[*]' COLUMNS ("
         "weir_0 int(11) PATH '$[0]' ERROR ON ERROR, weir_1 decimal(65,2) PATH '$[1]' ERROR ON ERR"
         "OR)) weir) weir WHERE ((weir_1) > ?) LIMIT 3 #0 ?1"},
        {"an expression", "SELECT SUM(score) / COUNT(*) FROM users",
         "SELECT SUM(score), COUNT(*) FROM users | SELECT weir_0 / weir_1 FROM (SELECT weir_0 AS w"
         "eir_0, weir_1 AS weir_1 FROM JSON_TABLE(?, '$[*]' COLUMNS (weir_0 decimal(65,2) PATH '$["
         "0]' ERROR ON ERROR, weir_1 decimal(65,2) PATH '$[1]' ERROR ON ERROR)) weir) weir #0"},
        {"an average", "SELECT ROUND(AVG(age), 2) FROM users",
         "SELECT SUM(age), COUNT(age) FROM users | SELECT ROUND((weir_0 / weir_1), 2) FROM (SELECT"
         " weir_0 AS weir_0, weir_1 AS weir_1 FROM JSON_TABLE(?, '$[*]' COLUMNS (weir_0 decimal(65"
         ",2) PATH '$[0]' ERROR ON ERROR, weir_1 decimal(65,2) PATH '$[1]' ERROR ON ERROR)) weir) "
         "weir #0"},
        {"distinct", "SELECT DISTINCT COUNT(*) FROM users GROUP BY name",
         "SELECT COUNT(*) FROM users GROUP BY (name) | SELECT DISTINCT weir_0 FROM (SELECT weir_0 "
         "AS weir_0 FROM JSON_TABLE(?, '$[*]' COLUMNS (weir_0 decimal(65,2) PATH '$[0]' ERROR ON E"
         "RROR)) weir) weir #0"},
        {"order", "SELECT kind k FROM users GROUP BY kind ORDER BY k, SUM(age) + 1 DESC, 1",
         "SELECT kind, (kind)+0, SUM(age) FROM users GROUP BY (kind) | SELECT weir_0 AS k FROM (SE"
         "LECT weir_0 AS weir_0, weir_1 AS weir_1, weir_2 AS weir_2 FROM JSON_TABLE(?, '$[*]' COLU"
         "MNS (weir_0 varchar(1) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci PATH '$[0]' ERRO"
         "R ON ERROR, weir_1 decimal(65,2) PATH '$[1]' ERROR ON ERROR, weir_2 decimal(65,2) PATH '"
         "$[2]' ERROR ON ERROR)) weir) weir ORDER BY weir_1, weir_2 + 1 DESC, weir_1 #0"},
        {"a window", "SELECT age, RANK() OVER (ORDER BY SUM(score)) FROM users GROUP BY age",
         "SELECT age, SUM(score) FROM users GROUP BY (age) | SELECT weir_0, RANK() OVER (ORDER BY "
         "weir_1) FROM (SELECT weir_0 AS weir_0, weir_1 AS weir_1 FROM JSON_TABLE(?, '$[*]' COLUMN"
         "S (weir_0 int(11) PATH '$[0]' ERROR ON ERROR, weir_1 decimal(65,2) PATH '$[1]' ERROR ON "
         "ERROR)) weir) weir #0"},
        {"an alias or a column", "SELECT age + 1 AS id, COUNT(*) FROM users GROUP BY age HAVING id > 1",
         "refused: this may be"},
        {"a variance within", "SELECT 1 + STDDEV(age) FROM users", "refused: VARIANCE and STDDEV"},
        {"an ENUM within", "SELECT CONCAT(kind, 'x'), COUNT(*) + 1 FROM users GROUP BY kind", "refused: an ENUM"},
        {"a subquery", "SELECT SUM(age) + (SELECT 1) FROM users", "refused: this does not stand"},
        {"no groups", "SELECT age FROM users HAVING age > 1", "refused: no groups"},
        {"rollup", "SELECT age, COUNT(*) FROM users WHERE 1 GROUP BY age WITH ROLLUP", "refused: WITH ROLLUP beside"},
    };
    CHECK(rows, WEIR__FINISH_GROUPS);
}

TEST(finish, blocks)
{
    static const finish_row rows[] = {
        {"a scalar", "SELECT id FROM users WHERE age > (SELECT AVG(amount) FROM orders)",
         "SELECT SUM(amount), COUNT(amount) FROM orders | SELECT id FROM users WHERE age > (SELECT"
         " (weir_0 / weir_1) AS `AVG(amount)` FROM (SELECT weir_0 AS weir_0, weir_1 AS weir_1 FROM"
         " JSON_TABLE(?, '$[*]' COLUMNS (weir_0 decimal(65,2) PATH '$[0]' ERROR ON ERROR, weir_1 d"
         "ecimal(65,2) PATH '$[1]' ERROR ON ERROR)) weir) weir) #0"},
        {"IN", "SELECT id FROM users WHERE id IN (SELECT user_id FROM items WHERE user_id > ?) AND age > ?",
         "SELECT user_id FROM items WHERE user_id > ? ?0 | SELECT id FROM users WHERE id IN (SELEC"
         "T weir_0 AS `user_id` FROM (SELECT weir_0 AS weir_0 FROM JSON_TABLE(?, '$[*]' COLUMNS (w"
         "eir_0 bigint(20) PATH '$[0]' ERROR ON ERROR)) weir) weir) AND age > ? #0 ?1"},
        {"arms",
         "SELECT id, name FROM users UNION ALL (SELECT user_id, state FROM orders ORDER BY amount LIMIT 2) LIMIT 3",
         "SELECT id, name FROM users | SELECT user_id, state, amount FROM orders | SELECT weir_0 A"
         "S `id`, weir_1 AS `name` FROM (SELECT weir_0 AS weir_0, weir_1 AS weir_1 FROM JSON_TABLE"
         "(?, '$[*]' COLUMNS (weir_0 bigint(20) PATH '$[0]' ERROR ON ERROR, weir_1 varchar(50) CHA"
         "RACTER SET utf8mb4 COLLATE utf8mb4_general_ci PATH '$[1]' ERROR ON ERROR)) weir) weir UN"
         "ION ALL (SELECT weir_0 AS `user_id`, weir_1 AS `state` FROM (SELECT weir_0 AS weir_0, we"
         "ir_1 AS weir_1, weir_2 AS weir_2 FROM JSON_TABLE(?, '$[*]' COLUMNS (weir_0 bigint(20) PA"
         "TH '$[0]' ERROR ON ERROR, weir_1 varchar(10) CHARACTER SET utf8mb4 COLLATE utf8mb4_gener"
         "al_ci PATH '$[1]' ERROR ON ERROR, weir_2 int(11) PATH '$[2]' ERROR ON ERROR)) weir) weir"
         " ORDER BY weir_2 LIMIT 2) LIMIT 3 #0 #1"},
        {"EXISTS", "SELECT id FROM users WHERE EXISTS (SELECT 1 FROM items)",
         "SELECT 1 FROM items | SELECT id FROM users WHERE EXISTS (SELECT 1 AS `1` FROM (SELECT we"
         "ir_0 AS weir_0 FROM JSON_TABLE(?, '$[*]' COLUMNS (weir_0 decimal(65,2) PATH '$[0]' ERROR"
         " ON ERROR)) weir) weir) #0"},
        {"correlated", "SELECT id FROM users u WHERE age > (SELECT AVG(amount) FROM orders WHERE user_id <> u.id)",
         "refused: no query"},
        {"everywhere", "SELECT id FROM users WHERE country IN (SELECT code FROM countries)", "refused: no query"},
        {"an ENUM handed on", "SELECT d.kind FROM (SELECT kind FROM users) d", "refused: no query"},
    };
    CHECK(rows, WEIR__FINISH_BLOCKS);
}

TEST(finish, keyed)
{
    static const finish_row rows[] = {
        {"found first",
         "SELECT o.amount, u.name FROM users u JOIN items i ON i.user_id = u.age JOIN orders o ON o.amount = u.age "
         "WHERE u.id IN (1, ?)",
         "SELECT `u`.`id`, `u`.`name`, `u`.`age` FROM users AS `u` WHERE (u.id IN (1, ?)) ?0 | SEL"
         "ECT o.amount, u.name FROM (SELECT weir_0 AS `id`, weir_1 AS `name`, weir_2 AS `age` FROM"
         " JSON_TABLE(?, '$[*]' COLUMNS (weir_0 bigint(20) PATH '$[0]' ERROR ON ERROR, weir_1 varc"
         "har(50) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci PATH '$[1]' ERROR ON ERROR, wei"
         "r_2 int(11) PATH '$[2]' ERROR ON ERROR)) weir) u JOIN items i ON i.user_id = u.age JOIN "
         "orders o ON o.amount = u.age WHERE u.id IN (1, ?) #0 ?0"},
        {"none by key", "SELECT o.amount FROM users u JOIN orders o ON o.amount = u.age", "refused: no table of few"},
        {"all by key",
         "SELECT o.amount FROM users u JOIN orders o ON o.amount = u.age WHERE u.id = 1 AND o.user_id = 2",
         "refused: no table of few"},
    };
    CHECK(rows, WEIR__FINISH_KEYED);
}

TEST(finish, tables)
{
    static const finish_row rows[] = {
        {"conditions",
         "SELECT name FROM users LEFT JOIN countries ON code = country WHERE age > ? AND title = 'x' AND (score < 2 OR "
         "name LIKE 'a%')",
         "SELECT `users`.`name`, `users`.`code`, `users`.`age`, `users`.`score`, `users`.`country`"
         " FROM users AS `users` WHERE (age > ?) AND ((score < 2 OR name LIKE 'a%')) ?0 | SELECT n"
         "ame FROM (SELECT weir_0 AS `name`, weir_1 AS `code`, weir_2 AS `age`, weir_3 AS `score`,"
         " weir_4 AS `country` FROM JSON_TABLE(?, '$[*]' COLUMNS (weir_0 varchar(50) CHARACTER SET"
         " utf8mb4 COLLATE utf8mb4_general_ci PATH '$[0]' ERROR ON ERROR, weir_1 varchar(20) CHARA"
         "CTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$[1]' ERROR ON ERROR, weir_2 int(11) PATH '$["
         "2]' ERROR ON ERROR, weir_3 decimal(10,2) PATH '$[3]' ERROR ON ERROR, weir_4 char(2) CHAR"
         "ACTER SET ascii COLLATE ascii_bin PATH '$[4]' ERROR ON ERROR)) weir) AS `users` LEFT JOI"
         "N countries ON code = country WHERE age > ? AND title = 'x' AND (score < 2 OR name LIKE "
         "'a%') #0 ?0"},
        {"outer",
         "SELECT c.title FROM countries c LEFT JOIN users u ON u.country = c.code WHERE u.age > 1 OR u.age IS NULL",
         "SELECT `u`.`age`, `u`.`country` FROM users AS `u` | SELECT c.title FROM countries c LEFT"
         " JOIN (SELECT weir_0 AS `age`, weir_1 AS `country` FROM JSON_TABLE(?, '$[*]' COLUMNS (we"
         "ir_0 int(11) PATH '$[0]' ERROR ON ERROR, weir_1 char(2) CHARACTER SET ascii COLLATE asci"
         "i_bin PATH '$[1]' ERROR ON ERROR)) weir) u ON u.country = c.code WHERE u.age > 1 OR u.ag"
         "e IS NULL #0"},
        {"all columns", "SELECT * FROM orders o JOIN settings s ON s.id = o.amount",
         "SELECT `o`.`user_id`, `o`.`amount`, `o`.`state` FROM orders AS `o` | SELECT * FROM (SELE"
         "CT weir_0 AS `user_id`, weir_1 AS `amount`, weir_2 AS `state` FROM JSON_TABLE(?, '$[*]' "
         "COLUMNS (weir_0 bigint(20) PATH '$[0]' ERROR ON ERROR, weir_1 int(11) PATH '$[1]' ERROR "
         "ON ERROR, weir_2 varchar(10) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci PATH '$[2]"
         "' ERROR ON ERROR)) weir) o JOIN settings s ON s.id = o.amount #0"},
        {"varies", "SELECT COUNT(*) OVER () FROM users WHERE age > RAND() AND 1 = 1",
         "SELECT `users`.`age` FROM users AS `users` WHERE (1 = 1) | SELECT COUNT(*) OVER () FROM "
         "(SELECT weir_0 AS `age` FROM JSON_TABLE(?, '$[*]' COLUMNS (weir_0 int(11) PATH '$[0]' ER"
         "ROR ON ERROR)) weir) AS `users` WHERE age > RAND() AND 1 = 1 #0"},
        {"types", "SELECT part, seen, kind FROM users JOIN orders ON amount = age",
         "SELECT `users`.`age`, (`users`.`part`)+0e0, `users`.`seen`, `users`.`kind` FROM users AS"
         " `users` | SELECT `orders`.`amount` FROM orders AS `orders` | SELECT part, seen, kind FR"
         "OM (SELECT weir_0 AS `age`, weir_1 AS `part`, weir_2 AS `seen`, weir_3 AS `kind` FROM JS"
         "ON_TABLE(?, '$[*]' COLUMNS (weir_0 int(11) PATH '$[0]' ERROR ON ERROR, weir_1 float PATH"
         " '$[1]' ERROR ON ERROR, weir_2 timestamp PATH '$[2]' ERROR ON ERROR, weir_3 varchar(1) C"
         "HARACTER SET utf8mb4 COLLATE utf8mb4_general_ci PATH '$[3]' ERROR ON ERROR)) weir) AS `u"
         "sers` JOIN (SELECT weir_0 AS `amount` FROM JSON_TABLE(?, '$[*]' COLUMNS (weir_0 int(11) "
         "PATH '$[0]' ERROR ON ERROR)) weir) AS `orders` ON amount = age #0 #1"},
        {"with a schema", "SELECT shop.users.id FROM shop.users JOIN orders ON amount = age",
         "refused: a column named"},
        {"an ENUM sorted", "SELECT age FROM users JOIN orders ON amount = age ORDER BY kind", "refused: an ENUM"},
        {"an ENUM by number", "SELECT kind FROM users JOIN orders ON amount = age ORDER BY 1", "refused: an ENUM"},
        {"locks", "SELECT age FROM users FOR UPDATE", "refused: locks"},
    };
    CHECK(rows, WEIR__FINISH_TABLES);
}

TEST(finish, HAZARD_24_text_of_a_timestamp)
{
    weir__buf got;
    weir__buf_init(&got, &test_env()->mem, 1 << 20);
    EXPECT(plan_of("SELECT MAX(seen) > 1 FROM users", WEIR__FINISH_GROUPS, false, &got) == WEIR_OK);
    EXPECT(strncmp(weir__buf_text(&got), "refused: a TIMESTAMP", 20) == 0);
    weir__buf_deinit(&got);
}

TORTURE(finish, memory)
{
    static const char *const statements[] = {
        "SELECT name, SUM(age) / COUNT(*) AS r FROM users WHERE age > ? GROUP BY name HAVING r > ? ORDER BY r LIMIT 2",
        "SELECT id FROM users WHERE age > (SELECT AVG(amount) FROM orders)",
        "SELECT o.amount, u.name FROM users u JOIN orders o ON o.amount = u.age WHERE u.id = 1",
        "SELECT o.amount, u.name FROM users u JOIN orders o ON o.amount = u.age",
    };
    weir_status status = WEIR_OK;
    for (unsigned way = 0; way < WEIR__FINISH_WAYS && status == WEIR_OK; way++) {
        weir__buf got;
        weir__buf_init(&got, &test_env()->mem, 1 << 20);
        status = plan_of(statements[way], (weir__finish_way)way, true, &got);
        status = status == WEIR_OK && got.failed ? WEIR_NOMEM : status;
        weir__buf_deinit(&got);
    }
    return status;
}
