/* generate_merges.c - what has to be made one over several shards: aggregates, groups, distinct, order, limit.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/differential/generate.h"

#include <string.h>

static const char *const summed[] = {"users", "orders", "order_lines", "prices",  "days",  "kinds",
                                     "zoo",   "notes",  "archive",     "tickets", "words", "emails"};

static scope summed_scope(gen *g)
{
    return scope_of(table_named(RNG_PICK(g->r, summed)), chance(g, 30) ? "t" : "");
}

static void say_where(gen *g, const scope *s)
{
    if (chance(g, 40))
        return;
    say(g, " WHERE ");
    if (chance(g, 35))
        say_key_condition(g, &s->from[0]);
    else
        say_condition(g, s, 1);
}

/* One aggregate. */
static void say_aggregate(gen *g, const scope *s)
{
    static const char *const of_numbers[] = {"SUM", "AVG", "MIN", "MAX", "COUNT", "SUM", "AVG"};
    static const char *const of_floats[] = {"SUM",    "AVG",      "MIN",      "MAX",
                                            "STDDEV", "VARIANCE", "VAR_SAMP", "STDDEV_SAMP"};
    static const char *const of_any[] = {"MIN", "MAX", "COUNT"};
    const source *from;
    const column *c = NULL;
    uint32_t form = below(g, 10);
    if (form == 0) {
        say(g, "COUNT(*)");
        return;
    }
    if (form < 5 && (c = any_column(g, s, C_NUMBER, &from))) {
        const char *name = RNG_PICK(g->r, of_numbers);
        say(g, "%s(%s", name, chance(g, 15) ? "DISTINCT " : "");
        if (chance(g, 25))
            say_number(g, s, 1);
        else
            say_column(g, from, c);
        say(g, ")");
        return;
    }
    if (form < 7 && (c = any_column(g, s, C_FLOAT, &from))) {
        say(g, "%s(", RNG_PICK(g->r, of_floats));
        say_column(g, from, c);
        say(g, ")");
        g->loose_floats = true;
        return;
    }
    if (form == 7 && (c = any_column(g, s, C_NUMBER, &from)) && c->kind == K_INT) {
        say(g, "%s(", (const char *const[]){"BIT_AND", "BIT_OR", "BIT_XOR"}[below(g, 3)]);
        say_column(g, from, c);
        say(g, ")");
        return;
    }
    c = any_column(g, s, C_ORDERED, &from);
    const char *name = RNG_PICK(g->r, of_any);
    say(g, "%s(%s", name, chance(g, 20) ? "DISTINCT " : "");
    say_column(g, from, c);
    say(g, ")");
    g->loose_texts |= (c->flags & CI) != 0;
}

static void say_aggregates(gen *g, const scope *s, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        say(g, i ? ", " : "");
        say_aggregate(g, s);
        if (chance(g, 40))
            say(g, " AS a%u", i);
    }
}

void make_aggregate(gen *g)
{
    scope s = summed_scope(g);
    say(g, "SELECT ");
    say_aggregates(g, &s, 1 + below(g, 4));
    if (chance(g, 15)) {
        say(g, ", 1 + ");
        say(g, "COUNT(*) * 2");
    }
    say(g, " FROM ");
    say_source(g, &s.from[0]);
    say_where(g, &s);
    done(g, ORDER_ANY);
}

typedef struct grouping {
    const column *columns[3];
    const source *from[3];
    uint32_t count;
} grouping;

static grouping choose(gen *g, const scope *s, uint32_t most)
{
    grouping group = {.count = 0};
    uint32_t wanted = 1 + below(g, most);
    for (uint32_t i = 0; i < wanted; i++) {
        const column *c = any_column(g, s, C_ORDERED, &group.from[group.count]);
        bool twice = false;
        for (uint32_t j = 0; j < group.count; j++)
            twice |= group.columns[j] == c;
        if (!c || twice || c->kind == K_FLOAT)
            continue;
        g->loose_texts |= (c->flags & CI) != 0;
        group.columns[group.count++] = c;
    }
    if (group.count == 0) {
        group.columns[0] = &s->from[0].t->columns[0];
        group.from[0] = &s->from[0];
        group.count = 1;
    }
    return group;
}

