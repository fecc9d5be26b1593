/* table_test.c - types as servers print them, and descriptions of tables. SPDX-License-Identifier: Apache-2.0 */
#include "schema/table.h"

#include "base/limits.h"
#include "base/str.h"
#include "tests/support/test.h"

/* "bigint unsigned 20 0.0 a|b" */
static const char *type_of(weir__arena *arena, const char *text)
{
    static char shown[256];
    weir__column_type t;
    if (!weir__column_type_parse(arena, weir__view(text), &t))
        return "(no memory)";
    int n = snprintf(shown, sizeof shown, "%s%s%s %u %u.%u", weir__type_name(t.type), t.is_unsigned ? " unsigned" : "",
                     t.zerofill ? " zerofill" : "", t.length, t.precision, t.scale);
    for (uint32_t i = 0; i < t.label_count; i++)
        n += snprintf(shown + n, sizeof shown - (size_t)n, "%s%.*s", i ? "|" : " ", WEIR__STR(t.labels[i]));
    return shown;
}

TEST(column_type, as_printed)
{
    static const struct {
        const char *text, *type;
    } rows[] = {
        {"int(11)", "int 11 0.0"},
        {"int(10) unsigned", "int unsigned 10 0.0"},
        {"bigint unsigned", "bigint unsigned 0 0.0"},
        {"int(5) unsigned zerofill", "int unsigned zerofill 5 0.0"},
        {"tinyint(1)", "tinyint 1 0.0"},
        {"smallint(6)", "smallint 6 0.0"},
        {"mediumint(9)", "mediumint 9 0.0"},
        {"decimal(10,2)", "decimal 0 10.2"},
        {"decimal(65,30) unsigned", "decimal unsigned 0 65.30"},
        {"decimal(5)", "decimal 0 5.0"},
        {"DECIMAL", "decimal 0 10.0"},
        {"float", "float 0 0.0"},
        {"float(7,3)", "float 0 7.3"},
        {"float(24)", "float 0 0.0"},
        {"double unsigned", "double unsigned 0 0.0"},
        {"bit(1)", "bit 1 0.0"},
        {"bit(64)", "bit 64 0.0"},
        {"char(36)", "char 36 0.0"},
        {"char(0)", "char 0 0.0"},
        {"CHAR", "char 1 0.0"},
        {"varchar(255)", "varchar 255 0.0"},
        {"varchar(100) /*M!100301 COMPRESSED*/", "varchar 100 0.0"},
        {"tinytext", "tinytext 0 0.0"},
        {"longtext", "longtext 0 0.0"},
        {"binary(16)", "binary 16 0.0"},
        {"varbinary(64)", "varbinary 64 0.0"},
        {"mediumblob", "mediumblob 0 0.0"},
        {"date", "date 0 0.0"},
        {"datetime", "datetime 0 0.0"},
        {"datetime(6)", "datetime 0 0.6"},
        {"datetime /* mariadb-5.3 */", "datetime 0 0.0"},
        {"time(3)", "time 0 0.3"},
        {"timestamp(2)", "timestamp 0 0.2"},
        {"year(4)", "year 4 0.0"},
        {"enum('a','b''c','','d\\\\e','f,g)')", "enum 0 0.0 a|b'c||d\\e|f,g)"},
        {"set('x','y')", "set 0 0.0 x|y"},
        {"enum('a'", " 0 0.0 a"},
        {"enum(a)", " 0 0.0"},
        {"json", "json 0 0.0"},
        {"uuid", "uuid 0 0.0"},
        {"inet6", "inet6 0 0.0"},
        {"geometrycollection", "geometry 0 0.0"},
        {"point", "geometry 0 0.0"},
        {"vector(3)", " 3 0.0"},
        {"INTEGER UNSIGNED", "int unsigned 0 0.0"},
        {"", " 0 0.0"},
        {"varchar(", " 0 0.0"},
        {"int(99999999999999999999)", "int 4294967295 0.0"},
    };
    weir__arena arena;
    weir__arena_init(&arena, &test_env()->mem, 1 << 20);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *type = type_of(&arena, rows[i].text);
        EXPECT_THAT(strcmp(type, rows[i].type) == 0, "%s: \"%s\", not \"%s\"", rows[i].text, type, rows[i].type);
    }
    weir__arena_deinit(&arena);
}

