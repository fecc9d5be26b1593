/* statements_test.c - all kinds of statements, and the other parts of a plan. SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/plan/rows.h"

TEST(plan, statements)
{
    static const plan_row rows[] = {
        {"values", "VALUES (1, 2), (3, 4)", "(plan select replica)"},
        {"table", "TABLE t", "(plan select replica (reads t))"},
        {"json table", "SELECT 1 FROM t, JSON_TABLE(t.j, '$' COLUMNS (a INT PATH '$.a')) jt WHERE jt.a = 1",
         "(plan select replica (reads t) (where (= jt.a 3)))"},
        {"update", "UPDATE t SET a = 1 WHERE k = 7", "(plan update primary (writes t) (where (= t.k 1)))"},
        {"update with alias", "UPDATE t x SET x.a = 1 WHERE x.k = 7",
         "(plan update primary (writes t:x) (where (= x.k 1)))"},
        {"update of two", "UPDATE t JOIN u ON t.k = u.k SET t.a = u.a WHERE u.k = 7",
         "(plan update primary (reads u) (writes t) (where (= u.k 0)) (same t.k u.k))"},
        {"update of two without names", "UPDATE t, u SET a = 1 WHERE t.k = u.k",
         "(plan update primary (reads t u) (writes t u) (same t.k u.k))"},
        {"update with a subquery", "UPDATE t SET a = (SELECT MAX(u.a) FROM u WHERE u.k = t.k) WHERE k = 7",
         "(plan update primary (reads u) (writes t) (where (= t.k 0)) (flow t.k u.k))"},
        {"update that changes what a subquery asks for",
         "UPDATE t SET k = 8, a = (SELECT MAX(u.a) FROM u WHERE u.k = t.k) WHERE k = 7",
         "(plan update primary (reads u) (writes t) (where (= t.k 1)))"},
        {"update with LIMIT", "UPDATE t SET a = 1 WHERE k = 7 ORDER BY b LIMIT 3",
         "(plan update primary (writes t) (where (= t.k 1)))"},
        {"update with cte", "WITH c AS (SELECT k FROM u) UPDATE t, c SET t.a = 1 WHERE t.k = c.k",
         "(plan update primary (reads u) (writes t) (same t.k c.k) (same u.k c.k))"},
        {"delete", "DELETE FROM t WHERE k = 7", "(plan delete primary (writes t) (where (= t.k 0)))"},
        {"delete with alias", "DELETE FROM t AS x WHERE x.k = 7",
         "(plan delete primary (writes t:x) (where (= x.k 0)))"},
        {"delete from two", "DELETE t FROM t JOIN u ON t.k = u.k WHERE u.k = 7",
         "(plan delete primary (reads u) (writes t) (where (= u.k 0)) (same t.k u.k))"},
        {"delete from two by alias", "DELETE x, y FROM t x, t y, u z WHERE x.k = y.k",
         "(plan delete primary (reads u:z) (writes t:x t:y) (same x.k y.k))"},
        {"delete using", "DELETE FROM t USING t LEFT JOIN u ON t.k = u.k WHERE u.a IS NULL",
         "(plan delete primary (reads u?) (writes t) (flow t.k u.k))"},
        {"delete of an unknown name", "DELETE z FROM t JOIN u", "(plan delete primary (reads t u) (writes t u))"},
        {"insert", "INSERT INTO t (k, a) VALUES (7, 'x')", "(plan insert primary (writes t))"},
        {"insert select", "INSERT INTO t (k, a) SELECT k, a FROM u WHERE k = 7",
         "(plan insert primary (reads u) (writes t) (source (= u.k 0)) (flow u.k t.k) (flow u.a t.a))"},
        {"insert select from itself", "INSERT INTO t SELECT * FROM t WHERE k = 7",
         "(plan insert primary (reads t) (writes t) (source (= t.k 0)))"},
        {"insert with a subquery", "INSERT INTO t (k) VALUES ((SELECT MAX(k) FROM u WHERE u.k = 7))",
         "(plan insert primary (reads u) (writes t) (subquery (= u.k 0)))"},
        {"replace", "REPLACE t VALUES (1)", "(plan replace primary (writes t))"},
        {"replace select", "REPLACE INTO t SELECT k FROM u", "(plan replace primary (reads u) (writes t))"},
        {"insert of a union", "INSERT INTO t (SELECT 1 FROM u) UNION (SELECT 2 FROM v)",
         "(plan insert primary (reads u v) (writes t))"},
        {"insert on duplicate", "INSERT INTO t (k, a) VALUES (7, 1) ON DUPLICATE KEY UPDATE a = VALUES(a) + 1",
         "(plan insert primary (writes t))"},
        {"insert returning", "INSERT INTO t (k) VALUES (7) RETURNING k", "(plan insert primary (writes t))"},
        {"explain", "EXPLAIN SELECT 1 FROM t WHERE k = 7", "(plan explain replica (reads t) (where (= t.k 1)))"},
        {"explain update", "EXPLAIN UPDATE t SET a = 1 WHERE k = 7",
         "(plan explain primary (writes t) (where (= t.k 1)))"},
        {"describe", "DESCRIBE shop.t", "(plan explain replica (reads shop.t))"},
        {"call", "CALL p(1, ?)", "(plan call primary)"},
        {"do", "DO SLEEP(1), (SELECT 1 FROM t WHERE k = 7)", "(plan other primary (reads t) (subquery (= t.k 2)))"},
        {"set with a subquery", "SET @x = (SELECT a FROM t WHERE k = 7)",
         "(plan set primary (reads t) (subquery (= t.k 0)))"},
        {"begin", "BEGIN", "(plan begin primary)"},
        {"commit", "COMMIT", "(plan commit primary)"},
        {"use", "USE shop", "(plan use primary)"},
        {"show", "SHOW TABLES", "(plan show replica not-understood)"},
        {"create", "CREATE TABLE t (a int)", "(plan ddl primary not-understood)"},
        {"not SQL", "SELECT FROM WHERE", "(plan select replica not-understood)"},
        {"nothing", "", "(plan empty primary not-understood)"},
        {"two statements", "SELECT 1; SELECT 2", "(plan select primary not-understood)"},
        {"locking", "SELECT 1 FROM t WHERE k = 7 FOR UPDATE", "(plan select primary (reads t) (where (= t.k 1)))"},
        {"sequence", "SELECT NEXT VALUE FOR s", "(plan select primary (reads s) (writes s))"},
        {"previous of a sequence", "SELECT PREVIOUS VALUE FOR s", "(plan select primary (reads s))"},
    };
    PLAN_CHECK(rows, 0);
}

TEST(plan, values_and_their_places)
{
    static const plan_row rows[] = {
        {"compared",
         "SELECT 1 FROM t WHERE a = 7 AND 8 > b AND c IN (1, ?) AND d BETWEEN 'x' AND 'y' AND e LIKE 'z%' AND f <> 3",
         "(plan select replica (reads t) (where (and (= t.a 1) (< t.b 2) (in t.c 3 4) (between t.d 5 6))) (values (1 "
         "integer other) (7 integer compared = t.a) (8 integer compared < t.b) (1 integer compared in t.c) (? ? "
         "compared in t.c) ('x' string compared between t.d) ('y' string compared between t.d) ('z%' string compared "
         "like t.e) (3 integer compared <> t.f)))"},
        {"inserted", "INSERT INTO t (a, b) VALUES (1, ?), (-2, 'x')",
         "(plan insert primary (writes t) (values (1 integer inserted t.a) (? ? inserted t.b) (-2 integer inserted "
         "t.a) ('x' string inserted t.b)))"},
        {"inserted without columns", "INSERT INTO t VALUES (1, 2)",
         "(plan insert primary (writes t) (values (1 integer inserted) (2 integer inserted)))"},
        {"inserted by SET", "INSERT INTO t SET a = 1, b = ?",
         "(plan insert primary (writes t) (values (1 integer inserted t.a) (? ? inserted t.b)))"},
        {"assigned", "UPDATE t SET a = 1, b = ?, c = c + 2 WHERE k = 3 LIMIT 4",
         "(plan update primary (writes t) (where (= t.k 3)) (values (1 integer assigned t.a) (? ? assigned t.b) (2 "
         "integer other) (3 integer compared = t.k) (4 integer limit)))"},
        {"on duplicate", "INSERT INTO t (a) VALUES (1) ON DUPLICATE KEY UPDATE b = 2",
         "(plan insert primary (writes t) (values (1 integer inserted t.a) (2 integer assigned t.b)))"},
        {"limit", "SELECT 1 FROM t LIMIT 5",
         "(plan select replica (reads t) (values (1 integer other) (5 integer limit)))"},
        {"limit and offset", "SELECT 1 FROM t LIMIT 5 OFFSET ?",
         "(plan select replica (reads t) (values (1 integer other) (5 integer limit) (? ? offset)))"},
        {"offset first", "SELECT 1 FROM t LIMIT ?, 10",
         "(plan select replica (reads t) (values (1 integer other) (? ? offset) (10 integer limit)))"},
        {"fetch", "SELECT 1 FROM t ORDER BY a OFFSET 2 ROWS FETCH NEXT 3 ROWS ONLY",
         "(plan select replica (reads t) (values (1 integer other) (2 integer offset) (3 integer limit)))"},
        {"kinds",
         "SELECT 1, 1.5, 1e3, 'a' 'b', N'c', x'41', 0x41, b'1', _utf8mb4'd', DATE '2020-01-01', NULL, TRUE, FALSE, ?, "
         "-1, +1.5",
         "(plan select replica (values (1 integer other) (1.5 decimal other) (1e3 float other) ('a' 'b' string other) "
         "(N'c' constant other) (x'41' constant other) (0x41 constant other) (b'1' constant other) (_utf8mb4'd' "
         "constant other) (DATE '2020-01-01' constant other) (NULL null other) (TRUE boolean other) (FALSE boolean "
         "other) (? ? other) (-1 integer other) (+1.5 decimal other)))"},
        {"rows", "SELECT 1 FROM t WHERE (a, b) = (1, 2) AND (a, b) IN ((3, 4))",
         "(plan select replica (reads t) (where (and (and (= t.a 1) (= t.b 2)) (and (in t.a 3) (in t.b 4)))) (values "
         "(1 integer other) (1 integer compared = t.a) (2 integer compared = t.b) (3 integer compared in t.a) (4 "
         "integer compared in t.b)))"},
        {"other places", "SELECT CONCAT(a, 'x') FROM t GROUP BY a + 1 HAVING COUNT(*) > 2 ORDER BY a + 3",
         "(plan select replica (reads t) (values ('x' string other) (1 integer other) (2 integer other) (3 integer "
         "other)))"},
        {"unknown owner", "SELECT 1 FROM t, u WHERE a = 7",
         "(plan select replica (reads t u) (where (= a 1)) (values (1 integer other) (7 integer compared = a)))"},
        {"outer column", "SELECT 1 FROM t WHERE EXISTS (SELECT 1 FROM u WHERE t.a = 7)",
         "(plan select replica (reads t u) (values (1 integer other) (1 integer other) (7 integer compared = t.a)))"},
        {"a parameter more than once", "SELECT ? FROM t WHERE a = ? AND b = ?",
         "(plan select replica (reads t) (where (and (= t.a 1) (= t.b 2))) (values (? ? other) (? ? compared = t.a) (? "
         "? compared = t.b)))"},
        {"escaped string", "SELECT 1 FROM t WHERE a = 'it\\'s' AND b = 'it''s'",
         "(plan select replica (reads t) (where (and (= t.a 1) (= t.b 2))) (values (1 integer other) ('it\\'s' string "
         "compared = t.a) ('it''s' string compared = t.b)))"},
        {"limit in GROUP_CONCAT", "SELECT GROUP_CONCAT(a ORDER BY b SEPARATOR ',' LIMIT 1) FROM t",
         "(plan select replica (reads t) (values (',' string other) (1 integer other)))"},
        {"comments between", "SELECT 1 FROM t WHERE a = /* 9 */ 7 -- 8",
         "(plan select replica (reads t) (where (= t.a 1)) (values (1 integer other) (7 integer compared = t.a)))"},
    };
    PLAN_CHECK(rows, WEIR__PRINT_VALUES);
}

