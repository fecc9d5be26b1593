/* effects_test.c - what statements do, by their tokens. SPDX-License-Identifier: Apache-2.0 */
#include "router/sql/effects.h"

#include "base/str.h"
#include "router/sql/functions.h"
#include "tests/support/test.h"

typedef struct row {
    const char *sql, *effects;
} row;

static const weir__lex_options maria = {.flavour = WEIR__MARIADB, .version = 101106};
static const weir__lex_options mysql = {.flavour = WEIR__MYSQL, .version = 80036};

/* "SELECT plain" */
static void print(char *out, size_t size, const weir__sql_effects *e)
{
    const struct {
        bool set;
        const char *name;
    } flags[] = {
        {e->plain_read, "plain"},
        {e->reads_session, "reads"},
        {e->changes_session, "changes"},
        {e->sets_insert_id, "sets-id"},
        {e->counts_rows, "counts"},
        {e->user_variable, "var"},
        {e->system_variable, "sysvar"},
        {e->locking_read, "locking"},
        {e->into, "into"},
        {e->returning, "returning"},
        {e->chains, "chains"},
        {e->read_only, "readonly"},
        {e->snapshot, "snapshot"},
        {e->unknown_call, "unknown"},
        {e->conditional, "conditional"},
        {e->body, "body"},
        {e->more_than_one, "more"},
        {e->unclosed, "unclosed"},
        {e->illegal, "illegal"},
    };
    size_t at = (size_t)snprintf(out, size, "%s", weir__verb_name(e->verb));
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if (flags[i].set)
            at += (size_t)snprintf(out + at, size - at, " %s", flags[i].name);
}

static void check(const row *rows, size_t count, const weir__lex_options *options)
{
    for (size_t i = 0; i < count; i++) {
        char got[256];
        weir__sql_effects effects = weir__sql_effects_of(weir__view(rows[i].sql), options);
        print(got, sizeof got, &effects);
        EXPECT_THAT(strcmp(got, rows[i].effects) == 0, "%s\n    is   %s\n    not  %s", rows[i].sql, got,
                    rows[i].effects);
    }
}
#define CHECK(rows, options) check(rows, sizeof(rows) / sizeof *(rows), options)

TEST(effects, verbs)
{
    static const row rows[] = {
        {"", "EMPTY"},
        {" ; ; -- x", "EMPTY"},
        {"/* only this */", "EMPTY"},
        {"SELECT 1", "SELECT plain"},
        {"((SELECT 1))", "SELECT plain"},
        {"(SELECT a FROM t) UNION (SELECT b FROM u) ORDER BY 1", "SELECT plain"},
        {"VALUES (1,2),(3,4)", "SELECT plain"},
        {"TABLE t ORDER BY a LIMIT 3", "SELECT plain"},
        {"WITH c AS (SELECT 1) SELECT * FROM c", "SELECT plain"},
        {"WITH c AS (SELECT 1) (SELECT * FROM c)", "SELECT plain"},
        {"WITH c AS (SELECT 1) DELETE FROM t WHERE a IN (SELECT * FROM c)", "DELETE"},
        {"WITH RECURSIVE c AS (SELECT 1 UNION SELECT 2), d AS (SELECT 3) UPDATE t, c SET a = 1", "UPDATE"},
        {"INSERT INTO t VALUES (1)", "INSERT"},
        {"INSERT t SELECT * FROM u FOR UPDATE", "INSERT locking"},
        {"REPLACE INTO t SET a = 1", "REPLACE"},
        {"UPDATE t SET a = 1", "UPDATE"},
        {"DELETE FROM t", "DELETE"},
        {"CALL p(1)", "CALL unknown"},
        {"begin", "BEGIN"},
        {"BEGIN WORK", "BEGIN"},
        {"START TRANSACTION READ ONLY", "BEGIN readonly"},
        {"START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY", "BEGIN readonly snapshot"},
        {"START TRANSACTION READ WRITE", "BEGIN"},
        {"START SLAVE", "OTHER"},
        {"COMMIT", "COMMIT"},
        {"COMMIT WORK AND NO CHAIN NO RELEASE", "COMMIT"},
        {"COMMIT AND CHAIN", "COMMIT chains"},
        {"ROLLBACK", "ROLLBACK"},
        {"ROLLBACK RELEASE", "ROLLBACK chains"},
        {"ROLLBACK TO SAVEPOINT a", "SAVEPOINT"},
        {"ROLLBACK WORK TO a", "SAVEPOINT"},
        {"SAVEPOINT a", "SAVEPOINT"},
        {"RELEASE SAVEPOINT a", "SAVEPOINT"},
        {"SHOW TABLES", "SHOW plain"},
        {"SHOW FULL COLUMNS FROM t", "SHOW plain"},
        {"SHOW CREATE TABLE t", "SHOW plain"},
        {"SHOW STATUS", "SHOW"},
        {"SHOW SLAVE STATUS", "SHOW"},
        {"EXPLAIN SELECT 1", "EXPLAIN plain"},
        {"DESC t", "EXPLAIN plain"},
        {"DESCRIBE t a", "EXPLAIN plain"},
        {"EXPLAIN UPDATE t SET a = 1", "EXPLAIN"},
        {"EXPLAIN INSERT INTO t VALUES (1)", "EXPLAIN"},
        {"EXPLAIN FORMAT=JSON DELETE FROM t", "EXPLAIN"},
        {"EXPLAIN FOR CONNECTION 5", "EXPLAIN"},
        {"EXPLAIN ANALYZE SELECT 1", "EXPLAIN"},
        {"ANALYZE FORMAT=JSON SELECT 1", "EXPLAIN"},
        {"ANALYZE UPDATE t SET a = 1", "EXPLAIN"},
        {"ANALYZE TABLE t", "DDL"},
        {"ANALYZE NO_WRITE_TO_BINLOG TABLE t", "DDL"},
        {"CREATE TABLE t (a int)", "DDL unknown"},
        {"ALTER TABLE t ADD a int", "DDL"},
        {"DROP TABLE t", "DDL"},
        {"TRUNCATE t", "DDL"},
        {"RENAME TABLE a TO b", "DDL"},
        {"GRANT SELECT ON *.* TO u@localhost", "DDL"},
        {"GRANT SELECT ON *.* TO 'u'@'%'", "DDL"},
        {"OPTIMIZE TABLE t", "DDL"},
        {"FLUSH TABLES", "DDL changes"},
        {"LOAD DATA INFILE 'x' INTO TABLE t", "LOAD"},
        {"XA START 'a'", "XA changes"},
        {"DO sleep(1)", "OTHER"},
        {"KILL 5", "OTHER"},
        {"SHUTDOWN", "OTHER"},
        {"nonsense", "OTHER"},
        {"WITH nonsense", "OTHER"},
    };
    CHECK(rows, &maria);
}

