/* generate_writes.c - INSERT, REPLACE, UPDATE, DELETE in all their forms. SPDX-License-Identifier: Apache-2.0
 * A write that meets rows in an order of the server's choosing changes each of them alike. */
#include "tests/differential/generate.h"

static void say_columns(gen *g, const table *t)
{
    for (uint32_t i = 0; i < t->count; i++)
        say(g, "%s%s", i ? ", " : " (", t->columns[i].name);
    say(g, ")");
}

static void say_row(gen *g, const table *t)
{
    say(g, "(");
    for (uint32_t i = 0; i < t->count; i++) {
        say(g, i ? ", " : "");
        if (t->columns[i].flags & AUTO && chance(g, 80))
            say(g, chance(g, 70) ? "NULL" : "DEFAULT");
        else
            say_value(g, &t->columns[i]);
    }
    say(g, ")");
}

static const table *written(gen *g)
{
    return any_table(g, SHARDED | 1 << P_SINGLE);
}

static void say_into(gen *g, const char *verb, const table *t)
{
    say(g, "%s%s %s", verb, chance(g, 85) ? " INTO" : "", t->name);
}

static bool fixed(const table *t, uint32_t which)
{
    for (uint32_t i = 0; i < MAX_KEYS && t->keys[i] >= 0; i++)
        if (t->keys[i] == (int32_t)which)
            return true;
    return t->shard_by == (int32_t)which;
}

/* A column that is no part of a key; NULL: all are. */
static const column *free_column(gen *g, const table *t)
{
    for (int tries = 0; tries < 40; tries++) {
        uint32_t i = below(g, t->count);
        if (!fixed(t, i))
            return &t->columns[i];
    }
    return NULL;
}

/* What was written is read again. */
static void read_back(gen *g, const table *t)
{
    if (!chance(g, 30))
        return;
    say(g, "SELECT * FROM %s WHERE ", t->name);
    scope s = scope_of(t, "");
    say_key_equals(g, &s.from[0]);
    done(g, ORDER_ANY);
}

void make_insert(gen *g)
{
    const table *t = written(g);
    g->prepared = chance(g, 30);
    say_into(g, chance(g, 75) ? "INSERT" : "INSERT IGNORE", t);
    switch (below(g, 4)) {
    case 0:
        say(g, " SET ");
        for (uint32_t i = 0, n = 0; i < t->count; i++) {
            if (t->columns[i].flags & (AUTO | NULLABLE) && chance(g, 40))
                continue;
            say(g, "%s%s = ", n++ ? ", " : "", t->columns[i].name);
            say_value(g, &t->columns[i]);
        }
        break;
    case 1:
        say(g, " VALUES ");
        say_row(g, t);
        break;
    default:
        say_columns(g, t);
        say(g, chance(g, 80) ? " VALUES " : " VALUE ");
        say_row(g, t);
        break;
    }
    done_write(g, t);
    read_back(g, t);
}

static void say_rows(gen *g, const table *t)
{
    for (uint32_t i = 0, rows = 2 + below(g, 3); i < rows; i++) {
        say(g, i ? ", " : "");
        say_row(g, t);
    }
}

void make_insert_many(gen *g)
{
    const table *t = written(g);
    g->prepared = chance(g, 20);
    say_into(g, chance(g, 50) ? "INSERT" : "INSERT IGNORE", t);
    say_columns(g, t);
    say(g, " VALUES ");
    say_rows(g, t);
    done_write(g, t);
}

void make_odku(gen *g)
{
    const table *t = written(g);
    const column *c = free_column(g, t);
    g->prepared = chance(g, 30);
    say_into(g, "INSERT", t);
    say_columns(g, t);
    say(g, " VALUES ");
    if (chance(g, 70))
        say_row(g, t);
    else
        say_rows(g, t);
    say(g, " ON DUPLICATE KEY UPDATE %s = ", c->name);
    if (chance(g, 60))
        say(g, "VALUES(%s)", c->name);
    else
        say_value(g, c);
    done_write(g, t);
}

void make_replace(gen *g)
{
    const table *t = written(g);
    g->prepared = chance(g, 30);
    say_into(g, "REPLACE", t);
    say_columns(g, t);
    say(g, " VALUES ");
    if (chance(g, 70))
        say_row(g, t);
    else
        say_rows(g, t);
    done_write(g, t);
    read_back(g, t);
}

