/* generate_joins.c - several tables in one statement: joins, subqueries, CTEs, windows, unions. SPDX-License-Identifier: Apache-2.0 */
#include "tests/differential/generate.h"

#include <string.h>

static void say_some_columns(gen *g, const scope *s, uint32_t count)
{
    const source *from;
    for (uint32_t i = 0; i < count; i++) {
        const column *c = any_column(g, s, C_ANY, &from);
        say(g, i ? ", " : "");
        say_column(g, from, c);
        say(g, " AS c%u", i);
    }
}

/* WHERE with the key of the first source, or without. */
static void say_where(gen *g, const scope *s, uint32_t keyed)
{
    say(g, " WHERE ");
    if (!chance(g, keyed))
        say_condition(g, s, 1);
    else if (chance(g, 70))
        say_key_equals(g, &s->from[0]);
    else
        say_key_condition(g, &s->from[0]);
    if (chance(g, 30)) {
        say(g, " AND ");
        say_condition(g, s, 1);
    }
}

static void finish(gen *g, const scope *s)
{
    if (!scope_has_keys(s) || chance(g, 50)) {
        done(g, ORDER_ANY);
        return;
    }
    say(g, " ORDER BY ");
    say_total_order(g, s);
    done(g, ORDER_TOTAL);
}

static const char *any_join(gen *g)
{
    static const char *const joins[] = {" JOIN ",       " INNER JOIN ",   " LEFT JOIN ", " LEFT OUTER JOIN ",
                                        " RIGHT JOIN ", " STRAIGHT_JOIN "};
    return joins[below(g, 6)];
}

void make_join_colocated(gen *g)
{
    scope s = scope_of(table_named("users"), "u");
    bool three = chance(g, 40), comma = chance(g, 15);
    scope_add(&s, table_named("orders"), "o");
    if (three)
        scope_add(&s, table_named("order_lines"), "l");
    say(g, "SELECT ");
    say_some_columns(g, &s, 1 + below(g, 4));
    say(g, " FROM users u%sorders o%s", comma ? ", " : any_join(g), comma ? "" : " ON o.user_id = u.id");
    if (three && !comma)
        say(g, "%sorder_lines l ON l.user_id = %s AND l.order_id = o.id", any_join(g),
            chance(g, 50) ? "o.user_id" : "u.id");
    else if (three)
        say(g, ", order_lines l");
    if (!comma && chance(g, 10)) {
        finish(g, &s);
        return;
    }
    say_where(g, &s, 60);
    if (comma)
        say(g, " AND o.user_id = u.id%s", three ? " AND l.user_id = u.id AND l.order_id = o.id" : "");
    finish(g, &s);
}

void make_join_broadcast(gen *g)
{
    bool first = chance(g, 30);
    const char *sharded = chance(g, 50) ? "users" : "orders";
    scope s;
    if (first) {
        s = scope_of(table_named("countries"), "c");
        scope_add(&s, table_named(sharded), "t");
    } else {
        s = scope_of(table_named(sharded), "t");
        scope_add(&s, table_named("countries"), "c");
    }
    say(g, "SELECT ");
    say_some_columns(g, &s, 1 + below(g, 3));
    say(g, " FROM ");
    say_source(g, &s.from[0]);
    say(g, "%s", any_join(g));
    say_source(g, &s.from[1]);
    say(g, " ON t.country = c.code");
    if (chance(g, 80))
        say_where(g, &s, 50);
    finish(g, &s);
}

/* Tables that do not live together. */
void make_join_any(gen *g)
{
    static const char *const pairs[][3] = {
        {"users", "emails", "b.user_id = a.id"},   {"users", "notes", "b.owner = a.id"},
        {"users", "audit", "b.user_id = a.id"},    {"orders", "tickets", "b.customer = a.user_id"},
        {"words", "prices", "b.label = a.word"},   {"audit", "rates", "b.id = a.id"},
        {"countries", "rates", "b.code = a.code"}, {"users", "orders", "b.id = a.age"},
        {"users", "users", "b.age = a.age"},       {"stores", "countries", "b.code = a.country"},
    };
    const char *const *pair = pairs[below(g, sizeof pairs / sizeof *pairs)];
    scope s = scope_of(table_named(pair[0]), "a");
    scope_add(&s, table_named(pair[1]), "b");
    say(g, "SELECT ");
    say_some_columns(g, &s, 1 + below(g, 3));
    say(g, " FROM %s a%s%s b ON %s", pair[0], any_join(g), pair[1], pair[2]);
    if (chance(g, 70))
        say_where(g, &s, 50);
    finish(g, &s);
}

/* # stands for the number. */
static void say_template(gen *g, const char *text, uint32_t number)
{
    size_t before = strcspn(text, "#");
    say(g, "%.*s", (int)before, text);
    if (text[before])
        say(g, "%u%s", number, text + before + 1);
}