TEST(column_type, bounds)
{
    static const struct {
        weir__column_type type;
        int64_t least;
        uint64_t greatest;
    } rows[] = {
        {{.type = WEIR__TYPE_TINYINT}, -128, 127},
        {{.type = WEIR__TYPE_TINYINT, .is_unsigned = true}, 0, 255},
        {{.type = WEIR__TYPE_SMALLINT}, -32768, 32767},
        {{.type = WEIR__TYPE_MEDIUMINT, .is_unsigned = true}, 0, 16777215},
        {{.type = WEIR__TYPE_INT}, INT32_MIN, INT32_MAX},
        {{.type = WEIR__TYPE_BIGINT}, INT64_MIN, INT64_MAX},
        {{.type = WEIR__TYPE_BIGINT, .is_unsigned = true}, 0, UINT64_MAX},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t least;
        uint64_t greatest;
        weir__integer_bounds(&rows[i].type, &least, &greatest);
        EXPECT_THAT(least == rows[i].least && greatest == rows[i].greatest, "row %zu: %" PRId64 " to %" PRIu64, i,
                    least, greatest);
    }
}

static weir_status build(weir__table **table, weir_error *error)
{
    weir__table_builder *b = weir__table_begin(&test_env()->mem, weir__view("users"));
    if (!b)
        return weir__fail_nomem(error);
    weir__table_set_kind(b, false, weir__view("InnoDB"));
    weir__column id = {
        .name = "Id", .type_text = "bigint(20)", .charset = "", .collation = "", .preset = "", .expression = ""};
    weir__column mail = id;
    mail.name = "mail";
    mail.type_text = "varchar(190)";
    mail.charset = "utf8mb4";
    mail.collation = "utf8mb4_general_ci";
    mail.nullable = true;
    mail.preset_kind = WEIR__DEFAULT_NULL;
    weir__table_add_column(b, &id);
    weir__table_add_column(b, &mail);
    for (int i = 0; i < 40; i++) {
        weir__column more = id;
        char name[16];
        snprintf(name, sizeof name, "c%d", i);
        more.name = weir__table_text(b, weir__view(name));
        weir__table_add_column(b, &more);
    }
    weir__table_add_key_part(b, weir__view("mail"), weir__view("BTREE"), true, weir__view("MAIL"), 7);
    weir__table_add_key_part(b, weir__view("mail"), weir__view("BTREE"), true, weir__view(NULL), 0);
    weir__table_add_key_part(b, weir__view("PRIMARY"), weir__view("BTREE"), true, weir__view("Id"), 0);
    weir__table_add_key_part(b, weir__view("a"), weir__view("BTREE"), false, weir__view("c3"), 0);
    weir__table_add_reference(b, weir__view("f"), weir__view("shop"), weir__view("t"), weir__view("CASCADE"),
                              weir__view("RESTRICT"), weir__view("c1"), weir__view("x"));
    weir__table_add_reference(b, weir__view("f"), weir__view("shop"), weir__view("t"), weir__view("CASCADE"),
                              weir__view("RESTRICT"), weir__view("c2"), weir__view("y"));
    weir__table_add_trigger(b, weir__view("tr"), weir__view("BEFORE"), weir__view("INSERT"), weir__view("SET x = 1"));
    return weir__table_end(b, table, error);
}

TEST(table, looked_into)
{
    weir__table *t = NULL, *again = NULL;
    weir_error error;
    EXPECT_OK(build(&t, &error), error);
    EXPECT_OK(build(&again, &error), error);
    if (!t || !again)
        return;
    EXPECT_INT(t->column_count, 42);
    EXPECT(weir__table_column(t, weir__view("ID")) == &t->columns[0]);
    EXPECT(weir__table_column(t, weir__view("Mail")) == &t->columns[1]);
    EXPECT(weir__table_column(t, weir__view("c39")) == &t->columns[41]);
    EXPECT(weir__table_column(t, weir__view("c40")) == NULL);
    EXPECT(weir__table_column(t, weir__view("")) == NULL);
    EXPECT(t->primary && t->primary == &t->indexes[0] && t->primary->parts[0].index == 0);
    EXPECT_TEXT(t->indexes[1].name, "a");
    EXPECT_TEXT(t->indexes[2].name, "mail");
    EXPECT_INT(t->indexes[2].parts[0].index, 1);
    EXPECT_INT(t->indexes[2].parts[0].prefix, 7);
    EXPECT_INT(t->indexes[2].parts[1].index, -1);
    EXPECT_INT(t->foreign_key_count, 1);
    EXPECT_INT(t->foreign_keys[0].pair_count, 2);
    EXPECT(weir__table_equal(t, again));
    ((weir__column *)(uintptr_t)again->columns)[41].nullable = true;
    EXPECT(!weir__table_equal(t, again));
    weir__table_unref(t);
    weir__table_unref(again);
}

