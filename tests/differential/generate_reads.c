/* generate_reads.c - statements of one table: by key, by list, by range, whole. SPDX-License-Identifier: Apache-2.0 */
#include "tests/differential/generate.h"

#include <inttypes.h>

/* What is selected: everything, some columns, expressions. */
static void say_list(gen *g, const scope *s)
{
    const source *from;
    uint32_t form = below(g, 4);
    if (form == 0) {
        say(g, "*");
        return;
    }
    for (uint32_t i = 0, count = 1 + below(g, 4); i < count; i++) {
        const column *c = any_column(g, s, C_ANY, &from);
        say(g, i ? ", " : "");
        if (form == 1 && chance(g, 30))
            say_number(g, s, 2);
        else if (form == 1 && chance(g, 30))
            say_text(g, s, 2);
        else
            say_column(g, from, c);
        if (chance(g, 25))
            say(g, " AS x%u", i);
    }
}

static void say_select(gen *g, const scope *s)
{
    say(g, "SELECT ");
    say_list(g, s);
    say(g, " FROM ");
    say_source(g, &s->from[0]);
}

static const char *some_alias(gen *g)
{
    return chance(g, 40) ? "t" : "";
}

/* An order that fixes all, or none. */
static void finish(gen *g, const scope *s, uint32_t percent)
{
    if (!scope_has_keys(s) || !chance(g, percent)) {
        done(g, ORDER_ANY);
        return;
    }
    say(g, " ORDER BY ");
    say_total_order(g, s);
    done(g, ORDER_TOTAL);
}

void make_point(gen *g)
{
    scope s = scope_of(any_table(g, SHARDED), some_alias(g));
    say_select(g, &s);
    say(g, " WHERE ");
    if (chance(g, 50))
        say_primary_key_equals(g, &s.from[0]);
    else
        say_key_equals(g, &s.from[0]);
    if (chance(g, 30)) {
        say(g, " AND ");
        say_condition(g, &s, 1);
    }
    finish(g, &s, 30);
}

void make_in(gen *g)
{
    scope s = scope_of(any_table(g, SHARDED), some_alias(g));
    say_select(g, &s);
    say(g, " WHERE ");
    say_key_condition(g, &s.from[0]);
    if (chance(g, 25)) {
        say(g, " AND ");
        say_condition(g, &s, 1);
    }
    finish(g, &s, 50);
}

void make_range(gen *g)
{
    scope s = scope_of(any_table(g, SHARDED), some_alias(g));
    const column *k = key_column(s.from[0].t);
    say_select(g, &s);
    say(g, " WHERE ");
    say_column(g, &s.from[0], k);
    if (chance(g, 50)) {
        say(g, " BETWEEN ");
        say_there(g, k);
        say(g, " AND ");
        say_there(g, k);
    } else {
        say(g, "%s", (const char *const[]){" < ", " <= ", " > ", " >= "}[below(g, 4)]);
        say_there(g, k);
    }
    finish(g, &s, 50);
}

void make_scan(gen *g)
{
    scope s = scope_of(any_table(g, SHARDED), some_alias(g));
    say_select(g, &s);
    if (chance(g, 85)) {
        say(g, " WHERE ");
        say_condition(g, &s, 2);
    }
    finish(g, &s, 50);
}

/* Every column type, by key and over all. */
void make_types(gen *g)
{
    scope s = scope_of(table_named("zoo"), "");
    const source *from;
    const column *c = any_column(g, &s, C_ORDERED, &from);
    if (chance(g, 60)) {
        say(g, "SELECT * FROM zoo WHERE ");
        say_key_equals(g, &s.from[0]);
    } else {
        say(g, "SELECT id, %s, COALESCE(%s, NULL) AS c, %s IS NULL AS n FROM zoo WHERE ", c->name, c->name, c->name);
        say_column(g, from, c);
        say(g, "%s", (const char *const[]){" = ", " < ", " >= ", " <> "}[below(g, 4)]);
        say_there(g, c);
    }
    finish(g, &s, 40);
}

static void make_unsharded(gen *g, unsigned placements)
{
    scope s = scope_of(any_table(g, placements), some_alias(g));
    say_select(g, &s);
    if (chance(g, 85)) {
        say(g, " WHERE ");
        say_condition(g, &s, 2);
    }
    finish(g, &s, 60);
}

void make_single(gen *g)
{
    make_unsharded(g, 1 << P_SINGLE);
}

void make_broadcast(gen *g)
{
    make_unsharded(g, 1 << P_EVERYWHERE);
}