TEST(effects, session)
{
    static const row rows[] = {
        {"SET @a = 1", "SET changes var"},
        {"SET sql_mode = ''", "SET changes"},
        {"SET NAMES utf8mb4", "SET changes"},
        {"SET TRANSACTION ISOLATION LEVEL SERIALIZABLE", "SET"},
        {"SET SESSION TRANSACTION READ ONLY", "SET changes"},
        {"SET STATEMENT max_statement_time=1 FOR SELECT 1", "OTHER changes"},
        {"USE db", "USE changes"},
        {"CREATE TEMPORARY TABLE t (a int)", "DDL changes unknown"},
        {"CREATE OR REPLACE TEMPORARY TABLE t AS SELECT 1", "DDL changes"},
        {"DROP TEMPORARY TABLE t", "DDL changes"},
        {"PREPARE s FROM 'SELECT 1'", "PREPARE changes"},
        {"EXECUTE s USING @a", "PREPARE changes var"},
        {"DEALLOCATE PREPARE s", "PREPARE changes"},
        {"DROP PREPARE s", "PREPARE changes"},
        {"LOCK TABLES t READ", "LOCK changes"},
        {"UNLOCK TABLES", "LOCK changes"},
        {"HANDLER t OPEN", "OTHER changes"},
        {"SELECT GET_LOCK('a', 1)", "SELECT changes"},
        {"SELECT release_lock('a')", "SELECT changes"},
        {"SELECT SQL_CALC_FOUND_ROWS a FROM t", "SELECT plain counts"},
        {"SELECT LAST_INSERT_ID()", "SELECT reads"},
        {"UPDATE t SET a = LAST_INSERT_ID(a + 1)", "UPDATE sets-id"},
        {"INSERT INTO t VALUES (last_insert_id())", "INSERT reads"},
        {"SELECT FOUND_ROWS()", "SELECT reads"},
        {"SELECT row_count()", "SELECT reads"},
        {"SELECT CONNECTION_ID()", "SELECT reads"},
        {"SHOW WARNINGS", "SHOW reads"},
        {"SHOW ERRORS LIMIT 1", "SHOW reads"},
        {"SHOW COUNT(*) WARNINGS", "SHOW reads"},
        {"GET DIAGNOSTICS @a = NUMBER", "OTHER reads var"},
        {"SELECT @@identity", "SELECT reads sysvar"},
        {"SELECT @@session.`warning_count`", "SELECT reads sysvar"},
        {"SELECT @@version", "SELECT sysvar"},
        {"SELECT @a", "SELECT var"},
        {"SELECT @a := 1", "SELECT var"},
        {"SELECT a FROM t WHERE b = @x", "SELECT var"},
        {"SELECT a INTO @x FROM t", "SELECT var into"},
        {"SELECT a INTO OUTFILE '/tmp/x' FROM t", "SELECT into"},
        {"SELECT a FROM t FOR UPDATE", "SELECT locking"},
        {"SELECT a FROM t FOR SHARE", "SELECT locking"},
        {"SELECT a FROM t LOCK IN SHARE MODE", "SELECT locking"},
        {"SELECT NEXT VALUE FOR s", "SELECT changes"},
        {"SELECT PREVIOUS VALUE FOR s", "SELECT reads changes"},
        {"SELECT nextval(s)", "SELECT changes"},
        {"SELECT lastval(s)", "SELECT reads"},
        {"INSERT INTO t VALUES (1) RETURNING a", "INSERT returning"},
        {"DELETE FROM t RETURNING *", "DELETE returning"},
        {"SELECT a FROM t PROCEDURE analyse()", "SELECT unknown"},
    };
    CHECK(rows, &maria);
}

