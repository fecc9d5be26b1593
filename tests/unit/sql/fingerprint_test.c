/* fingerprint_test.c - one text for all statements that differ in their values alone. SPDX-License-Identifier: Apache-2.0 */
#include "router/sql/fingerprint.h"

#include "base/buf.h"
#include "base/str.h"
#include "tests/support/test.h"
#include "tests/unit/sql/lifting.h"

static const weir__lex_options maria = {.flavour = WEIR__MARIADB, .version = 101106};

enum { ROOM = 4096, SLOTS = 64 };

typedef struct result {
    char text[ROOM + 1];
    weir__slot slots[SLOTS];
    weir__run runs[SLOTS];
    weir__fingerprint f;
} result;

static void make(result *r, weir_str sql, weir__fingerprint_kind kind)
{
    const weir__fingerprint_room room = {r->text, ROOM, r->slots, SLOTS, r->runs, SLOTS};
    weir__fingerprint_of(sql, &maria, kind, &room, &r->f);
    r->text[r->f.size] = '\0';
}

/* As the lines of the table have it. */
static void describe(weir__buf *buf, const result *r, weir_str sql, bool slots)
{
    weir__buf_reset(buf);
    weir__buf_addf(buf, "%s%s%s%s", r->text, r->f.cut ? " CUT" : "", r->f.bad ? " BAD" : "", r->f.more ? " MORE" : "");
    if (slots)
        weir__buf_adds(buf, " [");
    for (uint32_t i = 0; slots && i < r->f.slots; i++)
        weir__buf_addf(buf, " %.*s/%u", (int)(r->slots[i].end - r->slots[i].start), sql.data + r->slots[i].start,
                       r->slots[i].list);
    if (slots)
        weir__buf_adds(buf, " ]");
}

TEST(fingerprint, rows_of_the_table)
{
    size_t size, rows = 0;
    char *file = test_read_file("tests/tables/fingerprint.txt", &size);
    static result r;
    weir__buf got;
    weir_str sql = {NULL, 0};
    int number = 0;

    weir__buf_init(&got, &test_env()->mem, 65536);
    for (char *line = file, *end; file && (end = strchr(line, '\n')) != NULL; line = end + 1) {
        bool plan = strncmp(line, "  P ", 4) == 0;
        number++;
        if (plan || strncmp(line, "  L ", 4) == 0) {
            make(&r, sql, plan ? WEIR__FINGERPRINT_PLAN : WEIR__FINGERPRINT_LOG);
            describe(&got, &r, sql, plan);
            EXPECT_THAT(weir__str_is(weir__slice(line + 4, end), weir__buf_text(&got)),
                        "fingerprint.txt:%d: %.*s\n    is   %s\n    not  %.*s", number, WEIR__STR(sql),
                        weir__buf_text(&got), (int)(end - line - 4), line + 4);
            rows++;
        } else if (line[0] != '#') {
            sql = weir__slice(line, end);
        }
    }
    EXPECT_THAT(rows > 140, "only %zu rows were read", rows);
    weir__buf_deinit(&got);
    weir__free(&test_env()->mem, file);
}

/* The statement's slots against its tree; then other values in the slots must give the same text. */
static bool check_lifting(const char *where, weir_str sql)
{
    static result r, changed;
    weir__arena arena;
    weir__tree tree;
    weir_error error;
    char copy[4096];
    bool known;
    size_t slot;

    make(&r, sql, WEIR__FINGERPRINT_PLAN);
    EXPECT_THAT(!r.f.cut && sql.size < sizeof copy, "%s: %.*s is too long", where, WEIR__STR(sql));
    memcpy(copy, sql.data, sql.size);
    lifting_change_values(copy, r.slots, r.f.slots);
    make(&changed, (weir_str){copy, sql.size}, WEIR__FINGERPRINT_PLAN);
    EXPECT_THAT(strcmp(r.text, changed.text) == 0, "%s: other values change the text:\n    %s\n    %s", where, r.text,
                changed.text);
    weir__arena_init(&arena, &test_env()->mem, 1024 * 1024);
    known = !r.f.more && !r.f.bad && weir__parse(sql, &maria, &arena, &tree, &error) == WEIR_OK &&
            tree.root->kind != WEIR__NODE_HEAD && tree.root->kind != WEIR__NODE_SHOW;
    if (known) {
        const char *mistake = lifting_mistake(&tree, r.slots, r.f.slots, &slot);
        EXPECT_THAT(!mistake, "%s: %.*s\n    slot %zu: %s\n    %s", where, WEIR__STR(sql), slot, mistake, r.text);
    }
    weir__arena_deinit(&arena);
    return known;
}