TEST(plan, columns_read_and_written)
{
    static const plan_row rows[] = {
        {"read", "SELECT a, t.b FROM t WHERE c = 1 GROUP BY d ORDER BY e",
         "(plan select replica (reads t) (where (= t.c 0)) (columns t.a t.b t.c t.d t.e))"},
        {"star", "SELECT * FROM t JOIN u", "(plan select replica (reads t u) (columns t.* u.*))"},
        {"star of one", "SELECT t.*, u.a FROM t JOIN u", "(plan select replica (reads t u) (columns u.a t.*))"},
        {"star of an alias", "SELECT x.* FROM t x", "(plan select replica (reads t:x) (columns x.*))"},
        {"count star names no column", "SELECT COUNT(*) FROM t", "(plan select replica (reads t) (columns))"},
        {"alias in ORDER BY", "SELECT a AS b FROM t ORDER BY b", "(plan select replica (reads t) (columns t.a))"},
        {"alias in HAVING", "SELECT COUNT(*) AS n, a FROM t GROUP BY a HAVING n > 1",
         "(plan select replica (reads t) (columns t.a))"},
        {"aliases do not count in WHERE", "SELECT a AS b FROM t WHERE b = 1",
         "(plan select replica (reads t) (where (= t.b 0)) (columns t.a t.b))"},
        {"written", "UPDATE t SET a = b WHERE c = 1",
         "(plan update primary (writes t) (where (= t.c 0)) (columns t.a! t.b t.c))"},
        {"written and read", "UPDATE t SET a = a + 1", "(plan update primary (writes t) (columns t.a!?))"},
        {"inserted", "INSERT INTO t (a, b) VALUES (1, 2) ON DUPLICATE KEY UPDATE b = a + VALUES(c)",
         "(plan insert primary (writes t) (columns t.a!? t.b! t.c))"},
        {"deleted", "DELETE FROM t WHERE a = 1", "(plan delete primary (writes t) (where (= t.a 0)) (columns t.a))"},
        {"using", "SELECT 1 FROM t JOIN u USING (k)",
         "(plan select replica (reads t u) (same t.k u.k) (columns t.k u.k))"},
        {"subquery", "SELECT (SELECT u.a FROM u WHERE u.b = t.c) FROM t",
         "(plan select replica (reads t u) (flow t.c u.b) (columns u.a u.b t.c))"},
        {"returning", "INSERT INTO t (a) VALUES (1) RETURNING b",
         "(plan insert primary (writes t) (columns t.a! t.b))"},
        {"two cases are one column", "SELECT a, A FROM t", "(plan select replica (reads t) (columns t.a))"},
        {"into variables is no column", "SELECT a INTO @x FROM t", "(plan select primary (reads t) (columns t.a))"},
        {"window", "SELECT SUM(a) OVER (PARTITION BY b ORDER BY c) FROM t",
         "(plan select replica (reads t) (columns t.a t.b t.c))"},
        {"table query", "TABLE t", "(plan select replica (reads t) (columns t.*))"},
    };
    PLAN_CHECK(rows, WEIR__PRINT_COLUMNS);
}

