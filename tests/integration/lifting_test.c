/* lifting_test.c - a statement's text and its text with lifted literals get the same answer. SPDX-License-Identifier: Apache-2.0
 * HAZARDS 21. The literals that the fingerprint lifts are sent as parameters; columns (names, types), rows and errors must be the
 * same. Each literal that is compared has the class of its column, as the plan will see to. */
#include <stdlib.h>

#include "base/str.h"
#include "router/sql/fingerprint.h"
#include "tests/support/live.h"

enum { SLOTS = 64, ROOM = 4096 };

static const char *const reads[] = {
    "SELECT id, name FROM lift WHERE id = 2",
    "SELECT * FROM lift WHERE name = 'b' AND n > -5",
    "SELECT id FROM lift WHERE id IN (1, 2, 99) ORDER BY id",
    "SELECT id FROM lift WHERE id IN (-1, 3) OR name IN ('a', 'B', 'it''s') ORDER BY id",
    "SELECT id FROM lift WHERE id NOT IN (1, 2) ORDER BY id",
    "SELECT id FROM lift WHERE (id, name) IN ((1, 'a'), (2, 'x'), (3, 'it''s')) ORDER BY id",
    "SELECT id FROM lift WHERE n BETWEEN -3 AND 20 AND name NOT BETWEEN 'b' AND 'c' ORDER BY id",
    "SELECT id FROM lift WHERE n <=> 10 OR n <> 20 ORDER BY id",
    "SELECT id FROM lift WHERE NOT n = 10 AND NOT (n >= 30 OR n <= 5) ORDER BY id",
    "SELECT id, n FROM lift ORDER BY id LIMIT 2",
    "SELECT id, n FROM lift ORDER BY id LIMIT 1, 2",
    "SELECT id, n FROM lift ORDER BY id LIMIT 2 OFFSET 1",
    "SELECT name FROM lift WHERE name = 'A'",
    "SELECT name FROM lift WHERE name = 'a  '",
    "SELECT name FROM lift WHERE name = '\xC3\xA4'",
    /* names of columns that nobody named */
    "SELECT 10/3, id+1, id  +  2, 'x', NULL, -1 FROM lift WHERE id = 1",
    "SELECT count(*), COUNT( * ), sum(n)/3, concat('a', \"b\") FROM lift WHERE n > 0",
    "SELECT id IN (1, 2), id = 1, name = 'a', n BETWEEN 1 AND 15 FROM lift WHERE id = 1",
    "SELECT (SELECT n FROM lift x WHERE x.id = 2), (SELECT 5) FROM lift WHERE id = 1",
    "SELECT * FROM (SELECT 1 + 1, id FROM lift WHERE id < 3) x WHERE x.id = 2",
    "SELECT 0x41, x'4142', 0b1000001, 1.50, 1e2, 'a' 'b', _utf8mb4'x', N'y', DATE '2020-01-01' FROM lift WHERE id = 1",
    "SELECT 1 UNION SELECT 2 UNION SELECT id FROM lift WHERE id = 3 ORDER BY 1",
    /* what would mean something else as a parameter */
    "SELECT id FROM lift WHERE n = 0x0A",
    "SELECT id FROM lift WHERE 0.1 + 0.2 = 0.3 AND id = 1",
    "SELECT id FROM lift WHERE d = 1.10 ORDER BY id",
    "SELECT n + 1, count(*) FROM lift GROUP BY n + 1 ORDER BY n + 1",
    "SELECT n DIV 10, count(*) FROM lift WHERE id < 10 GROUP BY 1 HAVING count(*) > 0 ORDER BY 1",
    "SELECT round((SELECT 1 FROM lift LIMIT 1)), count(*) FROM lift GROUP BY round((SELECT 1 FROM lift LIMIT 1))",
    "SELECT cast(n AS CHAR(1)), cast(n AS DECIMAL(10,2)) FROM lift WHERE id = 1",
    "SELECT group_concat(name ORDER BY id SEPARATOR '-') FROM lift WHERE id IN (1, 2)",
    "SELECT id FROM lift WHERE day = DATE '2024-02-29' OR day = '2024-03-01' ORDER BY id",
    "SELECT id FROM lift WHERE day > '2024-02-28' - INTERVAL 1 DAY ORDER BY id",
    "SELECT id FROM lift WHERE name LIKE 'b%' OR name REGEXP '^i' ORDER BY id",
    "SELECT id FROM lift WHERE name = 'a' COLLATE utf8mb4_bin OR name = BINARY 'b' ORDER BY id",
    "SELECT id FROM lift WHERE n + 5 = 15 OR 5 + n IN (25) ORDER BY id",
    "SELECT id FROM lift WHERE CASE WHEN n = 10 THEN 1 ELSE 0 END = 1 ORDER BY id",
    "SELECT j.x FROM JSON_TABLE('[1,2]', '$[*]' COLUMNS (x INT PATH '$')) j WHERE j.x = 2",
    "SELECT a.id, b.id FROM lift a LEFT JOIN lift b ON b.id = a.id AND b.n = 10 WHERE a.id < 3 ORDER BY a.id",
    "SELECT id, sum(n) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM lift WHERE id < 4 ORDER BY id",
    "WITH c AS (SELECT id, n FROM lift WHERE n > 5) SELECT id FROM c WHERE n < 25 ORDER BY id LIMIT 5",
    "SELECT id FROM lift WHERE EXISTS (SELECT 1 FROM lift x WHERE x.id = lift.id AND x.n = 10)",
    "SELECT id FROM lift WHERE n = (SELECT max(n) FROM lift x WHERE x.id < 3)",
    "SELECT id FROM lift WHERE id = 1 XOR n = 20 ORDER BY id",
    "SELECT id FROM lift WHERE n IS NULL OR n = 10 ORDER BY id",
};