TEST(fingerprint, lifts_only_where_the_tree_allows_it)
{
    static const char *const files[] = {"tests/tables/parse.txt", "tests/tables/fingerprint.txt"};
    size_t known = 0;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        size_t size;
        char *file = test_read_file(files[i], &size);
        for (char *line = file, *end; file && (end = strchr(line, '\n')) != NULL; line = end + 1)
            if (line[0] != ' ' && line[0] != '#' && line[0] != '[' && line != end)
                known += check_lifting(files[i], weir__slice(line, end));
        weir__free(&test_env()->mem, file);
    }
    EXPECT_THAT(known > 400, "only %zu statements were looked at", known);
}

TEST(fingerprint, is_the_same_for_the_same_statement)
{
    static const struct {
        const char *name, *a, *b;
        bool plan, log; /* the same? */
    } rows[] = {
        {"values", "SELECT a FROM t WHERE b = 1", "SELECT a FROM t WHERE b = 2", true, true},
        {"blanks", "SELECT a FROM t WHERE b = 1", "SELECT  a\n\tFROM t  WHERE b=1", true, true},
        {"comments", "SELECT a FROM t", "SELECT /* x */ a FROM -- y\n t # z", true, true},
        {"reserved words", "SELECT a FROM t WHERE b IS NULL", "select a From t where b is null", true, true},
        {"semicolon", "SELECT a FROM t", "SELECT a FROM t;", true, true},
        {"lists", "SELECT a FROM t WHERE b IN (1)", "SELECT a FROM t WHERE b IN (1, 2, 3, 4)", true, true},
        {"lists of rows", "SELECT a FROM t WHERE (b, c) IN ((1, 2))",
         "SELECT a FROM t WHERE (b, c) IN ((1, 2), (3, 4))", true, true},
        {"rows", "INSERT t VALUES (1), (2)", "INSERT t VALUES (1), (2), (3)", true, true},
        {"sign", "SELECT a FROM t WHERE b = 1", "SELECT a FROM t WHERE b = -1", true, false},
        {"class", "SELECT a FROM t WHERE b = 1", "SELECT a FROM t WHERE b = '1'", false, true},
        {"class in a list", "SELECT a FROM t WHERE b IN (1, 2)", "SELECT a FROM t WHERE b IN (1, '2')", false, true},
        {"own parameter", "SELECT a FROM t WHERE b = 1", "SELECT a FROM t WHERE b = ?", false, true},
        {"names of columns", "SELECT a+1 FROM t", "SELECT a + 1 FROM t", false, true},
        {"names of columns, letters", "SELECT a is null FROM t", "SELECT a IS NULL FROM t", false, true},
        {"names of columns, values", "SELECT a + 1 FROM t", "SELECT a + 2 FROM t", false, true},
        {"names of columns, comments", "SELECT a /* x */ + 1 FROM t", "SELECT a + 1 FROM t", false, true},
        {"names of tables", "SELECT a FROM t", "SELECT a FROM T", false, false},
        {"quotes", "SELECT a FROM t", "SELECT `a` FROM t", false, false},
        {"grouping", "SELECT a FROM t GROUP BY a + 1", "SELECT a FROM t GROUP BY a + 2", false, true},
        {"position", "SELECT a FROM t ORDER BY 1", "SELECT a FROM t ORDER BY 2", false, true},
        {"type", "SELECT a FROM t WHERE b = CAST(c AS CHAR(1))", "SELECT a FROM t WHERE b = CAST(c AS CHAR(2))", false,
         true},
        {"decimal", "SELECT a FROM t WHERE b = 0.1", "SELECT a FROM t WHERE b = 0.2", false, true},
        {"hex", "SELECT a FROM t WHERE b = 0x41", "SELECT a FROM t WHERE b = 0x42", false, true},
        {"temporal", "SELECT a FROM t WHERE b = DATE '2020-01-01'", "SELECT a FROM t WHERE b = DATE '2020-01-02'",
         false, true},
        {"introduced", "SELECT a FROM t WHERE b = _latin1'a'", "SELECT a FROM t WHERE b = _latin1'b'", false, true},
        {"separator", "SELECT a FROM t HAVING group_concat(b SEPARATOR ',') = 1",
         "SELECT a FROM t HAVING group_concat(b SEPARATOR ';') = 1", false, true},
        {"a call and a name", "SELECT a FROM t WHERE f(b)", "SELECT a FROM t WHERE f (b)", false, false},
        {"hints", "SELECT /*+ x */ a FROM t", "SELECT /*+ y */ a FROM t", false, false},
        {"another clause", "SELECT a FROM t WHERE b = 1", "SELECT a FROM t WHERE b = 1 LIMIT 1", false, false},
        {"empty", "", ";", true, true},
    };
    static result a, b;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int kind = WEIR__FINGERPRINT_PLAN; kind <= WEIR__FINGERPRINT_LOG; kind++) {
            bool want = kind == WEIR__FINGERPRINT_PLAN ? rows[i].plan : rows[i].log;
            make(&a, weir__view(rows[i].a), (weir__fingerprint_kind)kind);
            make(&b, weir__view(rows[i].b), (weir__fingerprint_kind)kind);
            EXPECT_THAT((strcmp(a.text, b.text) == 0) == want, "%s, %s:\n    %s\n    %s", rows[i].name,
                        kind == WEIR__FINGERPRINT_PLAN ? "plan" : "log", a.text, b.text);
            EXPECT_THAT((a.f.hash == b.f.hash) == want, "%s: hash", rows[i].name);
        }
}