TORTURE(table, without_memory)
{
    weir__table *t = NULL;
    weir_error error;
    weir_status status = build(&t, &error);
    EXPECT((status == WEIR_OK) == (t != NULL));
    weir__table_unref(t);
    return status;
}

TEST(table, classes_and_keys)
{
    static const struct {
        const char *type, *charset;
        weir__type_class class;
        weir__key_type key;
        const char *refused;
    } rows[] = {
        {"bigint(20)", "", WEIR__CLASS_INTEGER, WEIR__KEY_TYPE_INTEGER, NULL},
        {"int(5) zerofill", "", WEIR__CLASS_INTEGER, WEIR__KEY_TYPE_NONE, "zeros"},
        {"char(3)", "ascii", WEIR__CLASS_TEXT, WEIR__KEY_TYPE_TEXT, NULL},
        {"varchar(9)", "utf8mb4", WEIR__CLASS_TEXT, WEIR__KEY_TYPE_TEXT, NULL},
        {"varchar(9)", "latin1", WEIR__CLASS_TEXT, WEIR__KEY_TYPE_NONE, "character set"},
        {"text", "utf8mb4", WEIR__CLASS_TEXT, WEIR__KEY_TYPE_NONE, "alike"},
        {"binary(16)", "", WEIR__CLASS_BYTES, WEIR__KEY_TYPE_BYTES, NULL},
        {"varbinary(16)", "", WEIR__CLASS_BYTES, WEIR__KEY_TYPE_BYTES, NULL},
        {"blob", "", WEIR__CLASS_BYTES, WEIR__KEY_TYPE_NONE, "alike"},
        {"date", "", WEIR__CLASS_OTHER, WEIR__KEY_TYPE_DATE, NULL},
        {"datetime(6)", "", WEIR__CLASS_OTHER, WEIR__KEY_TYPE_DATETIME, NULL},
        {"decimal(9,2)", "", WEIR__CLASS_OTHER, WEIR__KEY_TYPE_DECIMAL, NULL},
        {"uuid", "", WEIR__CLASS_OTHER, WEIR__KEY_TYPE_UUID, NULL},
        {"enum('a','b')", "utf8mb4", WEIR__CLASS_OTHER, WEIR__KEY_TYPE_ENUM, NULL},
        {"enum('a','b')", "latin1", WEIR__CLASS_OTHER, WEIR__KEY_TYPE_NONE, "character set"},
        {"timestamp", "", WEIR__CLASS_OTHER, WEIR__KEY_TYPE_NONE, "alike"},
        {"float", "", WEIR__CLASS_OTHER, WEIR__KEY_TYPE_NONE, "alike"},
        {"bit(1)", "", WEIR__CLASS_OTHER, WEIR__KEY_TYPE_NONE, "alike"},
        {"set('a')", "utf8mb4", WEIR__CLASS_OTHER, WEIR__KEY_TYPE_NONE, "alike"},
        {"json", "", WEIR__CLASS_OTHER, WEIR__KEY_TYPE_NONE, "alike"},
        {"year(4)", "", WEIR__CLASS_OTHER, WEIR__KEY_TYPE_NONE, "alike"},
        {"vector(3)", "", WEIR__CLASS_OTHER, WEIR__KEY_TYPE_NONE, "not know"},
    };
    weir__arena arena;
    weir__arena_init(&arena, &test_env()->mem, 1 << 20);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        weir__column column = {.charset = rows[i].charset, .collation = ""};
        weir__column_type_parse(&arena, weir__view(rows[i].type), &column.type);
        const char *refused = weir__column_refuses_key(&column);
        EXPECT_THAT(weir__column_class(&column) == rows[i].class, "%s: class", rows[i].type);
        EXPECT_THAT(weir__column_key_type(&column) == rows[i].key, "%s: key type", rows[i].type);
        EXPECT_THAT((refused != NULL) == (rows[i].refused != NULL) && (!refused || strstr(refused, rows[i].refused)),
                    "%s: refused: %s", rows[i].type, refused ? refused : "no");
    }
    weir__arena_deinit(&arena);
}