void make_insert_select(gen *g)
{
    static const char *const forms[][2] = {
        {"INSERT IGNORE INTO orders (user_id, id, country, placed, qty) SELECT u.id, %u, u.country, '2024-05-05', 1 "
         "FROM "
         "users u",
         "orders"},
        {"INSERT IGNORE INTO notes (owner, id, body) SELECT o.user_id, o.id, 'from' FROM orders o", "notes"},
        {"INSERT INTO audit (what, user_id) SELECT 'copied', u.id FROM users u", "audit"},
        {"INSERT INTO audit (what, cost) SELECT a.what, a.cost FROM audit a", "audit"},
        {"REPLACE INTO archive (id, body, size) SELECT a.id, 'again', a.size FROM archive a", "archive"},
    };
    uint32_t form = below(g, 5);
    const char *const keys[] = {"u.id", "o.user_id", "u.id", "a.id", "a.id"};
    const char *text = forms[form][0];
    size_t before = 0;
    while (text[before] && text[before] != '%')
        before++;
    say(g, "%.*s", (int)before, text);
    if (text[before])
        say(g, "%u%s", 1 + below(g, 6), text + before + 2);
    if (chance(g, 60))
        say(g, " WHERE %s = %u", keys[form], below(g, 40));
    else
        say(g, " WHERE %s BETWEEN %u AND %u", keys[form], below(g, 10), 10 + below(g, 9));
    say(g, " ORDER BY %s%s", keys[form], form == 1 ? ", o.id" : "");
    g->loose_warnings = true;
    done_write(g, table_named(forms[form][1]));
}

void make_returning(gen *g)
{
    const table *t = written(g);
    scope s = scope_of(t, "");
    if (chance(g, 50)) {
        say(g, "%s INTO %s", chance(g, 60) ? "INSERT" : "REPLACE", t->name);
        say_columns(g, t);
        say(g, " VALUES ");
        say_row(g, t);
    } else {
        say(g, "DELETE FROM %s WHERE ", t->name);
        say_primary_key_equals(g, &s.from[0]);
    }
    if (chance(g, 50))
        say(g, " RETURNING *");
    else
        say(g, " RETURNING %s AS a, 1 + 1 AS b", t->columns[below(g, t->count)].name);
    done_write(g, t);
}

static void say_set(gen *g, const scope *s, const column *c)
{
    const source *from;
    say(g, "%s = ", c->name);
    if (c->kind == K_INT && !(c->flags & (UNSIGNED | WIDE)) && c->high > 100 && chance(g, 30))
        say(g, "%s DIV 2", c->name);
    else if (c->kind == K_DECIMAL && chance(g, 30))
        say(g, "ROUND(%s / 2, 0)", c->name);
    else if (c->kind == K_TEXT && c->high >= 60 && !(c->flags & COUNTRY) && chance(g, 30)) {
        const column *other = any_column(g, s, C_NUMBER, &from);
        if (other) {
            say(g, "CONCAT('n', ");
            say_column(g, from, other);
            say(g, ")");
        } else
            say(g, "'n'");
    } else if (chance(g, 10) && c->flags & NULLABLE)
        say(g, "DEFAULT");
    else
        say_value(g, c);
}

static void make_update_where(gen *g, bool keyed)
{
    const table *t = written(g);
    scope s = scope_of(t, "");
    const column *c = free_column(g, t), *other = free_column(g, t);
    g->prepared = chance(g, 30);
    say(g, "UPDATE %s SET ", t->name);
    say_set(g, &s, c);
    if (other != c && chance(g, 40)) {
        say(g, ", ");
        say_set(g, &s, other);
    }
    say(g, " WHERE ");
    if (keyed && chance(g, 50))
        say_primary_key_equals(g, &s.from[0]);
    else if (keyed)
        say_key_equals(g, &s.from[0]);
    else if (chance(g, 50))
        say_key_condition(g, &s.from[0]);
    else
        say_condition(g, &s, 1);
    if (table_has_key(t) && chance(g, 15)) {
        say(g, " ORDER BY ");
        say_total_order(g, &s);
        say(g, " LIMIT %u", 1 + below(g, 4));
    }
    g->loose_warnings = true;
    done_write(g, t);
}