/* Written down once: another process, another machine and the next release must find the same. */
TEST(fingerprint, hash_never_changes)
{
    static const struct {
        const char *sql;
        uint64_t hash;
    } rows[] = {
        {"SELECT a FROM t WHERE b = 1", 0x1c6a5a1bb22311ac},
        {"", 0x7742fb2bfa53bd85},
    };
    static result r;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        make(&r, weir__view(rows[i].sql), WEIR__FINGERPRINT_LOG);
        EXPECT_THAT(r.f.hash == rows[i].hash, "%s: 0x%016" PRIx64, rows[i].sql, r.f.hash);
    }
}

TEST(fingerprint, stays_in_its_buffers)
{
    static const char sql[] = "SELECT a , b FROM t WHERE c = 1 AND d IN (1, 2, 3) AND e BETWEEN -4 AND 'x' LIMIT 5, 6";
    static const char insert[] = "INSERT INTO t (a) VALUES (1, 'x', -2), (3, 'y', -4) ON DUPLICATE KEY UPDATE a = 5";
    const char *const texts[] = {sql, insert};
    for (size_t t = 0; t < 2; t++) {
        size_t whole = 0;
        for (size_t room = 0; room < 120; room++) {
            char buffer[128];
            weir__slot slots[16];
            weir__run runs[16];
            weir__fingerprint f;
            memset(buffer, '#', sizeof buffer);
            const weir__fingerprint_room rooms = {buffer, room, slots, 16, runs, 16};
            weir__fingerprint_of(weir__view(texts[t]), &maria, WEIR__FINGERPRINT_PLAN, &rooms, &f);
            EXPECT_THAT(f.size <= room, "%zu bytes of room: %u", room, f.size);
            for (size_t i = room; i < sizeof buffer; i++)
                EXPECT_THAT(buffer[i] == '#', "%zu bytes of room: byte %zu is written", room, i);
            EXPECT_THAT(f.cut || f.size == (whole ? whole : f.size), "%zu bytes of room", room);
            whole = f.cut ? 0 : f.size;
        }
        EXPECT(whole > 0);
    }
    for (size_t room = 0; room < 10; room++) {
        char buffer[256];
        weir__slot slots[10];
        weir__run runs[1];
        weir__fingerprint f;
        memset(slots, 0x55, sizeof slots);
        const weir__fingerprint_room rooms = {buffer, sizeof buffer, slots, room, runs, 1};
        weir__fingerprint_of(weir__view(sql), &maria, WEIR__FINGERPRINT_PLAN, &rooms, &f);
        EXPECT_INT(f.slots, 8);
        EXPECT(f.cut == (room < 8));
        EXPECT(room >= 8 || slots[room].start == 0x55555555);
    }
}