TEST(plan, calls_that_are_not_plain)
{
    static const plan_row rows[] = {
        {"plain ones are not listed", "SELECT ABS(a), CONCAT(a, b), COUNT(*) FROM t",
         "(plan select replica (reads t) (calls))"},
        {"varies", "SELECT NOW(), RAND(), UUID() FROM t",
         "(plan select replica (reads t) (calls (NOW varies) (RAND varies) (UUID varies)))"},
        {"without parentheses", "SELECT CURRENT_TIMESTAMP", "(plan select replica (calls (CURRENT_TIMESTAMP varies)))"},
        {"reads the session", "SELECT LAST_INSERT_ID()",
         "(plan select primary (calls (LAST_INSERT_ID varies reads-session)))"},
        {"changes", "SELECT GET_LOCK('x', 1)", "(plan select primary (calls (GET_LOCK varies changes)))"},
        {"unknown", "SELECT f(a) FROM t", "(plan select primary (reads t) (calls (f unknown)))"},
        {"of a schema", "SELECT s.f(a) FROM t", "(plan select primary (reads t) (calls (s.f unknown)))"},
        {"quoted is a stored function", "SELECT `abs`(a) FROM t",
         "(plan select primary (reads t) (calls (abs unknown)))"},
        {"a blank makes some a stored function", "SELECT COUNT (a) FROM t",
         "(plan select primary (reads t) (calls (COUNT unknown)))"},
        {"once each", "SELECT NOW(), now(), NOW(6) FROM t", "(plan select replica (reads t) (calls (NOW varies)))"},
        {"in a write", "INSERT INTO t (a) VALUES (UUID())", "(plan insert primary (writes t) (calls (UUID varies)))"},
        {"call", "CALL s.p(NOW())", "(plan call primary (calls (s.p unknown) (NOW varies)))"},
        {"sequence", "SELECT NEXT VALUE FOR s",
         "(plan select primary (reads s) (writes s) (calls (nextval varies changes)))"},
        {"nextval", "SELECT NEXTVAL(s)", "(plan select primary (calls (NEXTVAL varies changes)))"},
        {"another server's function", "SELECT UUID_TO_BIN(a) FROM t",
         "(plan select primary (reads t) (calls (UUID_TO_BIN unknown)))"},
    };
    PLAN_CHECK(rows, WEIR__PRINT_CALLS);
}