void make_update(gen *g)
{
    make_update_where(g, true);
}

void make_update_many(gen *g)
{
    make_update_where(g, false);
}

void make_update_key(gen *g)
{
    const table *t = any_table(g, SHARDED);
    const column *k = key_column(t);
    scope s = scope_of(t, "");
    say(g, "UPDATE %s SET %s = ", t->name, k->name);
    say_there(g, k);
    say(g, " WHERE ");
    say_primary_key_equals(g, &s.from[0]);
    done_write(g, t);
}

static void make_delete_where(gen *g, bool keyed)
{
    const table *t = written(g);
    scope s = scope_of(t, "");
    g->prepared = chance(g, 30);
    say(g, "DELETE FROM %s WHERE ", t->name);
    if (keyed && chance(g, 70))
        say_primary_key_equals(g, &s.from[0]);
    else if (keyed)
        say_key_equals(g, &s.from[0]);
    else
        say_key_condition(g, &s.from[0]);
    if (!keyed || chance(g, 40)) {
        say(g, " AND ");
        say_condition(g, &s, 1);
    }
    if (table_has_key(t) && chance(g, 15)) {
        say(g, " ORDER BY ");
        say_total_order(g, &s);
        say(g, " LIMIT %u", 1 + below(g, 2));
    }
    done_write(g, t);
}

void make_delete(gen *g)
{
    make_delete_where(g, true);
}

void make_delete_many(gen *g)
{
    make_delete_where(g, false);
}

void make_multi_table(gen *g)
{
    uint32_t key = below(g, 50);
    switch (below(g, 4)) {
    case 0:
        say(g, "UPDATE users u JOIN orders o ON o.user_id = u.id SET o.note = 'joined', u.age = 7 WHERE u.id = %u",
            key);
        break;
    case 1:
        say(g,
            "DELETE o, l FROM orders o LEFT JOIN order_lines l ON l.user_id = o.user_id AND l.order_id = o.id WHERE "
            "o.user_id = %u AND o.id = %u",
            key, 1 + below(g, 6));
        break;
    case 2:
        say(g, "UPDATE orders o JOIN countries c ON c.code = o.country SET o.qty = 3 WHERE o.user_id = %u", key);
        break;
    default:
        say(g,
            "DELETE FROM l USING order_lines AS l JOIN orders o ON o.user_id = l.user_id AND o.id = l.order_id WHERE "
            "o.qty > %u AND l.user_id = %u",
            8 + below(g, 3), key);
        break;
    }
    g->out->written |= UINT64_C(7); /* users, orders, order_lines */
    g->loose_warnings = true;
    done_write(g, &tables[0]);
}

/* Keys that the server gives: the first of them comes back. */
void make_auto_increment(gen *g)
{
    uint32_t rows = 1 + below(g, 3);
    const table *t = table_named(chance(g, 70) ? "audit" : "rates");
    bool audit = t == table_named("audit");
    g->prepared = chance(g, 40);
    say(g, "INSERT INTO %s VALUES ", audit ? "audit (what, cost)" : "rates (code, rate)");
    for (uint32_t i = 0; i < rows; i++) {
        say(g, i ? ", (" : "(");
        say_value(g, &t->columns[1]);
        say(g, ", ");
        say_value(g, audit ? &t->columns[3] : &t->columns[2]);
        say(g, ")");
    }
    done_write(g, t);
    say(g, "SELECT * FROM %s ORDER BY id DESC LIMIT 3", t->name);
    done(g, ORDER_TOTAL);
}

void make_broadcast_write(gen *g)
{
    const table *t = table_named("countries");
    scope s = scope_of(t, "");
    g->prepared = chance(g, 30);
    switch (below(g, 3)) {
    case 0:
        say(g, "REPLACE INTO countries VALUES ");
        say_row(g, t);
        break;
    case 1:
        say(g, "UPDATE countries SET area = ");
        say_value(g, &t->columns[2]);
        say(g, " WHERE ");
        say_condition(g, &s, 1);
        break;
    default:
        say(g, "DELETE FROM countries WHERE ");
        say_key_equals(g, &s.from[0]);
        break;
    }
    done_write(g, t);
}
