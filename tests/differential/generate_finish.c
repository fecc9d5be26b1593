/* generate_finish.c - what a server must finish over the merged parts: expressions over aggregates, HAVING, DISTINCT and windows over
 * groups, members of ENUM and SET, tables of few rows beside others. SPDX-License-Identifier: Apache-2.0 */
#include "tests/differential/generate.h"

#include <string.h>

static const char *const grouped[] = {"users", "orders",  "order_lines", "prices", "days",  "kinds",
                                      "notes", "archive", "tickets",     "words",  "emails"};

typedef struct keys {
    const column *columns[2];
    uint32_t count;
} keys;

/* One or two columns of the only table, of exact types. */
static keys choose(gen *g, const scope *s)
{
    const source *from;
    keys k = {.count = 0};
    for (uint32_t wanted = 1 + below(g, 2); k.count < wanted;) {
        const column *c = any_column(g, s, C_ORDERED, &from);
        if (c->kind == K_FLOAT || c->kind == K_DOUBLE || (k.count && k.columns[0] == c)) {
            if (k.count && chance(g, 30))
                break;
            continue;
        }
        g->loose_texts |= (c->flags & CI) != 0;
        k.columns[k.count++] = c;
    }
    return k;
}

static void say_keys(gen *g, const keys *k)
{
    for (uint32_t i = 0; i < k->count; i++)
        say(g, "%s%s", i ? ", " : "", k->columns[i]->name);
}

static const char *number(gen *g, const scope *s)
{
    const source *from;
    const column *c = any_column(g, s, C_NUMBER, &from);
    return c ? c->name : "1";
}

/* An expression over aggregates that no shard can answer by itself. */
static void say_over_aggregates(gen *g, const scope *s)
{
    const source *from;
    const column *c;
    const char *x = number(g, s), *y = number(g, s);
    switch (below(g, 14)) {
    case 0:
        say(g, "SUM(%s) / COUNT(*)", x);
        return;
    case 1:
        say(g, "ROUND(AVG(%s), %u)", x, below(g, 4));
        return;
    case 2:
        say(g, "IF(COUNT(*) > %u, MAX(%s), MIN(%s))", 1 + below(g, 3), x, y);
        return;
    case 3:
        say(g, "AVG(%s) * 3", x);
        return;
    case 4:
        say(g, "COALESCE(SUM(%s), 0) + COUNT(%s)", x, y);
        return;
    case 5:
        say(g, "MAX(%s) - MIN(%s)", x, x);
        return;
    case 6:
        say(g, "CAST(AVG(%s) AS DECIMAL(20,6)) + AVG(%s)", x, y);
        return;
    case 7:
        if (!(c = any_column(g, s, C_TEXT, &from)))
            break;
        say(g, "CONCAT(COUNT(*), '/', MIN(%s))", c->name);
        g->loose_texts |= (c->flags & CI) != 0;
        return;
    case 8:
        if (!(c = any_column(g, s, C_MOMENT, &from)))
            break;
        say(g, "DATEDIFF(MAX(%s), MIN(%s))", c->name, c->name);
        return;
    case 9:
        say(g, "CASE WHEN COUNT(DISTINCT %s) > 1 THEN 'many' ELSE 'one' END", x);
        return;
    case 10:
        say(g, "SUM(%s) %% 7", x);
        return;
    case 11:
        say(g, "AVG(DISTINCT %s) - AVG(%s)", x, x);
        return;
    case 12:
        if (!(c = any_column(g, s, C_FLOAT, &from)))
            break;
        say(g, "SUM(%s) / (1 + COUNT(*))", c->name);
        g->loose_floats = true;
        return;
    default:
        break;
    }
    say(g, "SUM(%s) > COUNT(*)", x);
}

static void say_from(gen *g, const scope *s)
{
    say(g, " FROM %s", s->from[0].t->name);
    if (chance(g, 60)) {
        say(g, " WHERE ");
        say_condition(g, s, 1);
    }
}

static scope some_table(gen *g)
{
    return scope_of(table_named(RNG_PICK(g->r, grouped)), "");
}

/* Expressions over aggregates, with groups and without, sorted by them. */
void make_expressions(gen *g)
{
    scope s = some_table(g);
    keys k = choose(g, &s);
    bool groups = chance(g, 75);
    say(g, "SELECT ");
    if (groups) {
        say_keys(g, &k);
        say(g, ", ");
    }
    say_over_aggregates(g, &s);
    say(g, " AS e0");
    if (chance(g, 50)) {
        say(g, ", ");
        say_over_aggregates(g, &s);
    }
    say_from(g, &s);
    if (groups) {
        say(g, " GROUP BY ");
        say_keys(g, &k);
    }
    /* Doubles have no exact order; of equal texts any may stand for the group. */
    if (!groups || g->loose_floats || g->loose_texts || chance(g, 40)) {
        done(g, ORDER_ANY);
        return;
    }
    say(g, " ORDER BY %s", chance(g, 60) ? "e0" : "SUM(1) * 2");
    say(g, chance(g, 40) ? " DESC, " : ", ");
    say_keys(g, &k);
    if (chance(g, 40))
        say(g, " LIMIT %u OFFSET %u", 1 + below(g, 6), below(g, 3));
    done(g, ORDER_TOTAL);
}