TEST(effects, calls)
{
    static const row rows[] = {
        {"SELECT count(*), max(a), now(), rand() FROM t", "SELECT plain"},
        {"SELECT my_function(a) FROM t", "SELECT unknown"},
        {"SELECT db.now()", "SELECT unknown"},
        {"SELECT `now`()", "SELECT unknown"},
        {"SELECT count (*) FROM t", "SELECT unknown"},
        {"SELECT concat ('a', 'b')", "SELECT plain"},
        {"SELECT sleep(1)", "SELECT"},
        {"SELECT load_file('x')", "SELECT unknown"},
        {"SELECT IF(a, LEFT(b, 1), REPLACE(c, 'a', 'b')) FROM t", "SELECT plain"},
        {"SELECT a FROM t WHERE b IN (1) AND (c = 2 OR NOT (d)) AND EXISTS (SELECT 1)", "SELECT plain"},
        {"SELECT a FROM t JOIN (SELECT 1) x USING (a) WHERE b = ANY (SELECT 2) ORDER BY (a)", "SELECT plain"},
        {"SELECT any(1)", "SELECT unknown"},
        {"SELECT sum(a) OVER (PARTITION BY (b)) FROM t USE INDEX (i)", "SELECT plain"},
        {"SELECT CAST(a AS DATETIME(6)), CAST(a AS DECIMAL(10,2)), CONVERT(a, CHAR(10))", "SELECT plain"},
        {"SELECT MATCH (a) AGAINST ('x')", "SELECT plain"},
        {"SELECT * FROM JSON_TABLE('[]', '$[*]' COLUMNS (a int PATH '$')) x", "SELECT plain"},
        {"SELECT ROW(1,2) = (1,2)", "SELECT plain"},
        {"SELECT nvl(a, b) FROM t", "SELECT plain"},
        {"SELECT any_value(a) FROM t", "SELECT unknown"},
    };
    static const row rows8[] = {
        {"SELECT nvl(a, b) FROM t", "SELECT unknown"},
        {"SELECT any_value(a) FROM t", "SELECT plain"},
        {"SELECT * FROM a, LATERAL (SELECT 1) b", "SELECT unknown"},
        {"SELECT * FROM a JOIN LATERAL (SELECT 1) b", "SELECT plain"},
        {"SELECT a->'$.x' FROM t FOR SHARE OF t SKIP LOCKED", "SELECT locking"},
    };
    static const row spaced[] = {{"SELECT count (*) FROM t", "SELECT plain"}};
    CHECK(rows, &maria);
    CHECK(rows8, &mysql);
    CHECK(spaced, &(weir__lex_options){.sql_mode = WEIR__IGNORE_SPACE});
}

TEST(effects, one_statement)
{
    static const row rows[] = {
        {"SELECT 1;", "SELECT plain"},
        {"SELECT 1; -- done", "SELECT plain"},
        {"SELECT 1;; /* x */ ;", "SELECT plain"},
        {"SELECT 1; SELECT 2", "SELECT more"},
        {"SELECT 1; DROP TABLE t", "SELECT more"},
        {"; SELECT 1", "EMPTY more"},
        {"SELECT ';'", "SELECT plain"},
        {"SELECT 1 /*!50000 ; DELETE FROM t */", "SELECT conditional more"},
        {"SELECT 'abc", "SELECT unclosed"},
        {"SELECT `abc", "SELECT unclosed"},
        {"SELECT 1 /* abc", "SELECT unclosed"},
        {"SELECT 1 ]", "SELECT illegal"},
        {"CREATE PROCEDURE p() BEGIN SELECT 1; SELECT 2; END", "DDL unknown body"},
        {"CREATE OR REPLACE DEFINER=`a`@`b` FUNCTION f() RETURNS int BEGIN RETURN 1; END", "DDL unknown body"},
        {"CREATE DEFINER=CURRENT_USER() TRIGGER x BEFORE INSERT ON t FOR EACH ROW BEGIN SET @a=1; END", "DDL var body"},
        {"ALTER EVENT e DO BEGIN SELECT 1; END", "DDL body"},
        {"CREATE TABLE event (trigger_id int); SELECT 1", "DDL unknown more"},
        {"BEGIN NOT ATOMIC SELECT 1; END", "OTHER changes body"},
        {"IF 1 THEN SELECT 1; END IF", "OTHER changes body"},
    };
    CHECK(rows, &maria);
}

