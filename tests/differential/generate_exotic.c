/* generate_exotic.c - rare syntax, literals of every class at every place, and what a session keeps. SPDX-License-Identifier: Apache-2.0
 * A plan serves all statements that differ in lifted literals: here the same text comes with integers, decimals, texts, hex, NULL. */
#include "tests/differential/generate.h"

#include <string.h>

/* # is a number from 0 to 59, the same within a statement; @ a literal of any class. */
static void say_template(gen *g, const char *text)
{
    static const char *const literals[] = {"7",
                                           "-3",
                                           "0",
                                           "12.5",
                                           "1e1",
                                           "'7'",
                                           "'abc'",
                                           "''",
                                           "NULL",
                                           "TRUE",
                                           "0x37",
                                           "b'1'",
                                           "X'37'",
                                           "'A'",
                                           "'a '",
                                           "-0.0",
                                           "0012",
                                           "1.50",
                                           "'1.5'",
                                           "DATE '2024-02-03'",
                                           "'2024-02-03'",
                                           "2.00",
                                           "99999999999",
                                           "_utf8mb4'a'",
                                           "'it''s'",
                                           "\"dq\"",
                                           "N'n'",
                                           "'a' 'b'",
                                           "- 3",
                                           "+4",
                                           "TIMESTAMP '2024-01-01 00:00:00'"};
    uint32_t number = below(g, 60);
    for (const char *at = text; *at; at++) {
        if (*at == '#')
            say(g, "%u", number);
        else if (*at == '@')
            say(g, "%s", RNG_PICK(g->r, literals));
        else
            say(g, "%c", *at);
    }
    g->loose_warnings = true;
}

void make_literals(gen *g)
{
    static const char *const texts[] = {
        "SELECT @ FROM users WHERE id = #",
        "SELECT @, @ AS b, id FROM users WHERE id = #",
        "SELECT id FROM users WHERE id = # AND age = @",
        "SELECT id FROM users WHERE id < # AND name = @ ORDER BY id",
        "SELECT id FROM users WHERE id < # AND login <> @ ORDER BY id",
        "SELECT id FROM users WHERE id < # AND balance > @ ORDER BY id",
        "SELECT id FROM users WHERE id < # AND born = '2024-02-03' ORDER BY id",
        "SELECT id FROM users WHERE id < # AND score <= @ ORDER BY id",
        "SELECT id FROM users WHERE id < # AND age IN (@, @, 3) ORDER BY id",
        "SELECT id FROM users WHERE id < # AND name IN ('a', @) ORDER BY id",
        "SELECT id FROM users WHERE id < # AND age BETWEEN @ AND @ ORDER BY id",
        "SELECT COALESCE(age, @) AS c FROM users WHERE id = #",
        "SELECT CONCAT(name, @), IF(age > @, @, 1) FROM users WHERE id = #",
        "SELECT age + @ FROM users WHERE id = #",
        "SELECT id, @ + 1 FROM users WHERE id = #",
        "SELECT age + 1, COUNT(*) FROM users WHERE id < # GROUP BY age + 1",
        "SELECT id FROM users WHERE id < # ORDER BY age + 1 DESC, id",
        "SELECT id, age FROM users WHERE id < # ORDER BY 2, 1",
        "SELECT 10/3, 10 DIV 3, 10.0/3, 7 % 4, 1+1 FROM users WHERE id = #",
        "SELECT 0.1+0.2=0.3, 1e-1+2e-1=3e-1, 0x41+0, 'a' = 'A ', b'101'+0 FROM users WHERE id = #",
        "SELECT ROUND(balance, 1), ROUND(balance / 3, 4) FROM users WHERE id = #",
        "SELECT LEFT(name, 2), SUBSTRING(name, 2, 1), LPAD(name, 5, '*') FROM users WHERE id = #",
        "SELECT CAST(@ AS CHAR(3)), CAST(@ AS DECIMAL(6,2)), CONVERT(7, CHAR) FROM users WHERE id = #",
        "SELECT id = @, id <=> NULL, NOT (age = @) FROM users WHERE id = #",
        "SELECT id FROM users WHERE (id, age) IN ((#, 3), (#, 4), (#, NULL))",
        "SELECT id FROM users WHERE id = # LIMIT 1",
        "SELECT id FROM zoo WHERE id < # AND i8 = @ ORDER BY id",
        "SELECT id FROM zoo WHERE id < # AND u8 = @ ORDER BY id",
        "SELECT id FROM zoo WHERE id < # AND u2 <> @ ORDER BY id",
        "SELECT id FROM zoo WHERE id < # AND dc = @ ORDER BY id",
        "SELECT id FROM zoo WHERE id < # AND f8 > @ ORDER BY id",
        "SELECT id FROM zoo WHERE id < # AND b20 >= @ ORDER BY id",
        "SELECT id FROM zoo WHERE id < # AND vl = 'a' ORDER BY id",
        "SELECT id FROM zoo WHERE id < # AND vu = @ ORDER BY id",
        "SELECT id FROM zoo WHERE id < # AND vn > @ ORDER BY id",
        "SELECT id FROM zoo WHERE id < # AND bi = 'ab' ORDER BY id",
        "SELECT id FROM zoo WHERE id < # AND vb = @ ORDER BY id",
        "SELECT id FROM zoo WHERE id < # AND en = @ ORDER BY id",
        "SELECT id FROM zoo WHERE id < # AND se = @ ORDER BY id",
        "SELECT id FROM zoo WHERE id < # AND ye = @ ORDER BY id",
        "SELECT id FROM zoo WHERE id < # AND ti > '01:00:00' ORDER BY id",
        "SELECT id FROM zoo WHERE id < # AND dt > '2024-03-03' ORDER BY id",
        "SELECT id FROM zoo WHERE id < # AND ts < '2024-05-05 00:00:00' ORDER BY id",
        "SELECT id FROM zoo WHERE id < # AND uu = '123e4567-e89b-12d3-a456-42661417400a' ORDER BY id",
    };
    say_template(g, RNG_PICK(g->r, texts));
    done(g, ORDER_ANY);
}

