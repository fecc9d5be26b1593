/* lift_test.c - HAZARDS 21: a statement whose literals are lifted gives the answer of its text. SPDX-License-Identifier: Apache-2.0
 * Each statement runs twice on the server, as it is and with the slots of its PLAN fingerprint as parameters, and names, types and bytes
 * of both answers are compared, errors and warnings too. Conditions are lifted where the literal is of the column's class (the rule that
 * sending keeps); what is not lifted at all is checked to have no slot. */
#include <stdlib.h>

#include "base/buf.h"
#include "base/str.h"
#include "router/sql/fingerprint.h"
#include "tests/support/live.h"

enum { SLOTS = 64, ANSWER = 1 << 16 };

static const weir__lex_options reading = {0, WEIR__MARIADB, 101100};

typedef enum class { INTEGER, STRING, OTHER } class;

static const struct {
    const char *name, *type;
    class class;
} columns[] = {
    {"c_tiny", "TINYINT", INTEGER},
    {"c_int", "INT", INTEGER},
    {"c_big", "BIGINT UNSIGNED", INTEGER},
    {"c_dec", "DECIMAL(20,5)", OTHER},
    {"c_double", "DOUBLE", OTHER},
    {"c_float", "FLOAT", OTHER},
    {"c_char", "CHAR(20)", STRING},
    {"c_varchar", "VARCHAR(50)", STRING},
    {"c_ci", "VARCHAR(50) COLLATE utf8mb4_general_ci", STRING},
    {"c_bin", "VARCHAR(50) COLLATE utf8mb4_bin", STRING},
    {"c_text", "TEXT", STRING},
    {"c_latin", "VARCHAR(50) CHARACTER SET latin1", OTHER},
    {"c_blob", "VARBINARY(50)", OTHER},
    {"c_date", "DATE", OTHER},
    {"c_datetime", "DATETIME(3)", OTHER},
    {"c_time", "TIME", OTHER},
    {"c_year", "YEAR", OTHER},
    {"c_enum", "ENUM('a','B','5')", OTHER},
    {"c_json", "JSON", OTHER},
};
enum { COLUMNS = sizeof columns / sizeof *columns };

static const struct {
    const char *text;
    class class;
} literals[] = {
    {"0", INTEGER},
    {"5", INTEGER},
    {"-3", INTEGER},
    {"127", INTEGER},
    {"007", INTEGER},
    {"-0", INTEGER},
    {"200", INTEGER},
    {"4294967296", INTEGER},
    {"''", STRING},
    {"'5'", STRING},
    {"'05'", STRING},
    {"'a'", STRING},
    {"'A'", STRING},
    {"'a  '", STRING},
    {"'B'", STRING},
    {"'gr\xC3\xBC\xC3\x9F'", STRING},
    {"'it''s'", STRING},
    {"'a\\nb'", STRING},
    {"'2024-02-29'", STRING},
    {"'2024'", STRING},
    {"'12:30'", STRING},
    {"'{\"k\":1}'", STRING},
    {"'%'", STRING},
    {"0.1", OTHER},
    {"5.00", OTHER},
    {"-7.123456", OTHER},
    {".5", OTHER},
    {"5.", OTHER},
};
enum { LITERALS = sizeof literals / sizeof *literals };

/* What the server makes of a literal between quotes. */
static size_t unquote(weir_str text, char *out)
{
    static const char escapes[] = "n\nt\tr\r0\0Z\032b\b";
    size_t size = 0;
    for (size_t i = 1; i + 1 < text.size; i++) {
        char c = text.data[i];
        if (c == '\'' || c == '\\')
            c = text.data[++i];
        if (text.data[i - 1] == '\\' && c != '\'' && c != '\\')
            for (size_t e = 0; e + 1 < sizeof escapes; e += 2)
                if (escapes[e] == c) {
                    c = escapes[e + 1];
                    break;
                }
        out[size++] = c;
    }
    return size;
}

typedef struct lifted {
    char sql[4096];
    weir_value values[SLOTS];
    char texts[SLOTS][128];
    size_t count;
} lifted;

