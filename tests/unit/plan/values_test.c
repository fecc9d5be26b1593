/* values_test.c - the values of a statement by the plan of another one. SPDX-License-Identifier: Apache-2.0 */
#include "router/plan/plan_values.h"

#include "base/str.h"
#include "tests/support/test.h"
#include "tests/unit/plan/mapping.h"
#include "tests/unit/sql/lifting.h"

static weir__plan_context maria = {
    {0, WEIR__MARIADB, 101106}, 1, 0}; /* a scope of its own for each pair of statements */

static weir__plan_cache *open_cache(void)
{
    weir__plan_cache *cache = NULL;
    weir_error error;
    EXPECT_OK(weir__plan_cache_new(test_env(), &cache, &error), error);
    return cache;
}

static bool take(weir__plan_cache *cache, weir_str sql, weir__lookup *lookup)
{
    weir_error error;
    weir_status status = weir__plan_take(cache, sql, &maria, lookup, &error);
    EXPECT_THAT(status == WEIR_OK, "%.*s: %s", WEIR__STR(sql), error.text);
    return status == WEIR_OK;
}

/* ---- what is asked, as text ---- */

static void add_value(weir__buf *out, const weir__value *v)
{
    if (v->kind == WEIR__VALUE_PARAM)
        weir__buf_addf(out, " ?%" PRIu32, v->parameter);
    else
        weir__buf_addf(out, " %.*s", WEIR__STR(v->text));
}

static void add_condition(weir__buf *out, const weir__lookup *l, const weir__condition *c)
{
    if (c->kind == WEIR__CONDITION_LEAF) {
        weir__value_walk walk;
        weir__value v;
        weir__buf_addf(out, " (%s", weir__op_name((weir__op)c->op));
        for (weir__leaf_values(l, c, &walk); weir__value_next(&walk, &v);)
            add_value(out, &v);
        weir__buf_adds(out, ")");
    }
    for (c = c->kind == WEIR__CONDITION_LEAF ? NULL : c->first; c; c = c->next)
        add_condition(out, l, c);
}

static void describe(weir__buf *out, const weir__lookup *l)
{
    weir__value v;
    for (uint32_t i = 0; i < l->plan->condition_count; i++)
        add_condition(out, l, l->plan->conditions[i].root);
    for (uint32_t row = 0; row < weir__row_count(l); row++) {
        const weir__plan_cell *cells;
        uint32_t count = weir__row_cells(l, row, &cells);
        weir__buf_adds(out, " [");
        for (uint32_t cell = 0; cell < count; cell++)
            switch (weir__cell_at(l, row, cell, &v)) {
            case WEIR__CELL_VALUE:
                add_value(out, &v);
                break;
            case WEIR__CELL_DEFAULT:
                weir__buf_adds(out, " default");
                break;
            case WEIR__CELL_EXPRESSION:
                weir__buf_adds(out, " *");
            }
        weir__buf_adds(out, " ]");
    }
    for (uint32_t i = 0; i < l->plan->scope_count; i++)
        if (l->plan->scopes[i].limit != WEIR__NONE) {
            EXPECT(weir__value_at(l, l->plan->scopes[i].limit, &v));
            weir__buf_adds(out, " limit");
            add_value(out, &v);
        }
}

typedef struct row {
    const char *name, *planned, *sql, *values;
} row;

