/* parse_test.c - text to tree; the many rows are in tests/tables/parse.txt. SPDX-License-Identifier: Apache-2.0 */
#include "router/sql/ast.h"

#include "base/limits.h"
#include "base/str.h"
#include "tests/support/test.h"

static const weir__lex_options maria = {.flavour = WEIR__MARIADB, .version = 101106};

enum { ARENA = 64 * 1024 * 1024 };

/* What ast.h promises of each node. */
static void check_node(const weir__tree *tree, const weir__node *node, const char *sql, uint32_t *parameters)
{
    uint32_t at = node->at.start;
    EXPECT_THAT(node->at.start < node->at.end && node->at.end <= tree->sql.size, "%s: a %s has the range %u-%u", sql,
                weir__node_name(node->kind), node->at.start, node->at.end);
    EXPECT_THAT(node->depth <= WEIR__MAX_SQL_DEPTH, "%s: depth %u", sql, node->depth);
    if (node->kind == WEIR__NODE_PARAM)
        EXPECT_THAT(node->index == (*parameters)++, "%s: parameter %u is out of order", sql, node->index);
    else if (node->name.end)
        EXPECT_THAT(
            node->name.start < node->name.end && node->name.start >= node->at.start && node->name.end <= node->at.end,
            "%s: the name of a %s is at %u-%u", sql, weir__node_name(node->kind), node->name.start, node->name.end);
    for (const weir__node *child = node->first; child; child = child->next) {
        EXPECT_THAT(child->depth < node->depth, "%s: a %s is as deep as its %s", sql, weir__node_name(node->kind),
                    weir__node_name(child->kind));
        EXPECT_THAT(child->at.start >= node->at.start && child->at.end <= node->at.end, "%s: a %s sticks out of its %s",
                    sql, weir__node_name(child->kind), weir__node_name(node->kind));
        EXPECT_THAT(child->at.start >= at, "%s: a %s stands before what was before it", sql,
                    weir__node_name(child->kind));
        EXPECT_THAT((child->next == NULL) == (child == node->last), "%s: the last child of a %s is not its last", sql,
                    weir__node_name(node->kind));
        at = child->at.start;
        check_node(tree, child, sql, parameters);
    }
}

static void check_row(const char *section, int line, weir_str sql, weir_str want)
{
    weir__arena arena;
    weir__buf got;
    weir__tree tree;
    weir_error error;
    char text[1024];

    snprintf(text, sizeof text, "parse.txt:%d: %s: %.*s", line, section, WEIR__STR(sql));
    weir__arena_init(&arena, &test_env()->mem, ARENA);
    weir__buf_init(&got, &test_env()->mem, 65536);
    if (weir__parse(sql, &maria, &arena, &tree, &error) == WEIR_OK) {
        uint32_t parameters = 0;
        weir__tree_print(&tree, &got);
        if (tree.root->kind != WEIR__NODE_HEAD && tree.root->kind != WEIR__NODE_SHOW) {
            check_node(&tree, tree.root, text, &parameters);
            EXPECT_THAT(parameters == tree.parameters, "%s: %u parameters, not %u", text, parameters, tree.parameters);
        }
    } else {
        weir__buf_addf(&got, "! %s", error.text);
        EXPECT_THAT(error.status == WEIR_SYNTAX && error.sql_offset <= sql.size, "%s: %s", text,
                    weir_status_name(error.status));
    }
    EXPECT_THAT(weir__str_is(want, weir__buf_text(&got)), "%s\n    is   %s\n    not  %.*s", text, weir__buf_text(&got),
                WEIR__STR(want));
    weir__buf_deinit(&got);
    weir__arena_deinit(&arena);
}

TEST(parse, rows_of_the_table)
{
    size_t size, rows = 0;
    char *file = test_read_file("tests/tables/parse.txt", &size), section[64] = "";
    weir_str sql = {NULL, 0};
    int number = 0;

    for (char *line = file, *end; file && (end = strchr(line, '\n')) != NULL; line = end + 1) {
        weir_str text = weir__slice(line, end);
        number++;
        if (line[0] == '[' && end[-1] == ']') {
            snprintf(section, sizeof section, "%.*s", (int)text.size - 2, line + 1);
        } else if (strncmp(line, "    ", 4) == 0) {
            check_row(section, number, sql, weir__slice(line + 4, end));
            rows++;
        } else if (line[0] != '#') {
            sql = text;
        }
    }
    EXPECT_THAT(rows > 450, "only %zu rows were read", rows);
    weir__free(&test_env()->mem, file);
}

static weir_status parse(const char *text, size_t size, uint32_t *parameters, weir_error *error)
{
    weir__arena arena;
    weir__tree tree;
    weir__arena_init(&arena, &test_env()->mem, ARENA);
    weir_status status = weir__parse((weir_str){text, size}, &maria, &arena, &tree, error);
    if (parameters)
        *parameters = tree.parameters;
    weir__arena_deinit(&arena);
    return status;
}