static bool lift(const char *sql, lifted *out)
{
    char buffer[4096];
    weir__slot slots[SLOTS];
    weir__fingerprint print;
    weir_str whole = weir__view(sql);
    weir__run runs[SLOTS];
    const weir__fingerprint_room room = {buffer, sizeof buffer, slots, SLOTS, runs, SLOTS};
    weir__fingerprint_of(whole, &reading, WEIR__FINGERPRINT_PLAN, &room, &print);
    size_t size = 0, from = 0;
    out->count = print.slots;
    if (print.slots > SLOTS || print.cut || print.bad)
        return false;
    for (uint32_t i = 0; i < print.slots; i++) {
        weir_str text = weir__slice(sql + slots[i].start, sql + slots[i].end);
        size += (size_t)snprintf(out->sql + size, sizeof out->sql - size, "%.*s?", (int)(slots[i].start - from),
                                 sql + from);
        from = slots[i].end;
        if (slots[i].id == WEIR__TK_STRING) {
            size_t length = unquote(text, out->texts[i]);
            out->values[i] = weir_sized(WEIR_T_TEXT, out->texts[i], length);
        } else if (slots[i].id == WEIR__TK_DECIMAL_NUMBER) {
            snprintf(out->texts[i], sizeof out->texts[i], "%.*s", WEIR__STR(text));
            out->values[i] = weir_decimal(out->texts[i]);
        } else {
            snprintf(out->texts[i], sizeof out->texts[i], "%.*s", WEIR__STR(text));
            out->values[i] = weir_int(strtoll(out->texts[i], NULL, 10));
        }
    }
    snprintf(out->sql + size, sizeof out->sql - size, "%s", sql + from);
    return true;
}

/* Names, types, rows, warnings or the error, as one text. */
static const char *answer(live *l, const char *sql, weir_args args, weir__buf *out)
{
    weir_rows *rows = NULL;
    weir__buf_reset(out);
    weir_status status = weir_query(l->session, sql, args, &rows, &l->error);
    for (uint32_t i = 0; status == WEIR_OK && i < weir_column_count(rows); i++) {
        weir_column c = weir_column_at(rows, i);
        weir__buf_addf(out, "%.*s.%.*s %d %u %d%d%d|", WEIR__STR(c.table), WEIR__STR(c.name), (int)c.type, c.decimals,
                       c.is_unsigned, c.nullable, c.binary);
    }
    while (status == WEIR_OK && weir_next(rows)) {
        weir__buf_adds(out, "\n");
        for (uint32_t i = 0; i < weir_column_count(rows); i++) {
            weir_str cell = weir_get_text(rows, i);
            weir__buf_addf(out, "%zu:", cell.size);
            weir__buf_add(out, cell.data ? cell.data : "NULL", cell.data ? cell.size : 4);
            weir__buf_addc(out, '|');
        }
    }
    weir_result result = rows ? weir_rows_result(rows) : (weir_result){0};
    if (rows && status == WEIR_OK)
        status = weir_finish(rows, &l->error);
    if (status == WEIR_OK)
        weir__buf_addf(out, "\naffected %llu, warnings %u", (unsigned long long)result.affected, result.warnings);
    else
        weir__buf_addf(out, "\n%s %d", weir_status_name(status), l->error.server_errno);
    return weir__buf_text(out);
}

/* The same statements through two clients: one keeps no prepared statements, so what it is given goes as it is written; the other
 * lifts by itself what comes again. */
typedef struct pair {
    live l, plain;
    weir__buf text, lifted, own;
    int compared, without_slots;
} pair;

static void open_pair(pair *p)
{
    live_open(&p->l, "  pool: {max: 1}\n");
    live_open(&p->plain, "  pool: {max: 1, prepared: 0}\n");
    weir__buf_init(&p->own, &test_env()->mem, ANSWER);
    weir__buf_init(&p->text, &test_env()->mem, ANSWER);
    weir__buf_init(&p->lifted, &test_env()->mem, ANSWER);
    p->compared = p->without_slots = 0;
}

static void close_pair(pair *p)
{
    weir__buf_deinit(&p->text);
    weir__buf_deinit(&p->lifted);
    weir__buf_deinit(&p->own);
    live_close(&p->l);
    live_close(&p->plain);
}

static void compare(pair *p, const char *sql)
{
    static lifted out;
    if (!lift(sql, &out)) {
        test_fail(__FILE__, __LINE__, "no fingerprint: %s", sql);
        return;
    }
    p->compared++;
    p->without_slots += out.count == 0;
    const char *by_text = answer(&p->plain, sql, weir_no_args(), &p->text);
    const char *own = answer(&p->l, sql, weir_no_args(), &p->own);
    EXPECT_THAT(strcmp(by_text, own) == 0, "%s\n  by text:\n%s\n  as weir sends it:\n%s", sql, by_text, own);
    weir_args args = {out.values, out.count};
    const char *by_value = answer(&p->l, out.sql, args, &p->lifted);
    EXPECT_THAT(strcmp(by_text, by_value) == 0, "%s\n  by text:\n%s\n  as %s:\n%s", sql, by_text, out.sql, by_value);
}