TEST(plan, rows_of_insert)
{
    static const plan_row rows[] = {
        {"values", "INSERT INTO t (a, b) VALUES (1, 2), (?, DEFAULT), (NULL, NOW()), (-3, a + 1)",
         "(plan insert primary (writes t) (insert (into a b) (row 0 1) (row 2 default) (row 3 expression) (row 4 "
         "expression)))"},
        {"no columns", "INSERT INTO t VALUES (1, 'x')", "(plan insert primary (writes t) (insert (row 0 1)))"},
        {"empty columns and row", "INSERT INTO t () VALUES ()",
         "(plan insert primary (writes t) (insert (into) (row)))"},
        {"empty row without columns", "INSERT INTO t VALUES ()", "(plan insert primary (writes t) (insert (row)))"},
        {"rows of different lengths", "INSERT INTO t (a) VALUES (1), (2, 3)",
         "(plan insert primary (writes t) (insert (into a) (row 0) (row 1 2)))"},
        {"set", "INSERT INTO t SET a = 1, b = DEFAULT, c = 1 + 1",
         "(plan insert primary (writes t) (insert (into a b c) (row 0 default expression)))"},
        {"ignore", "INSERT IGNORE t VALUES (1)", "(plan insert primary (writes t) (insert (row 0) ignore))"},
        {"duplicate", "INSERT INTO t (a) VALUES (1) ON DUPLICATE KEY UPDATE a = 2",
         "(plan insert primary (writes t) (insert (into a) (row 0) duplicate))"},
        {"replace", "REPLACE INTO t (a) VALUES (1)", "(plan replace primary (writes t) (insert (into a) (row 0)))"},
        {"replace set", "REPLACE t SET a = 1", "(plan replace primary (writes t) (insert (into a) (row 0)))"},
        {"select", "INSERT INTO t (a) SELECT b FROM u",
         "(plan insert primary (reads u) (writes t) (flow u.b t.a) (insert (into a) source))"},
        {"select in parentheses", "INSERT INTO t (a) (SELECT b FROM u)",
         "(plan insert primary (reads u) (writes t) (flow u.b t.a) (insert (into a) source))"},
        {"table", "INSERT INTO t TABLE u", "(plan insert primary (reads u) (writes t) (insert source))"},
        {"row words", "INSERT INTO t VALUES ROW(1, 2), ROW(3, 4)",
         "(plan insert primary (writes t) (insert (row 0 1) (row 2 3)))"},
        {"row alias", "INSERT INTO t (a) VALUES (1) AS new ON DUPLICATE KEY UPDATE a = new.a",
         "(plan insert primary (writes t) (insert (into a) (row 0) duplicate))"},
        {"default of a column", "INSERT INTO t (a) VALUES (DEFAULT(b))",
         "(plan insert primary (writes t) (insert (into a) (row expression)))"},
        {"parentheses around a value", "INSERT INTO t (a) VALUES ((1))",
         "(plan insert primary (writes t) (insert (into a) (row 0)))"},
        {"columns with a qualifier", "INSERT INTO t (t.a, s.t.b) VALUES (1, 2)",
         "(plan insert primary (writes t) (insert (into a b) (row 0 1)))"},
    };
    PLAN_CHECK(rows, WEIR__PRINT_INSERT);
}