void make_subquery(gen *g)
{
    static const char *const inner[] = {
        "u.id IN (SELECT o.user_id FROM orders o WHERE o.qty > #)",
        "u.id NOT IN (SELECT o.user_id FROM orders o WHERE o.qty > #)",
        "EXISTS (SELECT 1 FROM orders o WHERE o.user_id = u.id AND o.qty >= #)",
        "NOT EXISTS (SELECT 1 FROM orders o WHERE o.user_id = u.id AND o.qty >= #)",
        "u.age > (SELECT AVG(x.age) - # FROM users x)",
        "u.balance >= ALL (SELECT o.amount FROM orders o WHERE o.user_id = u.id AND o.id > #)",
        "u.age = ANY (SELECT o.qty FROM orders o WHERE o.user_id = u.id AND o.id <> #)",
        "u.country IN (SELECT c.code FROM countries c WHERE c.area > #)",
        "u.country NOT IN (SELECT r.code FROM rates r WHERE r.id > #)",
        "(SELECT COUNT(*) FROM orders o WHERE o.user_id = u.id) > #",
        "(u.id, u.age) IN (SELECT o.user_id, o.qty FROM orders o WHERE o.id < #)",
        "u.id = (SELECT MAX(o.user_id) FROM orders o WHERE o.qty <> #)",
        "u.id IN (SELECT a.user_id FROM audit a WHERE a.id > #)",
    };
    scope s = scope_of(table_named("users"), "u");
    say(g, "SELECT u.id, ");
    if (chance(g, 30))
        say(g, "(SELECT SUM(o.amount) FROM orders o WHERE o.user_id = u.id) AS total, ");
    if (chance(g, 20))
        say(g, "(SELECT c.name FROM countries c WHERE c.code = u.country) AS place, ");
    say_some_columns(g, &s, 1 + below(g, 2));
    say(g, " FROM users u WHERE ");
    say_template(g, RNG_PICK(g->r, inner), below(g, 8));
    if (chance(g, 50)) {
        say(g, " AND ");
        say_key_equals(g, &s.from[0]);
    }
    finish(g, &s);
}

void make_derived(gen *g)
{
    scope s = scope_of(table_named("orders"), "o");
    say(g, "SELECT d.user_id, d.n%s FROM (SELECT o.user_id, COUNT(*) AS n, SUM(o.qty) AS q FROM orders o",
        chance(g, 50) ? ", d.q + 1 AS more" : "");
    if (chance(g, 60))
        say_where(g, &s, 60);
    say(g, " GROUP BY o.user_id) d");
    if (chance(g, 40))
        say(g, " JOIN users u ON u.id = d.user_id");
    say(g, " WHERE d.n > %u", below(g, 3));
    if (chance(g, 30))
        say(g, " AND d.user_id = %d", (int)below(g, 60) - 10);
    say(g, " ORDER BY d.user_id%s", chance(g, 30) ? " DESC" : "");
    done(g, ORDER_TOTAL);
}

void make_cte(gen *g)
{
    scope s = scope_of(table_named("orders"), "o");
    if (chance(g, 25)) {
        say(g, "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %u) SELECT n.i, ",
            2 + below(g, 6));
        if (chance(g, 50))
            say(g, "u.id, u.age FROM n LEFT JOIN users u ON u.id = n.i ORDER BY n.i");
        else
            say(g, "n.i * 2 AS twice FROM n ORDER BY n.i");
        done(g, ORDER_TOTAL);
        return;
    }
    say(g, "WITH big AS (SELECT o.user_id, o.id, o.amount FROM orders o");
    say_where(g, &s, 50);
    say(g, ") SELECT %s FROM big b", chance(g, 50) ? "b.user_id, b.id, b.amount" : "COUNT(*) AS n, MAX(b.amount) AS m");
    if (chance(g, 40))
        say(g, " JOIN users u ON u.id = b.user_id");
    done(g, ORDER_ANY);
}

void make_window(gen *g)
{
    static const char *const calls[] = {
        "ROW_NUMBER() OVER (PARTITION BY o.user_id ORDER BY o.id)",
        "RANK() OVER (PARTITION BY o.user_id ORDER BY o.qty DESC)",
        "SUM(o.qty) OVER (PARTITION BY o.user_id ORDER BY o.id ROWS UNBOUNDED PRECEDING)",
        "LAG(o.qty) OVER (PARTITION BY o.user_id ORDER BY o.id)",
        "COUNT(*) OVER ()",
        "DENSE_RANK() OVER (ORDER BY o.qty)",
        "MAX(o.amount) OVER (PARTITION BY o.status)",
        "FIRST_VALUE(o.id) OVER (PARTITION BY o.user_id ORDER BY o.id DESC)",
        "NTILE(3) OVER (ORDER BY o.user_id, o.id)",
        "AVG(o.amount) OVER (PARTITION BY o.user_id)",
    };
    scope s = scope_of(table_named("orders"), "o");
    say(g, "SELECT o.user_id, o.id, %s AS w", RNG_PICK(g->r, calls));
    if (chance(g, 30))
        say(g, ", %s AS v", RNG_PICK(g->r, calls));
    say(g, " FROM orders o");
    if (chance(g, 75))
        say_where(g, &s, 70);
    finish(g, &s);
}

void make_union(gen *g)
{
    static const char *const between[] = {" UNION ", " UNION ALL ", " UNION DISTINCT ", " EXCEPT ", " INTERSECT "};
    static const char *const arms[][2] = {
        {"SELECT id, age FROM users", "users"},   {"SELECT user_id, qty FROM orders", "orders"},
        {"SELECT owner, id FROM notes", "notes"}, {"SELECT id, id + 0 FROM audit", "audit"},
        {"SELECT id, 1 FROM rates", "rates"},     {"SELECT customer, points FROM tickets", "tickets"}};
    uint32_t count = 2 + chance(g, 20);
    for (uint32_t i = 0; i < count; i++) {
        const char *const *arm = arms[below(g, 6)];
        scope s = scope_of(table_named(arm[1]), "");
        say(g, "%s%s", i ? between[below(g, 5)] : "", arm[0]);
        if (chance(g, 85))
            say_where(g, &s, 60);
    }
    if (chance(g, 50)) {
        say(g, " ORDER BY 1, 2");
        done(g, ORDER_TOTAL);
    } else
        done(g, ORDER_ANY);
}