static void make_table(pair *p, bool filled)
{
    char sql[4096];
    int size = snprintf(sql, sizeof sql, "CREATE OR REPLACE TABLE lift (id INT AUTO_INCREMENT PRIMARY KEY");
    for (int c = 0; c < COLUMNS; c++)
        size += snprintf(sql + size, sizeof sql - (size_t)size, ", %s %s", columns[c].name, columns[c].type);
    snprintf(sql + size, sizeof sql - (size_t)size, ")");
    live_run(&p->l, sql, weir_no_args());
    for (int c = 0; filled && c < COLUMNS; c++)
        for (int i = 0; i < LITERALS; i++) {
            weir_status ignored;
            snprintf(sql, sizeof sql, "INSERT IGNORE INTO lift (%s) VALUES (%s)", columns[c].name, literals[i].text);
            ignored = weir_execute(p->l.session, sql, weir_no_args(), NULL, &p->l.error);
            (void)ignored; /* not every value fits every column */
        }
}

/* How many of weir's own sendings were lifted: each statement is run once more as prepared, with values. */
static int own_lifted(pair *p)
{
    const char *executed = live_one(&p->l,
                                    "SELECT VARIABLE_VALUE FROM information_schema.SESSION_STATUS WHERE "
                                    "VARIABLE_NAME = 'Com_stmt_execute'",
                                    weir_no_args());
    return (int)strtol(executed, NULL, 10) - (p->compared - p->without_slots);
}

/* %c stands for the column, %v for the literal. */
static void fill(char *out, size_t size, const char *form, const char *column, const char *value)
{
    size_t at = 0;
    for (; *form && at + 1 < size; form++) {
        if (form[0] == '%' && (form[1] == 'c' || form[1] == 'v'))
            at += (size_t)snprintf(out + at, size - at, "%s", *++form == 'c' ? column : value);
        else
            out[at++] = *form;
    }
    out[at] = '\0';
}

TEST(lift, conditions_of_the_columns_class)
{
    static const char *const forms[] = {"%c = %v",        "%c <=> %v",
                                        "%c <> %v",       "%c < %v",
                                        "%c >= %v",       "%c IN (%v, NULL)",
                                        "%v = %c",        "%c BETWEEN %v AND %v",
                                        "%c NOT IN (%v)", "NOT (%c > %v OR %c = %v)"};
    pair p;
    char condition[256], sql[512];
    open_pair(&p);
    make_table(&p, true);
    for (int c = 0; c < COLUMNS; c++)
        for (int i = 0; i < LITERALS; i++) {
            if (columns[c].class == OTHER || columns[c].class != literals[i].class)
                continue;
            for (size_t f = 0; f < sizeof forms / sizeof *forms; f++) {
                fill(condition, sizeof condition, forms[f], columns[c].name, literals[i].text);
                snprintf(sql, sizeof sql, "SELECT id, %s, 1 + 1, 'x' FROM lift WHERE %s ORDER BY id LIMIT 50",
                         columns[c].name, condition);
                compare(&p, sql);
            }
        }
    EXPECT(p.compared > 500 && p.without_slots == 0);
    EXPECT_THAT(own_lifted(&p) > p.compared * 8 / 10, "%d of %d were lifted", own_lifted(&p), p.compared);
    live_run(&p.l, "DROP TABLE lift", weir_no_args());
    close_pair(&p);
}

/* A literal of another class keeps its text: sent as a value it gives the same rows, but other warnings. */
TEST(lift, conditions_of_another_class)
{
    pair p;
    char sql[512];
    open_pair(&p);
    make_table(&p, true);
    for (int c = 0; c < COLUMNS; c++)
        for (int i = 0; i < LITERALS; i++) {
            if (columns[c].class != OTHER && columns[c].class == literals[i].class)
                continue;
            snprintf(sql, sizeof sql, "SELECT id FROM lift WHERE %s >= %s ORDER BY id", columns[c].name,
                     literals[i].text);
            const char *by_text = answer(&p.plain, sql, weir_no_args(), &p.text);
            const char *own = answer(&p.l, sql, weir_no_args(), &p.own);
            EXPECT_THAT(strcmp(by_text, own) == 0, "%s\n  by text:\n%s\n  as weir sends it:\n%s", sql, by_text, own);
        }
    live_run(&p.l, "DROP TABLE lift", weir_no_args());
    close_pair(&p);
}

