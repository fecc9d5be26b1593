/* migrate_test.c - what statements of migrations are, files cut into them, snapshots compared. SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"
#include "router/migrate/script.h"
#include "router/migrate/snapshot.h"
#include "tests/support/test.h"

static const char yaml[] = "databases:\n"
                           "  shop:\n"
                           "    slots: 2\n"
                           "    shards:\n"
                           "      a: {primary: \"x:1\", schema: s, slots: 0}\n"
                           "      b: {primary: \"x:2\", schema: s, slots: 1}\n"
                           "defaults: {user: u}\n"
                           "tables:\n"
                           "  orders: {database: shop, shard_by: id}\n"
                           "  countries: {database: shop, everywhere: true}\n"
                           "  alone: {database: shop, single: b}\n";

static weir__config *config;

static weir_status open_config(void)
{
    weir_error error;
    weir_status status = weir__config_parse(test_env(), "weir.yaml", weir__view(yaml), &config, NULL, &error);
    EXPECT_THAT(status == WEIR_OK || status == WEIR_NOMEM, "%s", error.text);
    return status;
}

static bool read_step(weir__step *step, const char *sql, bool repeatable, char why[400])
{
    static const weir__lex_options reading = {.flavour = WEIR__MARIADB, .version = 101100};
    *step = (weir__step){.sql = weir__view(sql)};
    *why = '\0';
    return weir__step_read(step, repeatable, &reading, test_env(), config, &config->databases[0], why, 400);
}

/* "definition online t a": kind, whether the server can be asked for an algorithm or it blocks, objects, only shard. */
static void print_step(const weir__step *s, char *out, size_t room)
{
    size_t size = (size_t)snprintf(out, room, "%s", weir__step_kind_name(s->kind));
    static const char *const online[] = {"", " alter", " index"};
    size += (size_t)snprintf(out + size, room - size, "%s%s", online[s->online], s->blocks ? " blocks" : "");
    for (uint32_t i = 0; i < s->object_count; i++)
        size += (size_t)snprintf(out + size, room - size, " %.*s", WEIR__STR(s->objects[i].name));
    if (s->only)
        snprintf(out + size, room - size, " only %s", s->only->name);
}

static const struct {
    const char *name, *sql, *expected; /* "": refused without a declaration */
} rows[] = {
    {"create", "CREATE TABLE t (id INT)", "definition t"},
    {"create if", "create table if not exists `t x` (id int)", "definition t x"},
    {"create or replace", "CREATE OR REPLACE TABLE t (id INT)", ""},
    {"view", "CREATE OR REPLACE ALGORITHM=MERGE DEFINER=a@b SQL SECURITY INVOKER VIEW v AS SELECT 1", "definition v"},
    {"procedure", "CREATE PROCEDURE p() BEGIN SET @x = 1; SELECT 1; END", "definition p"},
    {"trigger", "CREATE TRIGGER g AFTER INSERT ON t FOR EACH ROW SET @x = 1", "definition g"},
    {"sequence", "CREATE SEQUENCE q START WITH 5", "definition q"},
    {"index", "CREATE UNIQUE INDEX i USING BTREE ON t (a, b)", "definition index t"},
    {"index by its own words", "CREATE INDEX i ON t (a) ALGORITHM=COPY LOCK=SHARED", "definition index blocks t"},
    {"drop index", "DROP INDEX i ON t", "definition t"},
    {"drop primary key", "DROP INDEX `PRIMARY` ON t", "definition blocks t"},
    {"add column", "ALTER TABLE t ADD COLUMN a INT DEFAULT (1, 2), DROP KEY x", "definition alter t"},
    {"rename by alter", "ALTER TABLE t ADD a INT, RENAME TO u", "definition alter t u"},
    {"rename column", "ALTER TABLE t RENAME COLUMN a TO b", "definition alter t"},
    {"alter with copy", "ALTER TABLE t ADD a INT, ALGORITHM = COPY", "definition alter blocks t"},
    {"alter with none", "ALTER TABLE t LOCK=NONE, ADD a INT", "definition alter t"},
    {"convert", "ALTER TABLE t CONVERT TO CHARACTER SET utf8mb4", "definition alter t"},
    {"range partition", "ALTER TABLE t ADD PARTITION (PARTITION p1 VALUES LESS THAN (5))", "definition t"},
    {"hash partition", "ALTER TABLE t ADD PARTITION PARTITIONS 2", "definition blocks t"},
    {"partition by", "ALTER TABLE t PARTITION BY HASH (id) PARTITIONS 4", "definition blocks t"},
    {"reorganize", "ALTER TABLE t REORGANIZE PARTITION a INTO (PARTITION b VALUES LESS THAN (9))",
     "definition blocks t"},
    {"a column dropped and added", "ALTER TABLE t DROP a, ADD b INT, ADD COLUMN `A` INT AFTER b", ""},
    {"columns dropped and added", "ALTER TABLE t DROP COLUMN IF EXISTS a, ADD b INT, DROP KEY k, ADD KEY k (b)",
     "definition alter t"},
    {"an event that runs once", "CREATE EVENT e ON SCHEDULE AT NOW() DO UPDATE t SET a = 1", ""},
    {"an event", "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO UPDATE t SET a = 1", "definition e"},
    {"force", "ALTER TABLE t FORCE", ""},
    {"force among others", "ALTER TABLE t FORCE, ADD a INT", "definition alter t"},
    {"counter", "ALTER TABLE t AUTO_INCREMENT = 5", ""},
    {"truncate partition", "ALTER TABLE t TRUNCATE PARTITION p0", ""},
    {"drop", "DROP TABLE IF EXISTS t", "definition t"},
    {"drop two", "DROP TABLE t, u", ""},
    {"rename", "RENAME TABLE a TO b, c TO a", "definition a b c a"},
    {"rename of others", "RENAME USER a TO b", ""},
    {"insert", "INSERT INTO t VALUES (1)", "data t"},
    {"insert quoted", "INSERT INTO `t` SELECT * FROM u", "data t"},
    {"rows of a sharded table", "INSERT INTO orders VALUES (1)", ""},
    {"rows of a sharded table from itself", "INSERT INTO orders SELECT id + 1 FROM orders", "data orders"},
    {"update", "UPDATE t JOIN u USING (id) SET t.a = u.a", "data t"},
    {"delete", "DELETE FROM alone WHERE id = 1", "data alone only b"},
    {"with", "WITH x AS (SELECT 1 AS a) SELECT * FROM x", "data"},
    {"rows of a table that is everywhere", "INSERT INTO countries VALUES ('fr', UPPER('x'))", "data countries"},
    {"other rows on each shard", "INSERT INTO countries VALUES ('fr', UUID())", ""},
    {"other times on each shard", "UPDATE countries SET at = NOW()", ""},
    {"other settings on each shard", "UPDATE countries SET n = @@server_id", ""},
    {"other times in rows of one shard", "UPDATE alone SET at = NOW()", "data alone only b"},
    {"variable", "UPDATE t SET a = @x", ""},
    {"set", "SET foreign_key_checks = 0, SESSION unique_checks = 0", "setting"},
    {"set names", "SET NAMES utf8mb4", "setting"},
    {"set other names", "SET NAMES latin1", ""},
    {"set a charset", "SET character_set_client = latin1", ""},
    {"set global", "SET GLOBAL max_connections = 1", ""},
    {"set mode", "SET sql_mode = CONCAT(@@sql_mode, ',ANSI_QUOTES')", ""},
    {"set harmless mode", "SET sql_mode = 'STRICT_TRANS_TABLES'", "setting"},
    {"set autocommit", "SET autocommit = 0", ""},
    {"begin", "START TRANSACTION", ""},
    {"call", "CALL p()", ""},
    {"load", "LOAD DATA INFILE 'x' INTO TABLE t", ""},
    {"analyze", "ANALYZE TABLE t", "repeatable"},
    {"only a comment", "/* x */", ""},
};