TEST(values, of_a_statement_by_the_plan_of_another)
{
    static const row rows[] = {
        {"one literal", "SELECT a FROM t WHERE id = 1", "SELECT a FROM t WHERE id=  4711", " (= 4711)"},
        {"a sign", "SELECT a FROM t WHERE id = 1 AND b = 2", "SELECT a FROM t WHERE id = - 7 AND b = 3",
         " (= - 7) (= 3)"},
        {"one that stays beside one that goes", "SELECT a FROM t WHERE 'k' = k AND id = 1 LIMIT 5",
         "SELECT a FROM t WHERE 'k' = k AND id = 22 LIMIT 10", " (= 'k') (= 22) limit 10"},
        {"a longer list", "SELECT a FROM t WHERE id IN (1) AND b = 2",
         "SELECT a FROM t WHERE id IN (3, 44,5) AND b = 6", " (in 3 44 5) (= 6)"},
        {"a shorter list", "SELECT a FROM t WHERE id IN (3, 44,5) AND b = 6",
         "SELECT a FROM t WHERE id IN (1) AND b = 2", " (in 1) (= 2)"},
        {"two lists", "SELECT a FROM t WHERE id IN (1,2) AND b IN ('x') AND c = 9",
         "SELECT a FROM t WHERE id IN (7) AND b IN ('u', 'v', 'w') AND c = 8", " (in 7) (in 'u' 'v' 'w') (= 8)"},
        {"a list of several runs", "SELECT a FROM t WHERE id IN (1, 'x', NULL, 2) LIMIT 1",
         "SELECT a FROM t WHERE id IN (1, 2, 'x', 'y', 'z', NULL, 3, 4) LIMIT 5",
         " (in 1 2 'x' 'y' 'z' NULL 3 4) limit 5"},
        {"parameters", "SELECT a FROM t WHERE id IN (?) AND b = ? AND c IN (?, ?)",
         "SELECT a FROM t WHERE id IN (?, ?, ?) AND b = ? AND c IN (?)", " (in ?0 ?1 ?2) (= ?3) (in ?4)"},
        {"a parameter in the select list", "SELECT ? FROM t WHERE id IN (?, ?) LIMIT ?",
         "SELECT ? FROM t WHERE id IN (?) LIMIT ?", " (in ?1) limit ?2"},
        {"rows in IN", "SELECT a FROM t WHERE (a, b) IN ((1, 'x'))",
         "SELECT a FROM t WHERE (a, b) IN ((2, 'y'), (-3, 'z'), (4, ''))", " (in 2 -3 4) (in 'y' 'z' '')"},
        {"fewer rows in IN", "SELECT a FROM t WHERE (a, b) IN ((2, 'y'), (-3, 'z'), (4, ''))",
         "SELECT a FROM t WHERE (a, b) IN ((1, 'x'))", " (in 1) (in 'x')"},
        {"rows with an expression in IN", "SELECT a FROM t WHERE (a, b, c) IN ((1, 1+?, 2))",
         "SELECT a FROM t WHERE (a, b, c) IN ((3, 1+?, 4), (5, 1+?, 6))", " (in 3 5) (in 4 6)"},
        {"one row", "INSERT INTO t (a, b) VALUES (1, 'x')", "INSERT INTO t (a, b) VALUES (2, 'y')", " [ 2 'y' ]"},
        {"more rows", "INSERT INTO t VALUES (1, 'x'), (2, 'y')", "INSERT INTO t VALUES (3, 'u'), (4, 'v'), (-5, 'w')",
         " [ 3 'u' ] [ 4 'v' ] [ -5 'w' ]"},
        {"fewer rows", "INSERT INTO t VALUES (1, 'x'), (2, 'y'), (3, 'z')", "INSERT INTO t VALUES (4, 'u'), (5, 'v')",
         " [ 4 'u' ] [ 5 'v' ]"},
        {"runs of rows, and rows alone", "INSERT INTO t VALUES (NULL), (1), (2), ('a'), ('b'), (now()), (3), (4)",
         "INSERT INTO t VALUES (NULL), (1), (2), (3), ('a'), ('b'), (now()), (4), (5), (6)",
         " [ NULL ] [ 1 ] [ 2 ] [ 3 ] [ 'a' ] [ 'b' ] [ * ] [ 4 ] [ 5 ] [ 6 ]"},
        {"what is not lifted in a row", "INSERT INTO t VALUES (1, NULL, 1e3, DEFAULT), (2, NULL, 1e3, DEFAULT)",
         "INSERT INTO t VALUES (3, NULL, 1e3, DEFAULT), (4, NULL, 1e3, DEFAULT), (?, NULL, 1e3, DEFAULT)",
         " [ 3 NULL 1e3 default ] [ 4 NULL 1e3 default ] [ ?0 NULL 1e3 default ]"},
        {"an expression in a row", "INSERT INTO t VALUES (1 + ?, 2), (1 + ?, 3)",
         "INSERT INTO t VALUES (1 + ?, 4), (1 + ?, 5), (1 + ?, 6)", " [ * 4 ] [ * 5 ] [ * 6 ]"},
        {"behind rows", "INSERT INTO t VALUES (1), (2) ON DUPLICATE KEY UPDATE a = 3, b = ?",
         "INSERT INTO t VALUES (4), (5), (?) ON DUPLICATE KEY UPDATE a = 6, b = ?", " [ 4 ] [ 5 ] [ ?0 ]"},
        {"another text alike but for blanks and comments", "SELECT a FROM t WHERE a BETWEEN 1 AND 2 LIMIT 3",
         "select a /* 1 */ from t where a between 10 -- 5\n and 20 limit 30", " (between 10 20) limit 30"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        weir__plan_cache *cache = open_cache();
        weir__lookup lookup;
        weir__buf got;
        weir__buf_init(&got, &test_env()->mem, 1 << 16);
        if (take(cache, weir__view(rows[i].planned), &lookup))
            weir__plan_give(&lookup);
        for (int round = 0; round < 3; round++) /* by fingerprint, then by text */
            if (take(cache, weir__view(rows[i].sql), &lookup)) {
                weir__buf_reset(&got);
                describe(&got, &lookup);
                EXPECT_THAT(weir__str_is(weir__view(rows[i].values), weir__buf_text(&got)),
                            "%s: %s\n    is   %s\n    not  %s", rows[i].name, rows[i].sql, weir__buf_text(&got),
                            rows[i].values);
                EXPECT_THAT(lookup.mapped, "%s: it is not mapped", rows[i].name);
                weir__plan_give(&lookup);
            }
        weir__plan_cache_counts n = weir__plan_cache_count(cache);
        /* One with other slots, as in `what is not lifted in a row`, has a plan of its own. */
        EXPECT_THAT(n.built + n.by_fingerprint + n.by_text == 4 && n.by_text == 1, "%s: built %" PRIu64, rows[i].name,
                    n.built);
        weir__buf_deinit(&got);
        weir__plan_cache_free(cache);
    }
}

/* ---- the same for all statements there are ---- */

static const char *mistake_of(weir__plan_cache *cache, weir_str sql, uint32_t *runs, bool *by_fingerprint)
{
    weir__lookup lookup;
    weir__plan *own;
    weir_error error;
    uint64_t before = weir__plan_cache_count(cache).by_fingerprint;
    const char *mistake = NULL;
    if (!take(cache, sql, &lookup))
        return "it has no plan";
    *by_fingerprint = weir__plan_cache_count(cache).by_fingerprint > before;
    *runs = lookup.run_count;
    if (weir__plan_build(sql, &maria.reading, test_env(), &own, &error) == WEIR_OK) {
        mistake = mapping_mistake(&lookup, own);
        if (!mistake && own->understood && !lookup.mapped && own->value_count && !own->effects.conditional &&
            !own->effects.illegal && !own->effects.more_than_one)
            mistake = "its values are not mapped";
        weir__plan_unref(own);
    }
    weir__plan_give(&lookup);
    return mistake;
}

/* a was planned; is b by its plan what it is by its own? */
static bool check_pair(weir__plan_cache *cache, weir_str a, weir_str b, bool together)
{
    uint32_t runs;
    bool by_fingerprint = false;
    maria.scope++;
    const char *mistake = mistake_of(cache, a, &runs, &by_fingerprint);
    EXPECT_THAT(!mistake, "%.*s\n    %s", WEIR__STR(a), mistake);
    mistake = mistake_of(cache, b, &runs, &by_fingerprint);
    EXPECT_THAT(!mistake, "%.*s\n    by the plan of\n%.*s\n    %s", WEIR__STR(b), WEIR__STR(a), mistake);
    EXPECT_THAT(by_fingerprint || !together, "%.*s\n    is not found by the plan of\n%.*s", WEIR__STR(b), WEIR__STR(a));
    return by_fingerprint;
}

enum { ROOM = 8192, SLOTS = 256, RUNS = 64 };

static bool check_line(weir__plan_cache *cache, weir_str sql)
{
    static char text[4096], changed[ROOM], doubled[ROOM];
    static weir__slot slots[SLOTS];
    static weir__run runs[RUNS];
    const weir__fingerprint_room room = {text, sizeof text, slots, SLOTS, runs, RUNS};
    weir__fingerprint print;

    weir__fingerprint_of(sql, &maria.reading, WEIR__FINGERPRINT_PLAN, &room, &print);
    if (print.cut || print.bad || print.more || print.conditional || sql.size > sizeof changed)
        return false;
    memcpy(changed, sql.data, sql.size);
    lifting_change_values(changed, slots, print.slots);
    weir_str other = {changed, sql.size}, longer = {doubled, 0};
    check_pair(cache, sql, other, sql.size <= WEIR__LOOKUP_TEXT);
    longer.size = mapping_double(other, runs, print.runs, doubled, sizeof doubled);
    EXPECT(longer.size > 0);
    check_pair(cache, sql, longer, true);
    return check_pair(cache, longer, sql, true) && print.runs > 0;
}

TEST(values, of_all_statements_of_the_tables)
{
    static const char *const files[] = {"tests/tables/parse.txt", "tests/tables/fingerprint.txt"};
    weir__plan_cache *cache = open_cache();
    size_t with_runs = 0;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        size_t size;
        char *file = test_read_file(files[i], &size);
        for (char *line = file, *end; file && (end = strchr(line, '\n')) != NULL; line = end + 1)
            if (line[0] != ' ' && line[0] != '#' && line[0] != '[' && line != end)
                with_runs += check_line(cache, weir__slice(line, end));
        weir__free(&test_env()->mem, file);
    }
    weir__plan_cache_free(cache);
    EXPECT_THAT(with_runs >= 20, "only %zu statements with lists were looked at", with_runs);
}