/* Values assigned to a column are lifted whatever the column. */
TEST(lift, values_assigned_to_columns)
{
    pair p;
    char sql[512];
    open_pair(&p);
    make_table(&p, false);
    for (int c = 0; c < COLUMNS; c++)
        for (int i = 0; i < LITERALS; i++) {
            snprintf(sql, sizeof sql, "INSERT INTO lift (%s) VALUES (%s), (%s)", columns[c].name, literals[i].text,
                     literals[i].text);
            compare(&p, sql);
            snprintf(sql, sizeof sql, "INSERT INTO lift (%s) VALUES (%s)", columns[c].name, literals[i].text);
            compare(&p, sql);
            snprintf(sql, sizeof sql, "SELECT COUNT(*), COUNT(DISTINCT HEX(%s)), COUNT(DISTINCT %s) FROM lift",
                     columns[c].name, columns[c].name);
            const char *counts = live_rows(&p.l, sql, weir_no_args());
            EXPECT_THAT(strcmp(counts, "0|0|0") == 0 || strcmp(counts, "9|1|1") == 0,
                        "%s := %s is stored differently: %s", columns[c].name, literals[i].text, counts);
            snprintf(sql, sizeof sql, "UPDATE lift SET %s = %s", columns[c].name, literals[i].text);
            compare(&p, sql);
            live_run(&p.l, "DELETE FROM lift", weir_no_args());
        }
    EXPECT(p.compared > 1200);
    EXPECT_THAT(own_lifted(&p) > p.compared / 3, "%d of %d were lifted", own_lifted(&p), p.compared);
    live_run(&p.l, "DROP TABLE lift", weir_no_args());
    close_pair(&p);
}

/* What must keep its text keeps it: these have no slot, or only those that answer alike. */
TEST(lift, what_must_keep_its_text)
{
    static const struct {
        const char *sql;
        size_t slots;
    } rows[] = {
        {"SELECT c_int + 1 FROM lift GROUP BY c_int + 1 ORDER BY 1", 0},
        {"SELECT 0x41 + 0, x'41', b'1', N'a', _latin1'a'", 0},
        {"SELECT 0.1 + 0.2 = 0.3", 0},
        {"SELECT 10/3", 0},
        {"SELECT DATE '2024-02-29', CAST('x' AS CHAR(3)), GROUP_CONCAT(c_int SEPARATOR '-') FROM lift", 0},
        {"SELECT id FROM lift WHERE c_int + 1 = 6 ORDER BY id", 0},
        {"SELECT id FROM lift WHERE ABS(c_int) = 5 ORDER BY id", 0},
        {"SELECT id FROM lift WHERE c_dec = 0.1 ORDER BY id", 0},
        {"SELECT id FROM lift WHERE c_int = 1e1 ORDER BY id", 0},
        {"SELECT c_int, COUNT(*) FROM lift GROUP BY c_int HAVING COUNT(*) > 1 ORDER BY 1", 0},
        {"SELECT id, 7 AS seven FROM lift WHERE c_int = 5 ORDER BY id LIMIT 3 OFFSET 1", 3},
        {"SELECT id FROM lift WHERE c_int IN (5, 127, -3) ORDER BY id", 3},
        {"SELECT id FROM lift WHERE c_varchar = 'a' 'b' ORDER BY id", 0},
        {"SELECT id FROM lift WHERE c_varchar LIKE 'a%' ORDER BY id", 0},
        {"SELECT (SELECT 5) , 'text' AS `a b`, `c_int`  +  2 FROM lift LIMIT 2", 1},
    };
    pair p;
    static lifted out;
    open_pair(&p);
    make_table(&p, true);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        EXPECT(lift(rows[i].sql, &out));
        EXPECT_THAT(out.count == rows[i].slots, "%zu slots: %s -> %s", out.count, rows[i].sql, out.sql);
        compare(&p, rows[i].sql);
    }
    live_run(&p.l, "DROP TABLE lift", weir_no_args());
    close_pair(&p);
}