TEST(migrate, statements_are_told_apart)
{
    weir__step step;
    char why[400], got[300];
    if (open_config() != WEIR_OK)
        return;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bool ok = read_step(&step, rows[i].sql, false, why);
        if (ok)
            print_step(&step, got, sizeof got);
        EXPECT_THAT(ok == (*rows[i].expected != '\0'), "%s: %s", rows[i].name, ok ? got : why);
        EXPECT_THAT(!ok || strcmp(got, rows[i].expected) == 0, "%s: %s, not %s", rows[i].name, got, rows[i].expected);
        EXPECT_THAT(ok || *why, "%s: no reason", rows[i].name);
    }
    weir__config_free(test_env(), config);
}

TEST(migrate, what_is_declared_repeatable_runs)
{
    static const char *const sqls[] = {"TRUNCATE t",
                                       "CALL p()",
                                       "ALTER TABLE t FORCE",
                                       "DROP TABLE t, u",
                                       "UPDATE t SET a = f(1)",
                                       "CREATE OR REPLACE TABLE t (id INT)",
                                       "GRANT SELECT ON t TO u"};
    weir__step step;
    char why[400];
    if (open_config() != WEIR_OK)
        return;
    for (size_t i = 0; i < sizeof sqls / sizeof *sqls; i++) {
        EXPECT_THAT(read_step(&step, sqls[i], true, why), "%s: %s", sqls[i], why);
        EXPECT_INT(step.kind, WEIR__STEP_REPEATABLE);
    }
    EXPECT(!read_step(&step, "START TRANSACTION", true, why)); /* no declaration makes that right */
    EXPECT(!read_step(&step, "CREATE TEMPORARY TABLE t (id INT)", true, why));
    weir__config_free(test_env(), config);
}

static void note_mistake(void *context, uint32_t line, const char *text)
{
    (void)text;
    *(uint32_t *)context = line;
}

static weir_status read_script_as(uint32_t sql_mode, const char *text, weir__script *script, uint32_t *line,
                                  uint32_t *mistakes)
{
    const weir__lex_options reading = {.flavour = WEIR__MARIADB, .version = 101100, .sql_mode = sql_mode};
    weir_error error;
    return weir__script_read(script, weir__view(text), &reading, test_env(), config, &config->databases[0],
                             note_mistake, line, mistakes, &error);
}