static void say_grouping(gen *g, const grouping *group)
{
    for (uint32_t i = 0; i < group->count; i++) {
        say(g, i ? ", " : "");
        say_column(g, group->from[i], group->columns[i]);
    }
}

static void say_group_head(gen *g, const scope *s, const grouping *group)
{
    say(g, "SELECT ");
    if (chance(g, 90)) {
        say_grouping(g, group);
        say(g, ", ");
    }
    say_aggregates(g, s, 1 + below(g, 3));
    say(g, " FROM ");
    say_source(g, &s->from[0]);
    say_where(g, s);
    say(g, " GROUP BY ");
    say_grouping(g, group);
}

void make_group(gen *g)
{
    scope s = summed_scope(g);
    grouping group = choose(g, &s, 3);
    say_group_head(g, &s, &group);
    if (chance(g, 50)) {
        done(g, ORDER_ANY);
        return;
    }
    say(g, " ORDER BY ");
    for (uint32_t i = 0; i < group.count; i++) {
        say(g, i ? ", " : "");
        say_column(g, group.from[i], group.columns[i]);
        say(g, "%s", chance(g, 30) ? " DESC" : chance(g, 20) ? " ASC" : "");
    }
    if (chance(g, 30))
        say(g, " LIMIT %u", below(g, 6));
    done(g, ORDER_TOTAL);
}

void make_having(gen *g)
{
    scope s = summed_scope(g);
    grouping group = choose(g, &s, 2);
    say_group_head(g, &s, &group);
    switch (below(g, 4)) {
    case 0:
        say(g, " HAVING COUNT(*) > %u", below(g, 4));
        break;
    case 1:
        say(g, " HAVING COUNT(*) BETWEEN 2 AND %u", 2 + below(g, 4));
        break;
    case 2: {
        const source *from;
        const column *c = any_column(g, &s, C_NUMBER, &from);
        say(g, " HAVING %s(", chance(g, 50) ? "SUM" : "AVG");
        say_column(g, c ? from : &s.from[0], c ? c : &s.from[0].t->columns[0]);
        say(g, ") > %u", below(g, 9));
        break;
    }
    default:
        say(g, " HAVING COUNT(*) = 1 AND MIN(");
        say_column(g, group.from[0], group.columns[0]);
        say(g, ") IS NOT NULL");
        break;
    }
    done(g, ORDER_ANY);
}

void make_rollup(gen *g)
{
    scope s = summed_scope(g);
    grouping group = choose(g, &s, 2);
    say(g, "SELECT ");
    say_grouping(g, &group);
    say(g, ", COUNT(*) FROM ");
    say_source(g, &s.from[0]);
    say_where(g, &s);
    say(g, " GROUP BY ");
    say_grouping(g, &group);
    say(g, " WITH ROLLUP");
    done(g, ORDER_ANY);
}

void make_distinct(gen *g)
{
    scope s = summed_scope(g);
    grouping group = choose(g, &s, 3);
    if (chance(g, 30)) {
        say(g, "SELECT COUNT(DISTINCT ");
        say_grouping(g, &group);
        say(g, ")");
    } else {
        say(g, "SELECT DISTINCT ");
        say_grouping(g, &group);
    }
    say(g, " FROM ");
    say_source(g, &s.from[0]);
    say_where(g, &s);
    done(g, ORDER_ANY);
}

/* The last step's order list was said from `order` on, the rows' text before it ends at `from`: makes the statement that ranks. */
static void add_ranks(gen *g, statement *s, size_t list_end, size_t order)
{
    weir__buf sql;
    const char *text = s->sql.data;
    weir__buf_init(&sql, &weir__mem_system, 1 << 16);
    weir__buf_addf(&sql, "%.*s, DENSE_RANK() OVER (ORDER BY %s)%.*s", (int)list_end, text, text + order,
                   (int)(order - list_end - strlen(" ORDER BY ")), text + list_end);
    s->rank_sql = (weir_str){weir__arena_text(g->arena, weir__buf_text(&sql), sql.size), sql.size};
    weir__buf_deinit(&sql);
}