static const char *const writes[] = {
    "INSERT INTO lift (id, name, n, d, day) VALUES (10, 'new', 5, 1.25, '2024-01-01'), (11, 'it''s', -5, -1.5, "
    "'2024-01-02')",
    "INSERT INTO lift SET id = 10, name = 'x', n = -7, d = 12345678.99",
    "INSERT INTO lift (id, name, d) VALUES (10, '', 0.10), (11, upper('y'), 1.1 + 1.1), (12, NULL, 3)",
    "INSERT INTO lift (id, n) VALUES (1, 5) ON DUPLICATE KEY UPDATE n = n + VALUES(n), name = 'dup', d = 9.99",
    "INSERT INTO lift (id, n) SELECT id + 100, n + 1 FROM lift WHERE id = 2",
    "REPLACE INTO lift (id, name) VALUES (2, 'replaced')",
    "UPDATE lift SET n = 99, name = 'u', d = 7.70 WHERE id = 1",
    "UPDATE lift SET n = n + 1, d = d * 1.10 WHERE n BETWEEN 10 AND 20",
    "UPDATE lift SET name = concat(name, '!') WHERE name IN ('a', 'b') ORDER BY id LIMIT 1",
    "UPDATE lift SET d = 1.005 WHERE id = 3",
    "UPDATE lift SET day = '2025-01-01' WHERE day = '2024-02-29'",
    "DELETE FROM lift WHERE id IN (1, 3)",
    "DELETE FROM lift WHERE n > 10 ORDER BY id DESC LIMIT 1",
};

typedef struct lifted {
    char sql[ROOM];
    weir_value values[SLOTS];
    size_t count;
    char texts[SLOTS][64];
} lifted;

/* A string's value: quotes off, doubled ones undone; the corpus has no backslashes. */
static void unquote(char *to, size_t room, const char *from, size_t size)
{
    size_t n = 0;
    for (size_t i = 1; i + 1 < size && n + 1 < room; i++) {
        to[n++] = from[i];
        i += from[i] == from[0];
    }
    to[n] = '\0';
}

static void lift(lifted *out, const char *sql)
{
    static const weir__lex_options options = {.flavour = WEIR__MARIADB, .version = 101100};
    weir__slot slots[SLOTS];
    weir__fingerprint f;
    char text[ROOM];
    size_t at = 0, size = 0;

    weir__fingerprint_of(weir__view(sql), &options, WEIR__FINGERPRINT_PLAN, text, sizeof text, slots, SLOTS, &f);
    EXPECT_THAT(!f.cut && !f.bad && !f.more, "%s: no fingerprint", sql);
    out->count = f.slots;
    for (size_t i = 0; i < f.slots; i++) {
        const weir__slot *s = &slots[i];
        char *value = out->texts[i];
        memcpy(out->sql + size, sql + at, s->start - at);
        size += s->start - at;
        out->sql[size++] = '?';
        at = s->end;
        if (s->id == WEIR__TK_STRING)
            unquote(value, sizeof out->texts[i], sql + s->start, s->end - s->start);
        else
            snprintf(value, sizeof out->texts[i], "%.*s", (int)(s->end - s->start), sql + s->start);
        out->values[i] = s->id == WEIR__TK_STRING           ? weir_text(value)
                         : s->id == WEIR__TK_DECIMAL_NUMBER ? weir_decimal(value)
                                                            : weir_int(strtoll(value, NULL, 10));
    }
    snprintf(out->sql + size, sizeof out->sql - size, "%s", sql + at);
}