TEST(plan, scopes)
{
    static const plan_row rows[] = {
        {"plain", "SELECT a FROM t", "(plan select replica (reads t) (scopes (statement from:t)))"},
        {"limit", "SELECT a FROM t ORDER BY a LIMIT 1 OFFSET 2",
         "(plan select replica (reads t) (scopes (statement from:t limit=0 offset=1 ordered)))"},
        {"fetch without a count", "SELECT a FROM t ORDER BY a FETCH FIRST ROW ONLY",
         "(plan select replica (reads t) (scopes (statement from:t limited ordered)))"},
        {"flags", "SELECT DISTINCT SUM(a) OVER w FROM t GROUP BY b WITH ROLLUP WINDOW w AS (ORDER BY b)",
         "(plan select replica (reads t) (scopes (statement from:t distinct grouped rollup windows)))"},
        {"aggregates", "SELECT COUNT(*) FROM t",
         "(plan select replica (reads t) (scopes (statement from:t aggregates)))"},
        {"having", "SELECT a FROM t HAVING a > 1",
         "(plan select replica (reads t) (scopes (statement from:t aggregates)))"},
        {"aggregate in a subquery is its own", "SELECT a FROM t WHERE b = (SELECT MAX(u.c) FROM u)",
         "(plan select replica (reads t u) (scopes (statement from:t) (subquery from:u aggregates)))"},
        {"aggregate in a subquery may be the outer one's", "SELECT a FROM t WHERE b = (SELECT MAX(u.c + t.a) FROM u)",
         "(plan select replica (reads t u) (scopes (statement from:t aggregates) (subquery from:u aggregates "
         "correlated)))"},
        {"how", "SELECT 1 FROM a JOIN b LEFT JOIN c ON 1 RIGHT JOIN d ON 1, e",
         "(plan select replica (reads a? b? c? d e) (scopes (statement from:a join:b left:c right:d from:e)))"},
        {"target", "INSERT INTO t SELECT a FROM u",
         "(plan insert primary (reads u) (writes t) (scopes (statement target:t) (source from:u)))"},
        {"update", "UPDATE t JOIN u SET t.a = 1",
         "(plan update primary (reads u) (writes t) (scopes (statement from:t join:u)))"},
        {"union", "SELECT 1 FROM t UNION SELECT 2 FROM u LIMIT 3",
         "(plan select replica (reads t u) (scopes (statement limit=2) (arm from:t) (arm from:u)))"},
        {"correlated", "SELECT 1 FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.a = t.a)",
         "(plan select replica (reads t u) (flow t.a u.a) (scopes (statement from:t) (subquery from:u correlated)))"},
        {"recursive", "WITH RECURSIVE c AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM c) SELECT n FROM c",
         "(plan select replica (scopes (statement from:c) (cte recursive) (arm) (arm from:c)))"},
        {"derived and cte", "WITH c AS (SELECT 1 FROM t) SELECT 1 FROM c, (SELECT 2 FROM u) d",
         "(plan select replica (reads t u) (scopes (statement from:c from:d) (cte from:t) (derived from:u)))"},
        {"sequence", "SELECT NEXT VALUE FOR s FROM t",
         "(plan select primary (reads t s) (writes s) (scopes (statement from:t sequence:s)))"},
    };
    PLAN_CHECK(rows, WEIR__PRINT_SCOPES);
}