/* ---- random statements: one seed for the shape, one for values and lengths ---- */

typedef struct writer {
    uint64_t shape, values;
    weir__buf *out;
} writer;

static uint32_t next(uint64_t *seed, uint32_t below)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*seed >> 33) % below;
}

static void add_literal(writer *r, uint32_t kind)
{
    static const char *const texts[] = {"''", "'a'", "'it''s'", "'\\\\'", "'long, long? (text)'", "\"q\""};
    switch (kind) {
    case 0:
        weir__buf_addf(r->out, "%" PRIu32, next(&r->values, 1000000));
        break;
    case 1:
        weir__buf_addf(r->out, "-%s%" PRIu32, next(&r->values, 2) ? " " : "", next(&r->values, 100));
        break;
    case 2:
        weir__buf_adds(r->out, texts[next(&r->values, 6)]);
        break;
    case 3:
        weir__buf_adds(r->out, "?");
        break;
    case 4:
        weir__buf_adds(r->out, "NULL");
        break;
    case 5:
        weir__buf_adds(r->out, "0x41");
        break;
    case 6:
        weir__buf_adds(r->out, "1 + ?");
        break;
    default:
        weir__buf_adds(r->out, "abs(?)");
    }
}

/* Elements of a list: kinds from the shape, how many of each kind from the values. */
static void add_elements(writer *r, uint32_t width, bool rows)
{
    uint32_t last[4] = {99, 99, 99, 99};
    for (uint32_t runs = 1 + next(&r->shape, 4), run = 0; run < runs; run++) {
        uint32_t kinds[4];
        bool lifted = false, same = run > 0;
        for (uint32_t i = 0; i < width; i++) {
            kinds[i] = next(&r->shape, 8);
            lifted |= kinds[i] < 4 || kinds[i] > 5;
            same &= kinds[i] == last[i] || (kinds[i] < 2 && last[i] < 2); /* would go on with the run before */
            last[i] = kinds[i];
        }
        uint32_t count = !lifted || same ? 1 : (rows ? 2 : 1) + next(&r->values, 4);
        for (uint32_t n = 0; n < count; n++) {
            weir__buf_adds(r->out, run || n ? next(&r->values, 2) ? ", " : "," : "");
            weir__buf_adds(r->out, width > 1 || rows ? "(" : "");
            for (uint32_t i = 0; i < width; i++) {
                weir__buf_adds(r->out, i ? ", " : "");
                add_literal(r, kinds[i]);
            }
            weir__buf_adds(r->out, width > 1 || rows ? ")" : "");
        }
    }
}