static void make_ordered(gen *g, class wanted)
{
    scope s = summed_scope(g);
    const source *from;
    bool total = scope_has_keys(&s) && chance(g, 50), prepared = g->prepared;
    say(g, "SELECT ");
    for (uint32_t i = 0, count = 1 + below(g, 4); i < count; i++) {
        const column *c = any_column(g, &s, C_ANY, &from);
        say(g, i ? ", " : "");
        say_column(g, from, c);
    }
    size_t list_end = g->sql.size;
    say(g, " FROM ");
    say_source(g, &s.from[0]);
    say_where(g, &s);
    say(g, " ORDER BY ");
    size_t order = g->sql.size;
    g->prepared = false;
    for (uint32_t i = 0, count = 1 + below(g, 3); i < count; i++) {
        const column *c = any_column(g, &s, wanted, &from);
        say(g, i ? ", " : "");
        switch (c ? below(g, 5) : 4) {
        case 0:
            say_column(g, from, c);
            say(g, " IS NULL");
            break;
        case 1:
            if (wanted == C_ORDERED) {
                say(g, "0 + "); /* a bare number is a position here, and none where rows are ranked */
                say_number(g, &s, 2);
                break;
            }
            /* falls through */
        default:
            if (c)
                say_column(g, from, c);
            else
                say_text(g, &s, 1);
        }
        say(g, "%s", chance(g, 40) ? " DESC" : chance(g, 20) ? " ASC" : "");
    }
    if (total) {
        say(g, ", ");
        say_total_order(g, &s);
    }
    g->prepared = prepared;
    statement *made = done(g, total ? ORDER_TOTAL : ORDER_TIES);
    if (!total)
        add_ranks(g, made, list_end, order);
}

void make_order(gen *g)
{
    make_ordered(g, C_ORDERED);
}

void make_order_text(gen *g)
{
    make_ordered(g, C_TEXT);
}

void make_limit(gen *g)
{
    scope s = scope_of(any_table(g, SHARDED), chance(g, 30) ? "t" : "");
    const source *from;
    static const column count = {"", "", K_INT, 0, 0, 12};
    if (!scope_has_keys(&s))
        s = scope_of(table_named("users"), "t");
    say(g, "SELECT %s", chance(g, 20) ? "*" : "");
    if (weir__buf_text(&g->sql)[g->sql.size - 1] != '*')
        for (uint32_t i = 0, many = 1 + below(g, 3); i < many; i++) {
            const column *c = any_column(g, &s, C_ANY, &from);
            say(g, i ? ", " : "");
            say_column(g, from, c);
        }
    say(g, " FROM ");
    say_source(g, &s.from[0]);
    say_where(g, &s);
    say(g, " ORDER BY ");
    if (chance(g, 60)) {
        const column *c = any_column(g, &s, C_ORDERED, &from);
        say_column(g, from, c);
        say(g, chance(g, 50) ? " DESC, " : ", ");
    }
    say_total_order(g, &s);
    if (chance(g, 15)) {
        say(g, chance(g, 50) ? " FETCH FIRST ROW ONLY" : " OFFSET 2 ROWS FETCH NEXT ROW ONLY");
        done(g, ORDER_TOTAL);
        return;
    }
    say(g, " LIMIT ");
    switch (below(g, 3)) {
    case 0:
        say_there(g, &count);
        say(g, " OFFSET ");
        say_there(g, &count);
        break;
    case 1:
        say_there(g, &count);
        say(g, ", ");
        say_there(g, &count);
        break;
    default:
        say_there(g, &count);
        break;
    }
    done(g, ORDER_TOTAL);
}

void make_group_concat(gen *g)
{
    scope s = scope_of(table_named(chance(g, 50) ? "orders" : "users"), "");
    const table *t = s.from[0].t;
    const column *c = &t->columns[below(g, t->count)];
    bool grouped = chance(g, 60);
    say(g, "SELECT %sGROUP_CONCAT(%s ORDER BY ", grouped ? "country, " : "", c->name);
    say_total_order(g, &s);
    say(g, "%s) AS list FROM %s", chance(g, 50) ? " SEPARATOR ';'" : "", t->name);
    say_where(g, &s);
    say(g, "%s", grouped ? " GROUP BY country" : "");
    done(g, ORDER_ANY);
}