TEST(parse, tells_the_place_of_a_mistake)
{
    static const struct {
        const char *name, *sql, *text;
        uint32_t offset;
    } rows[] = {
        {"first line", "SELECT a b c", "line 1, column 12: \"c\" is not expected here", 11},
        {"third line", "SELECT a\nFROM t\n  WHERE WHERE b", "line 3, column 9: \"WHERE\" is not expected here", 24},
        {"columns are characters", "SELECT '\xC3\xA4\xE2\x82\xAC' x y", "line 1, column 15: \"y\" is not expected here",
         17},
        {"long token", "SELECT a b 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'",
         "line 1, column 12: \"'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\" is not expected here", 11},
        {"cut between characters",
         "SELECT a b "
         "'a\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4"
         "\xC3\xA4"
         "\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4'",
         NULL, 11},
        {"end", "SELECT a FROM t\nWHERE", "line 2, column 6: the statement ends too early", 21},
        {"nothing", "", "line 1, column 1: the statement ends too early", 0},
        {"only a comment", "-- a\n", "line 2, column 1: the statement ends too early", 5},
        {"string", "SELECT\n 'a", "line 2, column 2: this string has no end", 8},
        {"second statement", "SELECT 1;\nSELECT 2", "line 2, column 1: a second statement; send one at a time", 10},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        weir_error error = {0};
        EXPECT_STATUS(parse(rows[i].sql, strlen(rows[i].sql), NULL, &error), error, WEIR_SYNTAX);
        if (rows[i].text)
            EXPECT_THAT(strcmp(error.text, rows[i].text) == 0, "%s: %s", rows[i].name, error.text);
        EXPECT_THAT(error.sql_offset == rows[i].offset, "%s: byte %u", rows[i].name, error.sql_offset);
    }
}

/* head, then count times middle, then tail; the caller frees. */
static char *repeat(const char *head, const char *middle, size_t count, const char *tail, size_t *size)
{
    size_t step = strlen(middle);
    weir__buf buf;
    weir__buf_init(&buf, &test_env()->mem, ARENA);
    weir__buf_adds(&buf, head);
    char *to = weir__buf_grow(&buf, step * count);
    for (size_t i = 0; to && i < count; i++)
        memcpy(to + i * step, middle, step);
    weir__buf_adds(&buf, tail);
    return weir__buf_detach(&buf, size);
}