enum { INSIDE = 9 };

static void add_condition_text(writer *r, int depth)
{
    static const char columns[] = "abcdefgh";
    char column = columns[next(&r->shape, 8)];
    /* In a query in a list, lists keep their length. */
    uint32_t kind = depth == INSIDE ? 5 + next(&r->shape, 3) : next(&r->shape, depth > 2 ? 8 : 11);
    switch (kind) {
    case 5:
        weir__buf_addf(r->out, "%c = ", column);
        add_literal(r, next(&r->shape, 8));
        break;
    case 0:
    case 1:
    case 2:
        weir__buf_addf(r->out, "t.%c IN (", column);
        add_elements(r, 1, false);
        weir__buf_adds(r->out, ")");
        break;
    case 3:
    case 4:
        weir__buf_adds(r->out, "(a, b) IN (");
        add_elements(r, 2, false);
        weir__buf_adds(r->out, ")");
        break;
    case 6:
        weir__buf_addf(r->out, "%c BETWEEN ", column);
        add_literal(r, next(&r->shape, 4));
        weir__buf_adds(r->out, " AND ");
        add_literal(r, next(&r->shape, 4));
        break;
    case 7:
        weir__buf_addf(r->out, "NOT %c > ", column);
        add_literal(r, next(&r->shape, 4));
        break;
    case 8:
    case 9:
        weir__buf_adds(r->out, "(");
        add_condition_text(r, depth + 1);
        weir__buf_adds(r->out, next(&r->shape, 2) ? " AND " : " OR ");
        add_condition_text(r, depth + 1);
        weir__buf_adds(r->out, ")");
        break;
    default:
        weir__buf_addf(r->out, "%c IN (1, (SELECT x FROM u WHERE ", column);
        add_condition_text(r, INSIDE);
        weir__buf_adds(r->out, "), 2)");
    }
}

