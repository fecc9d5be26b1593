/* schema_file_test.c - CREATE statements as tables, and what is not understood. SPDX-License-Identifier: Apache-2.0 */
#include "schema/schema_file.h"

#include "base/buf.h"
#include "base/str.h"
#include "tests/support/test.h"

/* All notes, "line:column text;" */
typedef struct notes {
    char text[2048];
    size_t size;
} notes;

static void take_note(void *context, uint32_t line, uint32_t column, const char *text)
{
    notes *n = context;
    int more = snprintf(n->text + n->size, sizeof n->text - n->size, "%u:%u %s;", line, column, text);
    n->size += more > 0 && (size_t)more < sizeof n->text - n->size ? (size_t)more : 0;
}

static weir__schema_file *file_of(const char *sql, notes *n)
{
    weir__schema_file *file = NULL;
    weir_error error;
    n->size = 0;
    n->text[0] = '\0';
    EXPECT_OK(weir__schema_file_parse(test_env(), weir__view(sql), "shop", take_note, n, &file, &error), error);
    return file;
}

/* The only table of the text, printed; or the notes. */
static const char *shown(const char *sql)
{
    static char text[8192];
    notes n;
    weir__buf printed;
    weir__schema_file *file = file_of(sql, &n);
    weir__table *table =
        file && weir__schema_file_count(file) == 1 ? weir__schema_file_find(file, weir__view("t")) : NULL;
    weir__buf_init(&printed, &test_env()->mem, sizeof text);
    if (table)
        weir__table_print(table, &printed);
    snprintf(text, sizeof text, "%s", table ? weir__buf_text(&printed) : n.text);
    weir__buf_deinit(&printed);
    weir__table_unref(table);
    weir__schema_file_free(file);
    return text;
}