/* HAVING of aliases, expressions, keys and values. */
void make_having_over(gen *g)
{
    scope s = some_table(g);
    keys k = choose(g, &s);
    const char *x = number(g, &s);
    say(g, "SELECT ");
    say_keys(g, &k);
    say(g, ", COUNT(*) AS cnt, SUM(%s) AS whole", x);
    say_from(g, &s);
    say(g, " GROUP BY ");
    say_keys(g, &k);
    say(g, " HAVING ");
    switch (below(g, 6)) {
    case 0:
        say(g, "cnt > %u", 1 + below(g, 3));
        break;
    case 1:
        say(g, "whole / cnt >= %u OR whole IS NULL", below(g, 9));
        break;
    case 2:
        say(g, "AVG(%s) * 2 > MAX(%s)", x, x);
        break;
    case 3:
        say(g, "cnt BETWEEN 1 AND 3 AND NOT (MIN(%s) = MAX(%s))", x, x);
        break;
    case 4:
        say(g, "COUNT(DISTINCT %s) IN (1, 3)", x);
        break;
    default:
        say(g, "%s IS NOT NULL AND SUM(%s) <> %u", k.columns[0]->name, x, below(g, 5));
        break;
    }
    done(g, ORDER_ANY);
}

/* DISTINCT and windows over groups. */
void make_over_groups(gen *g)
{
    scope s = some_table(g);
    keys k = choose(g, &s);
    const char *x = number(g, &s);
    switch (below(g, 4)) {
    case 0:
        say(g, "SELECT DISTINCT COUNT(*) AS cnt");
        break;
    case 1:
        say(g, "SELECT DISTINCT COUNT(*), MAX(%s) IS NULL", x);
        break;
    case 2:
        say(g, "SELECT COUNT(*), RANK() OVER (ORDER BY COUNT(*) DESC) AS place");
        break;
    default:
        say(g, "SELECT COUNT(*), SUM(COUNT(*)) OVER () AS whole");
        break;
    }
    say_from(g, &s);
    say(g, " GROUP BY ");
    say_keys(g, &k);
    done(g, ORDER_ANY);
}

/* The least and greatest of ENUM and SET, which are compared as text. */
void make_members(gen *g)
{
    static const char *const of[][3] = {{"users", "state", "country"},
                                        {"orders", "status", "country"},
                                        {"zoo", "en", "da"},
                                        {"zoo", "se", "da"},
                                        {"kinds", "kind", "kind"}};
    uint32_t i = below(g, 5);
    const char *key = of[i][2];
    say(g, "SELECT %s AS k, MIN(%s) AS least, MAX(%s)", key, of[i][1], of[i][1]);
    scope s = scope_of(table_named(of[i][0]), "");
    say_from(g, &s);
    say(g, " GROUP BY %s", key);
    g->loose_texts = true;
    done(g, ORDER_ANY);
}

/* A table of few rows by key, beside one that is not tied to it. */
void make_few(gen *g)
{
    static const char *const pairs[][3] = {
        {"users", "orders", "b.qty = a.age"},    {"users", "emails", "b.user_id = a.id"},
        {"orders", "users", "b.age = a.qty"},    {"users", "notes", "b.owner = a.id"},
        {"tickets", "users", "b.id = a.points"}, {"users", "users", "b.country = a.country"},
    };
    const char *const *pair = pairs[below(g, sizeof pairs / sizeof *pairs)];
    scope s = scope_of(table_named(pair[0]), "a");
    scope_add(&s, table_named(pair[1]), "b");
    if (chance(g, 30))
        say(g, "SELECT COUNT(*), MAX(b.%s) FROM ", s.from[1].t->columns[0].name);
    else
        say(g, "SELECT a.%s, b.%s, b.%s FROM ", s.from[0].t->columns[1].name, s.from[1].t->columns[0].name,
            s.from[1].t->columns[1].name);
    say(g, "%s a %sJOIN %s b ON %s WHERE ", pair[0], chance(g, 25) ? "LEFT " : "", pair[1], pair[2]);
    say_key_condition(g, &s.from[0]);
    done(g, ORDER_ANY);
}