static void add_statement(writer *r)
{
    uint32_t kind = next(&r->shape, 4);
    if (kind == 0) {
        weir__buf_adds(r->out, "INSERT INTO t VALUES ");
        add_elements(r, 1 + next(&r->shape, 3), true);
        if (next(&r->shape, 2)) {
            weir__buf_adds(r->out, " ON DUPLICATE KEY UPDATE a = ");
            add_literal(r, next(&r->shape, 8));
        }
        return;
    }
    weir__buf_adds(r->out, kind == 1 ? "UPDATE t SET z = " : "SELECT 1 + ");
    add_literal(r, kind == 1 ? next(&r->shape, 8) : 3);
    weir__buf_adds(r->out, kind == 1 ? " WHERE " : " FROM t WHERE ");
    add_condition_text(r, 0);
    if (next(&r->shape, 2))
        weir__buf_addf(r->out, " LIMIT %" PRIu32, next(&r->values, 1000));
}

TEST(values, of_random_statements)
{
    weir__plan_cache *cache = open_cache();
    size_t pairs = 0;
    weir__buf texts[2];
    for (uint64_t shape = 1; shape <= 1500; shape++) {
        for (uint64_t i = 0; i < 2; i++) {
            writer r = {shape, shape * 7919 + i, &texts[i]};
            weir__buf_init(r.out, &test_env()->mem, 1 << 16);
            add_statement(&r);
        }
        weir_str a = {texts[0].data, texts[0].size}, b = {texts[1].data, texts[1].size};
        if (a.size <= WEIR__LOOKUP_TEXT && b.size <= WEIR__LOOKUP_TEXT)
            pairs += check_pair(cache, a, b, true);
        weir__buf_deinit(&texts[0]);
        weir__buf_deinit(&texts[1]);
        if (test_failed())
            break;
    }
    weir__plan_cache_free(cache);
    EXPECT_THAT(pairs > 1200 || test_failed(), "only %zu pairs were looked at", pairs);
}