/* Values are lifted before it is seen that this is no row, or none of its own. The server refuses these; no plan may be found by them. */
TEST(fingerprint, what_is_no_row_in_a_list_of_rows_is_no_key)
{
    static result r;
    make(&r, weir__view("SELECT a FROM t WHERE (a, b) IN ((1, 2) = 3, (4, 5))"), WEIR__FINGERPRINT_PLAN);
    EXPECT(r.f.cut);
    make(&r, weir__view("SELECT a FROM t WHERE (a, b) IN ((1), (4, 5))"), WEIR__FINGERPRINT_PLAN);
    EXPECT(r.f.cut);
    make(&r, weir__view("SELECT a FROM t WHERE (a, b) IN ((1, 2), (4, 5))"), WEIR__FINGERPRINT_PLAN);
    EXPECT(!r.f.cut && r.f.runs == 1 && r.runs[0].elements == 2 && r.runs[0].width == 2);
    make(&r, weir__view("SELECT a FROM t WHERE (a, b) IN (1, (4, 5))"), WEIR__FINGERPRINT_PLAN);
    EXPECT_TEXT(r.text, "SELECT a FROM t WHERE (a, b) IN (1, (?n, ?n)+)");
}

TEST(fingerprint, long_lists_need_little_room)
{
    static result r;
    weir__buf sql;
    weir__buf_init(&sql, &test_env()->mem, 16 * 1024 * 1024);
    weir__buf_adds(&sql, "SELECT a FROM t WHERE b IN (1");
    for (int i = 0; i < 100000; i++)
        weir__buf_addf(&sql, ",%d", i);
    weir__buf_adds(&sql, ") AND c = 5");
    make(&r, (weir_str){sql.data, sql.size}, WEIR__FINGERPRINT_LOG);
    EXPECT_TEXT(r.text, "SELECT a FROM t WHERE b IN (?+) AND c = ?");
    EXPECT(!r.f.cut);
    make(&r, (weir_str){sql.data, sql.size}, WEIR__FINGERPRINT_PLAN);
    EXPECT_TEXT(r.text, "SELECT a FROM t WHERE b IN (?n+) AND c = ?n");
    EXPECT(r.f.cut && r.f.slots == 100002);
    weir__buf_deinit(&sql);
}

TEST(fingerprint, deep_nesting_gives_no_plan_key)
{
    static const char *const opens[] = {"(", "f(", "SELECT (", "a IN ("};
    static result r;
    for (size_t i = 0; i < sizeof opens / sizeof *opens; i++) {
        weir__buf sql;
        weir__buf_init(&sql, &test_env()->mem, 65536);
        weir__buf_adds(&sql, "SELECT a FROM t WHERE ");
        for (int n = 0; n < 100; n++)
            weir__buf_adds(&sql, opens[i]);
        for (int n = 0; n < 150; n++)
            weir__buf_adds(&sql, ") , 1");
        make(&r, (weir_str){sql.data, sql.size}, WEIR__FINGERPRINT_PLAN);
        EXPECT_THAT(r.f.cut, "%s", opens[i]);
        weir__buf_deinit(&sql);
    }
}