TEST(effects, versioned_comments_of_an_unknown_server_are_doubt)
{
    static const row known[] = {
        {"SELECT 1 /*!50000 + 1 */", "SELECT plain conditional"},
        {"SELECT 1 /*!50000 FOR UPDATE */", "SELECT locking conditional"},
        {"SELECT 1 /*!80000 FOR UPDATE */", "SELECT plain conditional"},
    };
    static const row unknown[] = {
        {"SELECT 1 /*!50000 + 1 */", "SELECT conditional"},
        {"SELECT 1 /*!999999 FOR UPDATE */", "SELECT conditional"},
        {"SELECT 1 /* x */", "SELECT plain"},
    };
    CHECK(known, &maria);
    CHECK(unknown, &(weir__lex_options){.flavour = WEIR__MARIADB});
}

TEST(effects, counts_and_places)
{
    weir__sql_effects e =
        weir__sql_effects_of(weir__view("SELECT ? FROM t WHERE a = ? AND b = '?' -- ?\n; SELECT ?"), &maria);
    EXPECT_INT(e.parameters, 2);
    EXPECT_INT(e.second_at, 47);
    e = weir__sql_effects_of(weir__view("SELECT ?, 'abc"), &maria);
    EXPECT_INT(e.bad_at, 10);
    EXPECT_INT(e.bad_token, WEIR__TK_UNCLOSED_STRING);
    e = weir__sql_effects_of(weir__view("SELECT 1 ]"), &maria);
    EXPECT_INT(e.bad_at, 9);
    EXPECT_INT(e.bad_token, WEIR__TK_ILLEGAL);
    e = weir__sql_effects_of(weir__view("SELECT sum(a), now() FROM t"), &maria);
    EXPECT(e.aggregates && e.varies);
    e = weir__sql_effects_of(weir__view("SELECT CURRENT_TIMESTAMP"), &maria);
    EXPECT(!e.aggregates && e.varies);
}

TEST(effects, functions_are_sorted_and_found)
{
    size_t count;
    const weir__function *functions = weir__functions(&count);
    for (size_t i = 0; i < count; i++) {
        EXPECT_THAT(i == 0 || strcmp(functions[i - 1].name, functions[i].name) < 0, "%s is out of order",
                    functions[i].name);
        EXPECT_THAT(weir__function_find(weir__view(functions[i].name)) == &functions[i], "%s is not found",
                    functions[i].name);
    }
    EXPECT(weir__function_find(weir__view("CoNcAt")) != NULL);
    EXPECT(weir__function_find(weir__view("")) == NULL);
    EXPECT(weir__function_find(weir__view("no_such_function")) == NULL);
    EXPECT(weir__function_find(weir__view("a_name_longer_than_any_function_of_any_server")) == NULL);
}

TEST(effects, what_may_leave_something_behind)
{
    static const struct {
        const char *sql;
        bool may_write;
    } rows[] = {
        {"SELECT a FROM t", false},
        {"SELECT SLEEP(60)", false},
        {"SELECT a FROM t FOR UPDATE", false},
        {"SELECT @@x, @a", false},
        {"SHOW STATUS", false},
        {"EXPLAIN SELECT 1", false},
        {"SELECT f(1)", true},
        {"SELECT NEXTVAL(s)", true},
        {"SELECT a INTO OUTFILE 'x' FROM t", true},
        {"EXPLAIN ANALYZE DELETE FROM t", true},
        {"WITH c AS (SELECT 1) SELECT * FROM c", false},
        {"UPDATE t SET a = 1", true},
        {"CALL p()", true},
        {"COMMIT", true},
        {"SET @a = 1", true},
        {"CREATE TABLE t (a INT)", true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        weir__sql_effects e = weir__sql_effects_of(weir__view(rows[i].sql), &maria);
        EXPECT_THAT(e.may_write == rows[i].may_write, "%s", rows[i].sql);
    }
}