/* Values that the column has to convert, warn of, or refuse. */
static void make_odd_write(gen *g)
{
    static const char *const texts[] = {
        "UPDATE zoo SET i1 = @ WHERE id = #",
        "UPDATE zoo SET u1 = @ WHERE id = #",
        "UPDATE zoo SET i8 = @ WHERE id = #",
        "UPDATE zoo SET dc = @ WHERE id = #",
        "UPDATE zoo SET f8 = @ WHERE id = #",
        "UPDATE zoo SET vu = @ WHERE id = #",
        "UPDATE zoo SET ch = @, vb = @ WHERE id = #",
        "UPDATE zoo SET da = @ WHERE id = #",
        "UPDATE zoo SET d6 = @ WHERE id = #",
        "UPDATE zoo SET en = @ WHERE id = #",
        "UPDATE zoo SET ye = @ WHERE id = #",
        "UPDATE zoo SET b20 = @ WHERE id = #",
        "UPDATE IGNORE zoo SET i1 = @, u1 = @ WHERE id = #",
        "UPDATE zoo SET tx = CONCAT(tx, @) WHERE id = #",
        "INSERT INTO audit (what, cost) VALUES (@, @)",
        "INSERT IGNORE INTO audit (what, cost) VALUES (@, @), ('b', @)",
    };
    uint32_t form = below(g, sizeof texts / sizeof *texts);
    say_template(g, texts[form]);
    done_write(g, table_named(form < 14 ? "zoo" : "audit"));
}