TEST(schema_file, one_table)
{
    static const struct {
        const char *name, *sql, *table;
    } rows[] = {
        {"small", "CREATE TABLE t (id INT NOT NULL)", "t InnoDB\n  id int NOT NULL\n"},
        {"as mysqldump prints it",
         "/*!40101 SET character_set_client = utf8 */;\nCREATE TABLE `t` (\n  `id` bigint(20) unsigned NOT NULL "
         "AUTO_INCREMENT,\n"
         "  `a``b` varchar(10) COLLATE utf8mb4_bin DEFAULT 'x''y',\n  PRIMARY KEY (`id`),\n  UNIQUE KEY `u` "
         "(`a``b`(3),`id`) USING BTREE,\n"
         "  KEY `k` (`id` DESC)\n) ENGINE=Aria AUTO_INCREMENT=5 DEFAULT CHARSET=latin1 COMMENT='a; (b';\n",
         "t Aria\n  id bigint(20) unsigned NOT NULL AUTO_INCREMENT\n"
         "  a`b varchar(10) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin [10 characters, 40 bytes] DEFAULT 'x'y'\n"
         "  UNIQUE BTREE PRIMARY (id)\n  BTREE k (id)\n  UNIQUE BTREE u (a`b(3), id)\n"},
        {"MySQL 8",
         "CREATE TABLE `t` (`id` int NOT NULL, `j` json DEFAULT NULL, `h` int DEFAULT '5' /*!80023 INVISIBLE */, "
         "`g` int GENERATED ALWAYS AS ((`id` + 1)) STORED, `n` timestamp NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE "
         "CURRENT_TIMESTAMP, "
         "`s` varchar(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, `e` int DEFAULT (uuid_short()), "
         "PRIMARY KEY (`id`), KEY `f` ((lower(`s`))), CONSTRAINT `c` CHECK ((`id` > 0)) /*!80016 NOT ENFORCED */) "
         "ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci\n/*!50100 PARTITION BY RANGE (`id`)\n"
         "(PARTITION p0 VALUES LESS THAN (10) ENGINE = MyISAM) */",
         "t InnoDB\n  id int NOT NULL\n  j json DEFAULT NULL\n  h int DEFAULT '5' INVISIBLE\n  g int AS ((`id` + 1))\n"
         "  n timestamp DEFAULT (CURRENT_TIMESTAMP) ON UPDATE\n"
         "  s varchar(3) CHARACTER SET ascii COLLATE ascii_bin [3 characters, 3 bytes] NOT NULL\n  e int DEFAULT "
         "(uuid_short())\n"
         "  UNIQUE BTREE PRIMARY (id)\n  BTREE f ((expression))\n"},
        {"by hand",
         "create table if not exists shop.t (id integer unsigned primary key, mail varchar(3) unique, ok boolean not "
         "null default -1.5e-3,\n"
         "  d double precision, b bit(3) default b'101', index (mail), foreign key (id) references u (x) on delete set "
         "null on update no action) charset utf8",
         "t InnoDB\n  id integer unsigned NOT NULL\n"
         "  mail varchar(3) CHARACTER SET utf8mb3 COLLATE utf8mb3_general_ci [3 characters, 9 bytes] DEFAULT NULL\n"
         "  ok tinyint(1) NOT NULL DEFAULT '-1.5e-3'\n  d double DEFAULT NULL\n  b bit(3) DEFAULT (b'101')\n"
         "  UNIQUE BTREE PRIMARY (id)\n  BTREE mail (mail)\n  UNIQUE BTREE mail (mail)\n"
         "  FOREIGN KEY id TO shop.u (id = x) ON UPDATE NO ACTION ON DELETE SET NULL\n"},
        {"no table", "ALTER TABLE t ADD x INT", "1:1 only CREATE TABLE says what a table looks like: passed over;"},
        {"like", "\n CREATE TABLE t LIKE u;",
         "2:17 this CREATE TABLE is not understood and left out: columns that come from another table are not known at "
         "'LIKE';"},
        {"select", "CREATE TABLE t (id INT) SELECT 1",
         "1:25 this CREATE TABLE is not understood and left out: columns that come from another table are not known at "
         "'SELECT';"},
        {"an unknown word", "CREATE TABLE t (id INT,\n  x INT FLUFFY)",
         "2:9 this CREATE TABLE is not understood and left out: not understood at 'FLUFFY';"},
        {"no end", "CREATE TABLE t (id INT",
         "1:23 this CREATE TABLE is not understood and left out: the text ends here: not understood;"},
        {"an open text", "CREATE TABLE t (id INT DEFAULT 'x",
         "1:34 this CREATE TABLE is not understood and left out: the text ends here: not understood;"},
        {"no type", "CREATE TABLE t (id)",
         "1:19 this CREATE TABLE is not understood and left out: a type is missing at ')';"},
        {"nothing", "-- no tables\n# here\n/* at all */ SET NAMES utf8; DROP TABLE t;", ""},
        {"temporary", "CREATE TEMPORARY TABLE t (id INT)",
         "1:1 only CREATE TABLE says what a table looks like: passed over;"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *table = shown(rows[i].sql);
        EXPECT_THAT(strcmp(table, rows[i].table) == 0, "%s: it is\n%s\nnot\n%s", rows[i].name, table, rows[i].table);
    }
}

TEST(schema_file, many_statements)
{
    notes n;
    weir__schema_file *file = file_of("CREATE TABLE a (id INT);\nDELIMITER ;;\nCREATE TRIGGER x BEFORE INSERT ON a FOR "
                                      "EACH ROW BEGIN SET @a = 1; SET @b = ';'; END ;;\n"
                                      "DELIMITER ;\nCREATE TABLE broken (id INT FLUFFY, x VARCHAR(3) DEFAULT "
                                      "';');\nCREATE TABLE b_01 (id INT); CREATE TABLE A (id BIGINT)",
                                      &n);
    EXPECT_TEXT(n.text, "3:1 only CREATE TABLE says what a table looks like: passed over;"
                        "5:29 this CREATE TABLE is not understood and left out: not understood at 'FLUFFY';");
    EXPECT_INT(weir__schema_file_count(file), 2);
    weir__table *a = weir__schema_file_find(file, weir__view("a"));
    EXPECT_TEXT(a ? a->columns[0].type_text : NULL, "bigint"); /* the later one */
    EXPECT(weir__schema_file_find(file, weir__view("broken")) == NULL);
    weir__table_config rule = {
        .name = "b",
        .physical = {.kind = WEIR__PHYSICAL_NUMBER, .prefix = "b_", .suffix = "", .count = 2, .digits = 2}};
    weir__table *b = weir__schema_file_find_rule(file, &rule);
    EXPECT_TEXT(b ? b->name : NULL, "b_01");
    weir__table_unref(a);
    weir__table_unref(b);
    weir__schema_file_free(file);
}

/* Any text, cut anywhere: no crash, and an end. */
TEST(schema_file, cut_anywhere)
{
    static const char sql[] =
        "CREATE OR REPLACE TABLE `t` (`a` enum('x','y\\'') CHARACTER SET utf8mb4 DEFAULT 'x', b INT AS (`a` + (1)) "
        "STORED, "
        "CONSTRAINT f FOREIGN KEY (b, c) REFERENCES s.u (x, y) ON DELETE SET DEFAULT, KEY k (a(3), (lower(b))) COMMENT "
        "')') "
        "ENGINE=InnoDB /*!50100 PARTITION BY HASH (b) */; DELIMITER $$\nCREATE PROCEDURE p() BEGIN END$$";
    for (size_t size = 0; size < sizeof sql; size++) {
        weir__schema_file *file = NULL;
        weir_error error;
        char *cut = weir__strndup(&test_env()->mem, sql, size);
        EXPECT_OK(weir__schema_file_parse(test_env(), (weir_str){cut, size}, "", NULL, NULL, &file, &error), error);
        weir__schema_file_free(file);
        weir__free(&test_env()->mem, cut);
    }
}

TEST(schema_file, read)
{
    weir__schema_file *file = NULL;
    weir_error error;
    char path[256];
    snprintf(path, sizeof path, "%s/shop.sql", test_folder());
    EXPECT_STATUS(weir__schema_file_read(test_env(), path, "shop", NULL, NULL, &file, &error), error, WEIR_CONFIG);
    EXPECT_HAS(error.text, "shop.sql");
    FILE *to = fopen(path, "w");
    if (to) {
        fputs("CREATE TABLE t (id INT);", to);
        fclose(to);
    }
    EXPECT_OK(weir__schema_file_read(test_env(), path, "shop", NULL, NULL, &file, &error), error);
    EXPECT_INT(weir__schema_file_count(file), 1);
    weir__schema_file_free(file);
}

TORTURE(schema_file, without_memory)
{
    static const char sql[] = "CREATE TABLE t (id INT, a ENUM('x'), PRIMARY KEY (id), UNIQUE (a), FOREIGN KEY (id) "
                              "REFERENCES u (id)); CREATE TABLE u (id INT)";
    weir__schema_file *file = NULL;
    weir_error error;
    weir_status status = weir__schema_file_parse(test_env(), weir__view(sql), "shop", NULL, NULL, &file, &error);
    EXPECT((status == WEIR_OK) == (file != NULL));
    EXPECT(!file || weir__schema_file_count(file) == 2);
    weir__schema_file_free(file);
    return status;
}
