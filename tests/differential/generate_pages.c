/* generate_pages.c - page after page to the end is the whole answer, also while rows come in between. SPDX-License-Identifier: Apache-2.0
 * Of rows that are equal by the statement's order weir says the order (docs/pages.md): by the primary keys, in the direction of the last
 * key. So each row has its place. */
#include "tests/differential/generate.h"

#include <string.h>

enum { FIRST_NEW = 5000, MOST_NEW = 8, MOST_ORDERED = 3 };

static void say_keys(gen *g, const scope *s, const char *direction)
{
    for (uint32_t i = 0; i < s->count; i++)
        for (uint32_t k = 0; k < MAX_KEYS && s->from[i].t->keys[k] >= 0; k++) {
            say(g, ", ");
            say_column(g, &s->from[i], &s->from[i].t->columns[s->from[i].t->keys[k]]);
            say(g, "%s", direction);
        }
}

/* Behind the select list: FROM, WHERE, ORDER BY; with LIMIT for weir, with the places of equal rows for the reference. */
static statement *say_paged(gen *g, const scope *s)
{
    const source *from;
    const char *direction = "";
    if (chance(g, 50)) {
        say(g, " WHERE ");
        say_condition(g, s, 1);
    }
    say(g, " ORDER BY ");
    g->prepared = false;
    const column *keys[MOST_ORDERED];
    for (uint32_t i = 0, count = 1 + below(g, MOST_ORDERED); i < count; i++) {
        const column *c = keys[i] = any_column(g, s, chance(g, 90) ? C_ORDERED : C_ANY, &from);
        bool again = false;
        for (uint32_t k = 0; k < i; k++)
            again |= keys[k] == c;
        if (again) /* a key once more says nothing, its direction neither */
            continue;
        direction = chance(g, 40) ? " DESC" : "";
        say(g, i ? ", " : "");
        say_column(g, from, c);
        say(g, "%s", direction);
    }
    size_t end = g->sql.size;
    say_keys(g, s, direction);
    statement *made = done(g, ORDER_TOTAL);
    weir__buf paged;
    weir__buf_init(&paged, &weir__mem_system, 1 << 20);
    weir__buf_addf(&paged, "%.*s LIMIT %u", (int)end, made->sql.data, 1 + below(g, 12));
    made->paged = (weir_str){weir__arena_text(g->arena, weir__buf_text(&paged), paged.size), paged.size};
    made->loose_warnings = true; /* each page has its own */
    weir__buf_deinit(&paged);
    return made;
}

static void say_list(gen *g, const scope *s)
{
    const source *from;
    for (uint32_t i = 0, count = 1 + below(g, 4); i < count; i++) {
        const column *c = any_column(g, s, C_ANY, &from);
        say(g, i ? ", " : "");
        say_column(g, from, c);
    }
}

void make_pages(gen *g)
{
    scope s;
    if (chance(g, 15)) {
        s = scope_of(table_named("users"), "u");
        scope_add(&s, table_named("orders"), "o");
    } else {
        do
            s = scope_of(any_table(g, PLACES), chance(g, 40) ? "t" : "");
        while (!scope_has_keys(&s));
    }
    say(g, "SELECT ");
    say_list(g, &s);
    say(g, " FROM ");
    say_source(g, &s.from[0]);
    if (s.count > 1) {
        say(g, " JOIN ");
        say_source(g, &s.from[1]);
        say(g, " ON u.id = o.user_id");
    }
    say_paged(g, &s);
}

/* A row with an id that no other has, and a text that tells it. */
static weir_str new_row(gen *g, const table *t, const char *marked, uint32_t id)
{
    for (uint32_t i = 0; i < t->count; i++) {
        say(g, i ? ", " : "INSERT INTO %s VALUES (", t->name);
        if (i == 0)
            say(g, "%u", id);
        else if (strcmp(t->columns[i].name, marked) == 0)
            say(g, "'%s'", MARK);
        else if (t->columns[i].flags & NULLABLE && chance(g, 10))
            say(g, "NULL");
        else if (is_class(&t->columns[i], C_FLOAT))
            say(g, "%u.5", below(g, 20)); /* fits them all */
        else
            say_literal(g, &t->columns[i]);
    }
    say(g, ")");
    weir_str sql = {weir__arena_text(g->arena, weir__buf_text(&g->sql), g->sql.size), g->sql.size};
    weir__buf_reset(&g->sql);
    return sql;
}

/* After each page a row comes, before or behind the place; no other row is given twice or not at all for it, and none of the new ones twice. */
void make_pages_between(gen *g)
{
    bool wide = chance(g, 30);
    const table *t = table_named(wide ? "zoo" : "users");
    const char *marked = wide ? "vu" : "name";
    scope s = scope_of(t, "");
    say(g, "SELECT id, ");
    say_list(g, &s);
    say(g, ", %s FROM %s", marked, t->name);
    statement *made = say_paged(g, &s);
    made->between_count = 1 + below(g, MOST_NEW);
    for (uint32_t i = 0; i < made->between_count; i++)
        made->between[i] = new_row(g, t, marked, FIRST_NEW + i);
    say(g, "DELETE FROM %s WHERE id >= %d AND id < %d", t->name, FIRST_NEW, FIRST_NEW + MOST_NEW);
    made->afterwards = (weir_str){weir__arena_text(g->arena, weir__buf_text(&g->sql), g->sql.size), g->sql.size};
    weir__buf_reset(&g->sql);
}