static weir_status read_script(const char *text, weir__script *script, uint32_t *line, uint32_t *mistakes)
{
    return read_script_as(0, text, script, line, mistakes);
}

TEST(migrate, a_backslash_ends_no_string_where_it_means_nothing)
{
    static const char text[] = "INSERT INTO t VALUES ('a\\');\nINSERT INTO t VALUES ('b');";
    weir__script script;
    uint32_t line = 0, mistakes = 0;
    if (open_config() != WEIR_OK)
        return;
    EXPECT_INT(read_script_as(WEIR__NO_BACKSLASH_ESCAPES, text, &script, &line, &mistakes), WEIR_OK);
    EXPECT_INT(mistakes, 0);
    EXPECT_INT(script.count, 2);
    weir__script_deinit(&script);
    weir__config_free(test_env(), config);
}

TEST(migrate, files_are_cut_where_the_client_programs_cut_them)
{
    static const char text[] =
        "-- first; \r\nCREATE TABLE t (id INT) COMMENT 'a;b';\r\n\r\n"
        "/* weir: repeatable */ TRUNCATE t;\nDELIMITER //\n\n# x;\nCREATE PROCEDURE p() BEGIN SELECT 1; END//\n"
        "DELIMITER ;\n INSERT INTO t VALUES (1)";
    weir__script script, other;
    uint32_t line = 0, mistakes = 0;
    if (open_config() != WEIR_OK)
        return;
    EXPECT_INT(read_script(text, &script, &line, &mistakes), WEIR_OK);
    EXPECT_THAT(mistakes == 0, "line %u", line);
    EXPECT_INT(script.count, 4);
    static const uint32_t lines[] = {2, 4, 8, 10};
    for (uint32_t i = 0; i < script.count && i < 4; i++)
        EXPECT_INT(script.steps[i].line, lines[i]);
    EXPECT_INT(script.steps[1].kind, WEIR__STEP_REPEATABLE);
    EXPECT(weir__str_is(script.steps[2].sql, "CREATE PROCEDURE p() BEGIN SELECT 1; END"));
    EXPECT(weir__str_is(script.steps[3].sql, "INSERT INTO t VALUES (1)"));
    EXPECT_INT(
        read_script(
            "\xef\xbb\xbf-- first; \nCREATE TABLE t (id INT) COMMENT 'a;b';\n\n"
            "/* weir: repeatable */ TRUNCATE t;\nDELIMITER //\n\n# x;\nCREATE PROCEDURE p() BEGIN SELECT 1; END//\n"
            "DELIMITER ;\n INSERT INTO t VALUES (1)",
            &other, &line, &mistakes),
        WEIR_OK);
    EXPECT_TEXT(other.checksum, script.checksum);
    weir__script_deinit(&script);
    weir__script_deinit(&other);
    EXPECT_INT(read_script("CREATE TABLE t (id INT);\nBEGIN;", &script, &line, &mistakes), WEIR_OK);
    EXPECT_INT(mistakes, 1);
    EXPECT_INT(line, 2);
    weir__script_deinit(&script);
    weir__config_free(test_env(), config);
}

TORTURE(migrate, a_file_without_memory)
{
    weir__script script;
    uint32_t line = 0, mistakes = 0;
    weir_status status = open_config();
    if (status != WEIR_OK)
        return status;
    status = read_script(
        "CREATE TABLE t (id INT); INSERT INTO t VALUES (1); ALTER TABLE t ADD a INT; SET NAMES utf8mb4; DROP TABLE t;",
        &script, &line, &mistakes);
    weir__script_deinit(&script);
    weir__config_free(test_env(), config);
    return status == WEIR_OK && mistakes ? WEIR_NOMEM : status;
}

TEST(migrate, a_swap_of_tables_that_look_alike_is_blind)
{
    weir__step step;
    char why[400];
    if (open_config() != WEIR_OK)
        return;
    EXPECT(read_step(&step, "RENAME TABLE a TO x, b TO a, x TO b", false, why));
    EXPECT(weir__snapshot_is_blind(&step,
                                   "a: CREATE TABLE `a` (\n1)\n--\nx: absent\n--\nb: CREATE TABLE `b` (\n1)\n--\n"
                                   "a: CREATE TABLE `a` (\n1)\n--\nx: absent\n--\nb: CREATE TABLE `b` (\n1)\n--\n"));
    EXPECT(!weir__snapshot_is_blind(&step,
                                    "a: CREATE TABLE `a` (\n1)\n--\nx: absent\n--\nb: CREATE TABLE `b` (\n2)\n--\n"
                                    "a: CREATE TABLE `a` (\n1)\n--\nx: absent\n--\nb: CREATE TABLE `b` (\n2)\n--\n"));
    EXPECT(read_step(&step, "RENAME TABLE a TO b", false, why));
    EXPECT(!weir__snapshot_is_blind(&step, "a: CREATE TABLE `a` (\n1)\n--\nb: absent\n--\n"));
    weir__config_free(test_env(), config);
}