TEST(parse, long_statements_are_no_deep_ones)
{
    static const struct {
        const char *name, *head, *middle, *tail;
    } rows[] = {
        {"OR", "SELECT a", " OR a = 1", ""},
        {"AND", "SELECT a", " AND a", ""},
        {"plus", "SELECT 1", " + 1", ""},
        {"IN", "SELECT a IN (1", ", 2", ")"},
        {"items", "SELECT a", ", a", ""},
        {"rows", "INSERT t VALUES (1, 'a')", ", (1, 'a')", ""},
        {"unions", "SELECT 1", " UNION ALL SELECT 1", ""},
        {"parameters", "SELECT ?", ", ?", ""},
        {"WHEN", "SELECT CASE a", " WHEN 1 THEN 2", " END"},
        {"tables", "SELECT 1 FROM t", ", t", ""},
        {"strings", "SELECT 'a'", " 'a'", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t size;
        weir_error error = {0};
        char *sql = repeat(rows[i].head, rows[i].middle, 20000, rows[i].tail, &size);
        EXPECT_THAT(parse(sql, size, NULL, &error) == WEIR_OK, "%s: %s", rows[i].name, error.text);
        weir__free(&test_env()->mem, sql);
    }
}

TEST(parse, deep_statements_are_refused)
{
    static const struct {
        const char *name, *head, *middle, *tail;
    } rows[] = {
        {"parentheses", "SELECT ", "(", ""},
        {"NOT", "SELECT ", "NOT ", "a"},
        {"minus", "SELECT ", "- ", "1"},
        {"calls", "SELECT ", "f(", ""},
        {"subqueries", "", "SELECT (", ""},
        {"derived tables", "", "SELECT 1 FROM (", ""},
        {"left side", "SELECT 1", " = 1", ""},
        {"changing operators", "SELECT 1", " + 1 - 1", ""},
        {"joins", "SELECT 1 FROM t", " JOIN t ON 1", ""},
        {"bare joins", "SELECT 1 FROM t", " JOIN t", ""},
        {"CASE", "SELECT ", "CASE ", ""},
        {"variables", "SELECT ", "@a := ", "1"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t size;
        weir_error error = {0};
        char *sql = repeat(rows[i].head, rows[i].middle, 20000, rows[i].tail, &size);
        EXPECT_THAT(parse(sql, size, NULL, &error) == WEIR_LIMIT, "%s: %s %s", rows[i].name,
                    weir_status_name(error.status), error.text);
        EXPECT_HAS(error.text, "nested too deep (at most 400 levels); split the statement");
        weir__free(&test_env()->mem, sql);
        sql = repeat(rows[i].head, rows[i].middle, 60, rows[i].tail, &size);
        EXPECT_THAT(parse(sql, size, NULL, &error) != WEIR_LIMIT, "%s, 60 times", rows[i].name);
        weir__free(&test_env()->mem, sql);
    }
}

TEST(parse, the_arena_bounds_it)
{
    static const char sql[] = "SELECT a, b, c, d, e, f FROM t WHERE a = 1";
    weir__arena arena;
    weir__tree tree;
    weir_error error = {0};
    weir__arena_init(&arena, &test_env()->mem, 300);
    EXPECT_STATUS(weir__parse(weir__view(sql), &maria, &arena, &tree, &error), error, WEIR_LIMIT);
    EXPECT_TEXT(error.text, "the statement needs more than 300 bytes of memory; split it");
    EXPECT(tree.root == NULL);
    weir__arena_deinit(&arena);
}

TORTURE(parse, without_memory)
{
    weir_error error = {0};
    size_t size;
    weir_status status = WEIR_NOMEM;
    weir__arena arena;
    weir__tree tree;
    char *sql = repeat("SELECT a.b, c FROM t JOIN (SELECT 1) u JOIN v JOIN w ON x WHERE ", "a IN (1, ?) AND ", 40,
                       "NOT b", &size);

    if (!sql)
        return WEIR_NOMEM;
    weir__arena_init(&arena, &test_env()->mem, ARENA);
    status = weir__parse((weir_str){sql, size}, &maria, &arena, &tree, &error);
    EXPECT(status == WEIR_OK || status == WEIR_NOMEM);
    weir__arena_deinit(&arena);
    weir__free(&test_env()->mem, sql);
    return status;
}

TEST(parse, finds_children_and_names)
{
    static const char sql[] = "SELECT `a``b`, \"x\" FROM `t`";
    weir__arena arena;
    weir__tree tree;
    weir_error error = {0};
    weir__arena_init(&arena, &test_env()->mem, ARENA);
    EXPECT_OK(weir__parse(weir__view(sql), &(weir__lex_options){.sql_mode = WEIR__ANSI_QUOTES}, &arena, &tree, &error),
              error);
    const weir__node *items = weir__child(tree.root, WEIR__NODE_ITEMS);
    EXPECT(weir__str_is(weir__name_of(&tree, items->first->first->name, &arena), "a`b"));
    EXPECT(weir__str_is(weir__name_of(&tree, items->last->first->name, &arena), "x"));
    EXPECT(weir__str_is(weir__name_of(&tree, weir__child(tree.root, WEIR__NODE_FROM)->first->name, &arena), "t"));
    EXPECT(weir__child(tree.root, WEIR__NODE_WHERE) == NULL);
    EXPECT(weir__child(NULL, WEIR__NODE_WHERE) == NULL);
    weir__arena_deinit(&arena);
}

TEST(parse, sql_mode)
{
    static const struct {
        uint32_t mode;
        const char *sql, *tree;
    } rows[] = {
        {0, "SELECT a || b", "(select (items (item (or a b))))"},
        {WEIR__PIPES_AS_CONCAT, "SELECT a || b * c", "(select (items (item (* (|| a b) c))))"},
        {0, "SELECT NOT a BETWEEN 1 AND 2", "(select (items (item (not (between a 1 2)))))"},
        {WEIR__HIGH_NOT_PRECEDENCE, "SELECT NOT a BETWEEN 1 AND 2", "(select (items (item (between (not a) 1 2))))"},
        {WEIR__HIGH_NOT_PRECEDENCE, "SELECT a NOT IN (1) AND b IS NOT NULL",
         "(select (items (item (and (in not a (list 1)) (is null not b)))))"},
        {WEIR__ANSI_QUOTES, "SELECT \"a\" FROM \"t\"", "(select (items (item \"a\")) (from (table \"t\")))"},
        {WEIR__IGNORE_SPACE, "SELECT cast (a AS char)", "(select (items (item (cast a char))))"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        weir__arena arena;
        weir__tree tree;
        weir__buf got;
        weir_error error = {0};
        weir__arena_init(&arena, &test_env()->mem, ARENA);
        weir__buf_init(&got, &test_env()->mem, 65536);
        EXPECT_OK(
            weir__parse(weir__view(rows[i].sql), &(weir__lex_options){.sql_mode = rows[i].mode}, &arena, &tree, &error),
            error);
        weir__tree_print(&tree, &got);
        EXPECT_TEXT(weir__buf_text(&got), rows[i].tree);
        weir__buf_deinit(&got);
        weir__arena_deinit(&arena);
    }
}