void make_exotic(gen *g)
{
    static const char *const texts[] = {
        "SELECT /* a hint */ id FROM users WHERE id = # -- the end",
        "SELECT /*! id, */ age FROM users WHERE id = #",
        "SELECT /*M! id, */ age FROM users WHERE id = #",
        "SELECT id FROM users WHERE id = # # the end",
        "(SELECT id, age FROM users WHERE id = #) ORDER BY 1",
        "(SELECT id FROM users WHERE id = #) UNION (SELECT id FROM users WHERE id = #) ORDER BY id",
        "SELECT SQL_NO_CACHE ALL id FROM users WHERE id = #",
        "SELECT HIGH_PRIORITY STRAIGHT_JOIN SQL_SMALL_RESULT id FROM users WHERE id = #",
        "SELECT id FROM users FORCE INDEX (PRIMARY) WHERE id = #",
        "SELECT id FROM users IGNORE INDEX (age, name) WHERE id = #",
        "SELECT id FROM users WHERE id = # FOR UPDATE",
        "SELECT id FROM users WHERE id = # LOCK IN SHARE MODE",
        "SELECT id FROM users WHERE id = # FOR UPDATE NOWAIT",
        "SELECT id FROM users WHERE id = # ORDER BY id FETCH FIRST 2 ROWS ONLY",
        "SELECT u.id, t.* FROM users u, (VALUES (1, 'x'), (2, 'y')) t WHERE u.id = # ORDER BY 2",
        "VALUES (1, 2), (3, #)",
        "SELECT 1 FROM DUAL WHERE # > 3",
        "SELECT 1 + #, NOW() > '2001-01-01', DATABASE() IS NULL",
        "SELECT id DIV 2 AS h, COUNT(*) FROM users WHERE id = # GROUP BY h HAVING h IS NOT NULL ORDER BY h",
        "SELECT DISTINCTROW age FROM users WHERE id = #",
        "SELECT id, name COLLATE utf8mb4_bin AS b FROM users WHERE id = # AND name COLLATE utf8mb4_unicode_ci = 'A'",
        "SELECT id, _latin1 X'E9' AS l, CONVERT(name USING latin1) AS c, BINARY name AS b FROM users WHERE id = #",
        "SELECT id, born + INTERVAL 1 DAY, DATE_FORMAT(seen, '%Y %m'), seen - INTERVAL '1 2' DAY_HOUR FROM users WHERE "
        "id = #",
        "SELECT EXTRACT(YEAR FROM born), TIMESTAMPDIFF(DAY, born, '2024-06-01') FROM users WHERE id = #",
        "SELECT name REGEXP '^a', name RLIKE 'b$', name LIKE 'a|%' ESCAPE '|', name NOT LIKE '_' FROM users WHERE id = "
        "#",
        "SELECT id & 3, id | 4, id ^ 1, ~0, id << 2, 16 >> 1, !1, - id FROM users WHERE id = #",
        "SELECT CASE age WHEN 1 THEN 'one' WHEN NULL THEN 'none' END, NULLIF(age, 3), IFNULL(age, 'x') FROM users "
        "WHERE id = #",
        "SELECT GREATEST(id, 3, 2.5), LEAST(name, 'b'), INTERVAL(id, 1, 10, 20), ELT(2, 'a', 'b'), FIELD(state, 'new', "
        "'gone') FROM "
        "users WHERE id = #",
        "SELECT JSON_VALUE(js, '$.n'), JSON_EXTRACT(js, '$.a'), JSON_OBJECT('id', id), JSON_ARRAY(1, 'x', NULL) FROM "
        "zoo WHERE id = #",
        "SELECT HEX(vb), LENGTH(bl), OCT(id), UNHEX('4142'), CRC32(vn), MD5(tx), QUOTE(ch) FROM zoo WHERE id = #",
        "SELECT b1, b20 + 0, BIN(b20), HEX(b20), en + 0, se + 0, ye + 1 FROM zoo WHERE id = #",
        "SELECT CAST(da AS DATETIME(3)), CAST(dt AS DATE), CAST(dc AS SIGNED), CAST(i1 AS UNSIGNED), CAST(f8 AS CHAR) "
        "FROM zoo WHERE "
        "id = #",
        "SELECT MAX(id) OVER w AS m, id FROM users WHERE id = # WINDOW w AS (ORDER BY id)",
        "SELECT COUNT(*) FROM users WHERE id = # AND MATCH_NOTHING",
        "SELECT `id` AS `the id`, id AS 'quoted', id AS \"double\" FROM `users` WHERE `users`.`id` = #",
        "SELECT users.* , id AS again FROM users WHERE id = #",
        "SELECT o.*, u.name FROM orders AS o NATURAL JOIN (SELECT # AS user_id, 'n' AS name) u",
        "SELECT * FROM orders JOIN order_lines USING (user_id) WHERE user_id = # ORDER BY id, order_id, line",
        "SELECT id FROM users WHERE id = # GROUP BY id WITH ROLLUP",
        "SELECT COUNT(*) c, SUM(qty) s, AVG(amount) a, MIN(placed) m FROM orders WHERE user_id = #",
        "SELECT COUNT(DISTINCT qty, status), GROUP_CONCAT(DISTINCT qty ORDER BY qty SEPARATOR '') FROM orders WHERE "
        "user_id = #",
        "SELECT JSON_ARRAYAGG(id), STD(qty), BIT_OR(qty) FROM orders WHERE user_id = #",
        "SELECT id FROM users WHERE id = # AND age IN (SELECT 1 UNION SELECT 2 UNION SELECT age FROM users WHERE id = "
        "#)",
        "WITH a AS (SELECT id FROM users WHERE id = #), b AS (SELECT id + 1 AS n FROM a) SELECT * FROM a JOIN b",
        "SELECT (SELECT COUNT(*) FROM orders WHERE user_id = id) FROM users WHERE id = #",
        "SELECT NULL, TRUE, FALSE, 'a' 'b', N'n', 0xFF, x'4D', b'1000001', 1., .5, 1e3 FROM users WHERE id = #",
        "SELECT '\\'', '\\n', '\\%', \"it's\", 'a''b', '\\\\' FROM users WHERE id = #",
        "SELECT id AS a, id AS A, id AS `a b`, 1 AS `` FROM users WHERE id = #",
        "EXPLAIN SELECT id FROM users WHERE id = #",
        "SHOW COLUMNS FROM users LIKE 'a%'",
        "DESCRIBE orders",
        "SELECT id FROM users PARTITION (p0) WHERE id = #",
        "SELECT NEXT VALUE FOR nosuch",
        "SELECT id, ROW_NUMBER() OVER () FROM users WHERE id = #",
        "DO #",
        "SELECT id INTO @nothing FROM users WHERE id = #",
        "SELECT MAX() FROM users",
        "SELECT SUM(), AVG() FROM users WHERE id < #",
        "SELECT COUNT() FROM users",
        "SELECT COUNT(DISTINCT 1), SUM(DISTINCT -2), AVG(DISTINCT 3) FROM users WHERE id < #",
        "SELECT GROUP_CONCAT(), GROUP_CONCAT(1), MIN(1) FROM users WHERE id < #",
        "SELECT GROUP_CONCAT(id ORDER BY 1) FROM users WHERE id = #",
        "SELECT XYZZY",
        "SELEC id FROM users",
        "SELECT id FROM users WHERE",
        "SELECT 'open",
        "SELECT id FROM users WHERE id = #;",
    };
    if (chance(g, 40)) {
        make_odd_write(g);
        return;
    }
    const char *text = RNG_PICK(g->r, texts);
    /* A # after a blank at the end of its text begins a comment. */
    say_template(g, text);
    done(g, ORDER_ANY);
}