static void compare_rows(live *l, const char *sql, weir_rows *a, weir_rows *b)
{
    uint32_t count = weir_column_count(a);
    bool more = true;

    EXPECT_THAT(weir_column_count(b) == count, "%s: another number of columns", sql);
    for (uint32_t i = 0; i < count && !test_failed(); i++) {
        weir_column x = weir_column_at(a, i), y = weir_column_at(b, i);
        EXPECT_THAT(weir__str_equal(x.name, y.name), "%s: column %u is called '%.*s' and '%.*s'", sql, i,
                    WEIR__STR(x.name), WEIR__STR(y.name));
        EXPECT_THAT(x.type == y.type && x.decimals == y.decimals && x.is_unsigned == y.is_unsigned &&
                        x.binary == y.binary,
                    "%s: column %u has another type", sql, i);
    }
    while (more && !test_failed()) {
        more = weir_next(a);
        EXPECT_THAT(weir_next(b) == more, "%s: another number of rows", sql);
        for (uint32_t i = 0; more && i < count; i++) {
            weir_str x = weir_get_text(a, i), y = weir_get_text(b, i);
            EXPECT_THAT((x.data == NULL) == (y.data == NULL) && weir__str_equal(x, y),
                        "%s: column %u is '%.*s' and '%.*s'", sql, i, WEIR__STR(x), WEIR__STR(y));
        }
    }
    EXPECT_OK(weir_finish(a, &l->error), l->error);
    EXPECT_OK(weir_finish(b, &l->error), l->error);
}

static void fill(live *l)
{
    live_run(l,
             "CREATE OR REPLACE TABLE lift (id INT PRIMARY KEY, name VARCHAR(20), n INT, d DECIMAL(10,2), day DATE) "
             "DEFAULT CHARSET utf8mb4",
             weir_no_args());
    live_run(l,
             "INSERT INTO lift VALUES (1, 'a', 10, 1.10, '2024-02-29'), (2, 'b', 20, 2.20, '2024-03-01'), "
             "(3, 'it''s', 30, -3.30, NULL), (4, '\xC3\xA4', NULL, NULL, '1999-12-31'), (5, 'A', -3, 0, '2024-02-28')",
             weir_no_args());
}

TEST(lifting, reads_are_answered_alike)
{
    static lifted lift_of;
    size_t lifted_values = 0;
    live l;

    live_open(&l, NULL);
    fill(&l);
    for (size_t i = 0; i < sizeof reads / sizeof *reads && !test_failed(); i++) {
        weir_query_options kept = WEIR_QUERY_OPTIONS_INIT;
        weir_rows *by_text = NULL, *by_values = NULL;
        kept.buffered = true;
        lift(&lift_of, reads[i]);
        lifted_values += lift_of.count;
        EXPECT_OK(weir_query_with(l.session, &kept, weir__view(reads[i]), weir_no_args(), &by_text, &l.error), l.error);
        EXPECT_OK(weir_query_with(l.session, &kept, weir__view(lift_of.sql), (weir_args){lift_of.values, lift_of.count},
                                  &by_values, &l.error),
                  l.error);
        if (by_text && by_values)
            compare_rows(&l, reads[i], by_text, by_values);
    }
    EXPECT_THAT(lifted_values > 60, "only %zu values were lifted", lifted_values);
    live_run(&l, "DROP TABLE lift", weir_no_args());
    live_close(&l);
}

TEST(lifting, writes_leave_the_same_behind)
{
    static lifted lift_of;
    static char by_text[ROOM];
    live l;

    live_open(&l, NULL);
    for (size_t i = 0; i < sizeof writes / sizeof *writes && !test_failed(); i++) {
        lift(&lift_of, writes[i]);
        EXPECT_THAT(lift_of.count > 0, "%s: nothing is lifted", writes[i]);
        fill(&l);
        live_run(&l, writes[i], weir_no_args());
        snprintf(by_text, sizeof by_text, "%s", live_rows(&l, "SELECT * FROM lift ORDER BY id", weir_no_args()));
        fill(&l);
        live_run(&l, lift_of.sql, (weir_args){lift_of.values, lift_of.count});
        const char *by_values = live_rows(&l, "SELECT * FROM lift ORDER BY id", weir_no_args());
        EXPECT_THAT(strcmp(by_text, by_values) == 0, "%s\n    by text    %s\n    by values  %s", writes[i], by_text,
                    by_values);
    }
    live_run(&l, "DROP TABLE lift", weir_no_args());
    live_close(&l);
}