/* ---- plans of their own ---- */

static void check_own(const char *name, const weir__buf *sql)
{
    weir__plan_cache *cache = open_cache();
    weir__lookup lookup;
    weir__plan *own;
    weir_error error;
    EXPECT_OK(weir__plan_build((weir_str){sql->data, sql->size}, &maria.reading, test_env(), &own, &error), error);
    for (int round = 0; round < 3; round++)
        if (take(cache, (weir_str){sql->data, sql->size}, &lookup)) {
            const char *mistake = mapping_mistake(&lookup, own);
            EXPECT_THAT(!lookup.mapped, "%s: it is mapped", name);
            EXPECT_THAT(!mistake, "%s: %s", name, mistake);
            weir__plan_give(&lookup);
        }
    weir__plan_unref(own);
    EXPECT_INT(weir__plan_cache_count(cache).uncached, 3);
    weir__plan_cache_free(cache);
}

TEST(values, of_a_text_with_a_plan_of_its_own)
{
    weir__buf sql;
    weir__buf_init(&sql, &test_env()->mem, 1 << 20);
    weir__buf_adds(&sql, "SELECT a FROM t WHERE a IN (?");
    for (int i = 0; i < 1000; i++)
        weir__buf_adds(&sql, ",?");
    weir__buf_adds(&sql, ") AND b = ? LIMIT 5");
    check_own("more parameters than slots", &sql);
    weir__buf_reset(&sql);
    weir__buf_adds(&sql, "INSERT INTO t VALUES (1, 'x', ?)");
    for (int i = 0; i < 1000; i++)
        weir__buf_addf(&sql, ",(%d, 'x', ?)", i);
    check_own("too long", &sql);
    weir__buf_reset(&sql);
    weir__buf_adds(&sql, "SELECT a FROM t WHERE a = 1");
    for (int i = 0; i < WEIR__LOOKUP_RUNS; i++)
        weir__buf_adds(&sql, " AND b IN (2)");
    weir__buf_adds(&sql, " AND c IN (3)");
    check_own("more lists than runs", &sql);
    weir__buf_reset(&sql);
    weir__buf_adds(&sql, "SELECT a FROM t WHERE a = /*!50000 - */ 7 AND b IN (1, 2)");
    check_own("a versioned comment", &sql);
    weir__buf_deinit(&sql);
}

/* An element with a query in it reads tables: two of them are another statement than one. */
TEST(values, elements_with_queries_do_not_become_one)
{
    static const char *const pairs[][2] = {
        {"SELECT a FROM t WHERE a IN ((SELECT b FROM u WHERE c = 1))",
         "SELECT a FROM t WHERE a IN ((SELECT b FROM u WHERE c = 1), (SELECT b FROM u WHERE c = 2))"},
        {"INSERT INTO t VALUES ((SELECT b FROM u WHERE c = 1)), ((SELECT b FROM u WHERE c = 2))",
         "INSERT INTO t VALUES ((SELECT b FROM u WHERE c = 1)), ((SELECT b FROM u WHERE c = 2)), ((SELECT b FROM u "
         "WHERE "
         "c = 3))"},
        {"INSERT INTO t VALUES (1, EXISTS (TABLE u)), (2, EXISTS (TABLE u))",
         "INSERT INTO t VALUES (1, EXISTS (TABLE u)), (2, EXISTS (TABLE u)), (3, EXISTS (TABLE u))"},
    };
    weir__plan_cache *cache = open_cache();
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        EXPECT_THAT(!check_pair(cache, weir__view(pairs[i][0]), weir__view(pairs[i][1]), false), "%s", pairs[i][0]);
    weir__plan_cache_free(cache);
}