static void text(gen *g, const char *sql)
{
    say(g, "%s", sql);
    g->loose_warnings = true;
    done(g, ORDER_ANY);
}

/* What a connection keeps between statements: only a session that has one of its own may ask. */
void make_session(gen *g)
{
    switch (below(g, 3)) {
    case 0:
        text(g, "SET @v = 5, @w = 'abc'");
        text(g, "SELECT @v, @w, @v + 1 AS n, @u");
        text(g, "SELECT id, @v := 7 FROM users WHERE id = @v");
        text(g, "SELECT @v");
        text(g, "SET @v = NULL, @w = NULL");
        break;
    case 1:
        step(g, STEP_BEGIN);
        say(g, "INSERT INTO audit (what) VALUES ('one'), ('two')");
        done_write(g, table_named("audit"));
        text(g, "SELECT LAST_INSERT_ID() > 0, ROW_COUNT()");
        text(g, "UPDATE audit SET cost = 1 WHERE id = LAST_INSERT_ID()");
        text(g, "SELECT ROW_COUNT(), what FROM audit WHERE id = LAST_INSERT_ID()");
        step(g, chance(g, 50) ? STEP_COMMIT : STEP_ROLLBACK);
        break;
    default:
        text(g, "CREATE TEMPORARY TABLE mine (a INT PRIMARY KEY, b VARCHAR(9))");
        text(g, "INSERT INTO mine VALUES (1, 'x'), (2, NULL)");
        text(g, "SELECT * FROM mine ORDER BY a DESC");
        text(g, "INSERT INTO mine VALUES (1, 'again')");
        text(g, "DROP TEMPORARY TABLE mine");
        break;
    }
}

static void ask_scratch(gen *g)
{
    static const column a = {"a", "", K_INT, 0, 1, 4};
    g->prepared = true;
    say(g, "SELECT * FROM scratch WHERE a >= ");
    say_there(g, &a);
    say(g, " ORDER BY a");
    done(g, ORDER_TOTAL);
    g->prepared = false;
    text(g, "SELECT * FROM scratch WHERE a = 2");
}

/* A table changes its shape between the same statements: names, types and values must be the new ones. */
void make_definitions(gen *g)
{
    static const char *const changes[] = {
        "ALTER TABLE scratch ADD n INT NOT NULL DEFAULT 5 FIRST, DROP c",
        "ALTER TABLE scratch MODIFY b VARCHAR(20), CHANGE c d VARCHAR(9)",
        "ALTER TABLE scratch ADD COLUMN n DATETIME NULL AFTER a",
        "ALTER TABLE scratch DROP b",
        "ALTER TABLE scratch MODIFY b INT UNSIGNED",
        "TRUNCATE TABLE scratch",
        "RENAME TABLE scratch TO scratched",
        "CREATE OR REPLACE TABLE scratch (a BIGINT PRIMARY KEY, z INT)",
    };
    text(g, "DROP TABLE IF EXISTS scratch, scratched");
    text(g, "CREATE TABLE scratch (a INT PRIMARY KEY, b INT, c VARCHAR(9))");
    text(g, "INSERT INTO scratch VALUES (1, 10, 'x'), (2, 20, NULL), (3, NULL, 'z')");
    ask_scratch(g);
    text(g, RNG_PICK(g->r, changes));
    ask_scratch(g);
    text(g, RNG_PICK(g->r, changes));
    ask_scratch(g);
    text(g, "DROP TABLE IF EXISTS scratch, scratched");
}