/* Keys that are not written as the column prints them: the server still finds them. */
void make_odd_keys(gen *g)
{
    static const char *const odd[] = {"'7'",    "'007'",      "7.0",    "7e0",  "' 7 '",
                                      "+7",     "-0",         "'7abc'", "NULL", "TRUE",
                                      "3 + 4",  "0x37",       "'-3'",   "7.5",  "9223372036854775808",
                                      "b'111'", "(SELECT 7)", "x'07'"};
    static const char *const names[] = {"users", "orders", "notes", "tickets", "archive", "wide_keys"};
    scope s = scope_of(table_named(RNG_PICK(g->r, names)), some_alias(g));
    say_select(g, &s);
    say(g, " WHERE ");
    say_column(g, &s.from[0], key_column(s.from[0].t));
    uint32_t form = below(g, 3);
    if (form == 0)
        say(g, " IN (%s, %s)", RNG_PICK(g->r, odd), RNG_PICK(g->r, odd));
    else
        say(g, "%s%s", form == 1 ? " = " : " <=> ", RNG_PICK(g->r, odd));
    g->loose_warnings = true;
    finish(g, &s, 40);
}

void make_contradiction(gen *g)
{
    scope s = scope_of(any_table(g, SHARDED), some_alias(g));
    const source *from = &s.from[0];
    if (chance(g, 40)) {
        say(g, "SELECT COUNT(*), MAX(%s) FROM ", from->t->columns[0].name);
        say_source(g, from);
    } else
        say_select(g, &s);
    say(g, " WHERE ");
    switch (below(g, 5)) {
    case 0:
        say_key_equals(g, from);
        say(g, " AND ");
        say_key_equals(g, from);
        break;
    case 1:
        say_column(g, from, key_column(from->t));
        say(g, " = NULL");
        break;
    case 2:
        say(g, "0");
        break;
    case 3:
        say_key_equals(g, from);
        say(g, " AND 1 = 2");
        break;
    default:
        say_key_condition(g, from);
        say(g, " AND ");
        say_key_condition(g, from);
        break;
    }
    done(g, ORDER_ANY);
}

/* Names with the database before them: on the shards the schema has another name. */
void make_qualified(gen *g)
{
    scope s = scope_of(any_table(g, SHARDED | 1 << P_EVERYWHERE | 1 << P_SINGLE), "");
    const table *t = s.from[0].t;
    const column *c = &t->columns[below(g, t->count)];
    if (chance(g, 50))
        say(g, "SELECT %s.%s.%s FROM %s.%s WHERE ", REFERENCE, t->name, c->name, REFERENCE, t->name);
    else
        say(g, "SELECT q.%s, `%s`.* FROM `%s`.`%s` q JOIN %s.%s ON 1 = 1 WHERE q.", t->columns[0].name, t->name,
            REFERENCE, t->name, REFERENCE, t->name);
    size_t before = g->sql.size;
    if (weir__buf_text(&g->sql)[before - 1] == '.') {
        say(g, "%s = ", t->columns[0].name);
        datum d = {.size = 0};
        datum_there(&d, g->r, &t->columns[0]);
        say_datum(g, &d);
        say(g, " AND %s.%s = ", t->name, t->columns[0].name);
        say_datum(g, &d);
    } else {
        say(g, "%s.", t->name);
        say_key_equals(g, &s.from[0]);
    }
    done(g, ORDER_ANY);
}

void make_physical(gen *g)
{
    const table *t = table_named("messages");
    scope s = scope_of(t, some_alias(g));
    if (chance(g, 30)) {
        say(g, "INSERT INTO messages VALUES (");
        for (uint32_t i = 0; i < t->count; i++) {
            say(g, i ? ", " : "");
            say_value(g, &t->columns[i]);
        }
        say(g, ") ON DUPLICATE KEY UPDATE body = VALUES(body)");
        done_write(g, t);
        return;
    }
    if (chance(g, 20)) {
        say(g, chance(g, 50) ? "UPDATE messages SET body = 'new' WHERE " : "DELETE FROM messages WHERE ");
        scope bare = scope_of(t, "");
        say_primary_key_equals(g, &bare.from[0]);
        done_write(g, t);
        return;
    }
    say_select(g, &s);
    say(g, " WHERE ");
    if (chance(g, 70))
        say_key_equals(g, &s.from[0]);
    else
        say_key_condition(g, &s.from[0]);
    finish(g, &s, 50);
}

/* Tables placed by remainder, range, list and time. */
void make_placed(gen *g)
{
    scope s = scope_of(any_table(g, 1 << P_MOD | 1 << P_RANGE | 1 << P_LIST | 1 << P_TIME), some_alias(g));
    say_select(g, &s);
    say(g, " WHERE ");
    if (chance(g, 60))
        say_key_equals(g, &s.from[0]);
    else if (chance(g, 50))
        say_key_condition(g, &s.from[0]);
    else {
        say_column(g, &s.from[0], key_column(s.from[0].t));
        say(g, chance(g, 50) ? " >= " : " < ");
        say_there(g, key_column(s.from[0].t));
    }
    finish(g, &s, 50);
}

/* The same statement with parameters and with literals. */
void make_prepared(gen *g)
{
    static void (*const makers[])(gen *) = {make_point,  make_in,    make_range,     make_scan,           make_types,
                                            make_single, make_order, make_aggregate, make_join_colocated, make_limit};
    void (*make)(gen *) = RNG_PICK(g->r, makers);
    uint64_t state = g->r->state;
    g->prepared = true;
    make(g);
    g->r->state = state;
    g->prepared = false;
    make(g);
}
