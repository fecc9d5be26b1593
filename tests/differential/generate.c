/* generate.c - the categories, and what generators share: sources, columns, conditions. SPDX-License-Identifier: Apache-2.0
 * Integer arithmetic stays far from overflow, comparisons of unlike types are marked (their warnings depend on the way). */
#include "tests/differential/generate.h"

#include <stdio.h>
#include <string.h>

const category categories[] = {
    {"point", make_point, 10, 100, 100},
    {"in", make_in, 6, 100, 90},
    {"range", make_range, 4, 100, 80},
    {"scan", make_scan, 3, 100, 80},
    {"types", make_types, 3, 100, 90},
    {"single", make_single, 4, 100, 100},
    {"broadcast", make_broadcast, 4, 100, 100},
    {"odd_keys", make_odd_keys, 3, 100, 90},
    {"contradiction", make_contradiction, 2, 100, 95},
    {"qualified", make_qualified, 2, 100, 75},
    {"physical", make_physical, 3, 80, 80},
    {"placed", make_placed, 4, 100, 90},
    {"prepared", make_prepared, 6, 100, 85},
    {"join_colocated", make_join_colocated, 5, 100, 90},
    {"join_broadcast", make_join_broadcast, 4, 100, 60},
    {"join_any", make_join_any, 2, 100, 15},
    {"subquery", make_subquery, 4, 100, 45},
    {"derived", make_derived, 2, 100, 25},
    {"cte", make_cte, 2, 100, 35},
    {"window", make_window, 2, 100, 45},
    {"union", make_union, 2, 100, 10},
    {"aggregate", make_aggregate, 4, 100, 60},
    {"group", make_group, 5, 100, 80},
    {"having", make_having, 2, 100, 20},
    {"expressions", make_expressions, 3, 100, 90},
    {"having_over", make_having_over, 2, 100, 90},
    {"over_groups", make_over_groups, 2, 100, 85},
    {"members", make_members, 1, 100, 90},
    {"few", make_few, 2, 100, 80},
    {"rollup", make_rollup, 1, 100, 10},
    {"distinct", make_distinct, 3, 100, 75},
    {"order", make_order, 5, 100, 80},
    {"order_text", make_order_text, 3, 100, 70},
    {"limit", make_limit, 4, 100, 75},
    {"group_concat", make_group_concat, 1, 100, 60},
    {"pages", make_pages, 3, 85, 70},
    {"pages_between", make_pages_between, 1, 80, 60},
    {"insert", make_insert, 6, 100, 80},
    {"insert_many", make_insert_many, 4, 100, 0},
    {"odku", make_odku, 3, 100, 45},
    {"replace", make_replace, 3, 100, 45},
    {"insert_select", make_insert_select, 2, 100, 0},
    {"returning", make_returning, 2, 100, 60},
    {"update", make_update, 5, 100, 80},
    {"update_many", make_update_many, 3, 100, 0},
    {"update_key", make_update_key, 1, 0, 0},
    {"delete", make_delete, 3, 100, 75},
    {"delete_many", make_delete_many, 2, 100, 0},
    {"multi_table", make_multi_table, 2, 100, 70},
    {"auto_increment", make_auto_increment, 3, 100, 40},
    {"broadcast_write", make_broadcast_write, 2, 100, 0},
    {"key_forms", make_key_forms, 5, 90, 80},
    {"key_writes", make_key_writes, 3, 90, 40},
    {"conditions", make_conditions, 4, 100, 75},
    {"tricky_joins", make_tricky_joins, 5, 100, 35},
    {"tricky_writes", make_tricky_writes, 4, 95, 25},
    {"exotic", make_exotic, 5, 100, 60},
    {"literals", make_literals, 6, 100, 90},
    {"session", make_session, 2, 100, 0},
    {"definitions", make_definitions, 1, 100, 0},
    {"failure", make_failure, 5, 100, 30},
    {"past", make_past, 5, 85, 80},
    {"transaction_one", make_transaction_one, 3, 100, 85},
    {"transaction", make_transaction, 3, 100, 80},
};
const uint32_t category_count = sizeof categories / sizeof *categories;

const category *category_named(const char *name)
{
    for (uint32_t i = 0; i < category_count; i++)
        if (strcmp(categories[i].name, name) == 0)
            return &categories[i];
    return NULL;
}

const table *any_table(gen *g, unsigned placements)
{
    for (;;) {
        const table *t = &tables[below(g, table_count)];
        if (placements >> t->placed & 1 && !t->physical)
            return t;
    }
}

scope scope_of(const table *t, const char *alias)
{
    scope s = {.count = 0};
    scope_add(&s, t, alias);
    return s;
}

void scope_add(scope *s, const table *t, const char *alias)
{
    source *from = &s->from[s->count++];
    from->t = t;
    snprintf(from->alias, sizeof from->alias, "%s", alias);
}

bool is_class(const column *c, class wanted)
{
    switch (wanted) {
    case C_ANY:
        return true;
    case C_NUMBER:
        return (c->kind == K_INT && !(c->flags & WIDE)) || c->kind == K_DECIMAL;
    case C_FLOAT:
        return c->kind == K_FLOAT || c->kind == K_DOUBLE;
    case C_TEXT:
        return c->kind == K_TEXT;
    case C_MOMENT:
        return c->kind == K_DATE || c->kind == K_DATETIME;
    case C_ORDERED:
        return c->kind != K_JSON && c->kind != K_SET && c->kind != K_BIT;
    }
    return false;
}

const column *any_column(gen *g, const scope *s, class wanted, const source **from)
{
    for (int tries = 0; tries < 60; tries++) {
        const source *f = &s->from[below(g, s->count)];
        const column *c = &f->t->columns[below(g, f->t->count)];
        if (!is_class(c, wanted))
            continue;
        *from = f;
        return c;
    }
    return NULL;
}

void say_column(gen *g, const source *from, const column *c)
{
    if (from->alias[0])
        say(g, "%s.%s", from->alias, c->name);
    else
        say(g, "%s", c->name);
}

void say_source(gen *g, const source *from)
{
    say(g, "%s%s%s", from->t->name, from->alias[0] ? (chance(g, 50) ? " AS " : " ") : "", from->alias);
}

void say_key_equals(gen *g, const source *from)
{
    const column *k = key_column(from->t) ? key_column(from->t) : &from->t->columns[0];
    if (chance(g, 10)) {
        say_there(g, k);
        say(g, " = ");
        say_column(g, from, k);
        return;
    }
    say_column(g, from, k);
    say(g, chance(g, 90) ? " = " : " <=> ");
    say_there(g, k);
}

void say_primary_key_equals(gen *g, const source *from)
{
    const table *t = from->t;
    if (!table_has_key(t)) {
        say_key_equals(g, from);
        return;
    }
    for (uint32_t i = 0; i < MAX_KEYS && t->keys[i] >= 0; i++) {
        say(g, i ? " AND " : "");
        say_column(g, from, &t->columns[t->keys[i]]);
        say(g, " = ");
        say_there(g, &t->columns[t->keys[i]]);
    }
}

static void say_list(gen *g, const column *c, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        say(g, i ? ", " : "(");
        say_there(g, c);
    }
    say(g, ")");
}

void say_key_condition(gen *g, const source *from)
{
    const table *t = from->t;
    const column *k = key_column(t) ? key_column(t) : &t->columns[0];
    const column *other = &t->columns[1 + below(g, t->count - 1)];
    bool listed = chance(g, 50);
    switch (below(g, 6)) {
    case 0:
        say_column(g, from, k);
        say(g, " IN ");
        say_list(g, k, 1 + below(g, 8));
        return;
    case 1:
        say(g, "(");
        say_key_equals(g, from);
        say(g, " OR ");
        say_key_equals(g, from);
        say(g, ")");
        return;
    case 2:
        if (other->kind != K_INT || other == k)
            break;
        say(g, "(");
        say_column(g, from, k);
        say(g, ", ");
        say_column(g, from, other);
        say(g, ") %s (", listed ? "IN (" : "=");
        say_there(g, k);
        say(g, ", ");
        say_there(g, other);
        say(g, listed ? "))" : ")");
        return;
    case 3:
        say_key_equals(g, from);
        say(g, " AND ");
        say_column(g, from, k);
        say(g, " IN ");
        say_list(g, k, 3);
        return;
    default:
        break;
    }
    say_key_equals(g, from);
}

static void say_comparison(gen *g, const scope *s)
{
    static const char *const operators[] = {" = ", " <> ", " < ", " <= ", " > ", " >= ", " <=> ", " = "};
    const source *from;
    const column *c = any_column(g, s, C_ORDERED, &from);
    if (!c)
        return;
    say_column(g, from, c);
    say(g, "%s", RNG_PICK(g->r, operators));
    say_there(g, c);
}

static void say_leaf(gen *g, const scope *s)
{
    const source *from;
    const column *c = any_column(g, s, C_ORDERED, &from);
    switch (c ? below(g, 8) : 0) {
    case 1:
        say_column(g, from, c);
        say(g, chance(g, 50) ? " IS NULL" : " IS NOT NULL");
        return;
    case 2:
        say_column(g, from, c);
        say(g, chance(g, 80) ? " IN " : " NOT IN ");
        say_list(g, c, 1 + below(g, 5));
        return;
    case 3:
        say_column(g, from, c);
        say(g, chance(g, 80) ? " BETWEEN " : " NOT BETWEEN ");
        say_there(g, c);
        say(g, " AND ");
        say_there(g, c);
        return;
    case 4:
        if (!(c = any_column(g, s, C_TEXT, &from)))
            break;
        say_column(g, from, c);
        say(g, " %sLIKE '%s'", chance(g, 80) ? "" : "NOT ",
            (const char *const[]){"a%", "%e", "_b%", "%p%", "A", "%"}[below(g, 6)]);
        return;
    case 5:
        say_number(g, s, 2);
        say(g, chance(g, 50) ? " < " : " >= ");
        say_number(g, s, 1);
        return;
    case 6:
        say(g, "(");
        say_comparison(g, s);
        say(g, ") IS %s", (const char *const[]){"TRUE", "NOT TRUE", "UNKNOWN", "FALSE"}[below(g, 4)]);
        return;
    default:
        break;
    }
    say_comparison(g, s);
}

void say_condition(gen *g, const scope *s, int depth)
{
    if (depth <= 0 || chance(g, 35)) {
        say_leaf(g, s);
        return;
    }
    if (chance(g, 12)) {
        say(g, "NOT (");
        say_condition(g, s, depth - 1);
        say(g, ")");
        return;
    }
    say(g, "(");
    say_condition(g, s, depth - 1);
    say(g, chance(g, 55) ? " AND " : chance(g, 90) ? " OR " : " XOR ");
    say_condition(g, s, depth - 1);
    say(g, ")");
}

void say_number(gen *g, const scope *s, int depth)
{
    const source *from;
    const column *c = any_column(g, s, C_NUMBER, &from);
    uint32_t form = depth <= 0 ? below(g, 2) : below(g, 10);
    if (form == 0 || (form == 1 && !c)) {
        say(g, "%d", (int)below(g, 9) - 2);
        return;
    }
    switch (form) {
    case 2:
    case 3:
        say(g, "(");
        say_number(g, s, depth - 1);
        say(g, "%s", (const char *const[]){" + ", " - ", " * 2 + "}[below(g, 3)]);
        /* As signed: an unsigned column less something is out of range. */
        say(g, "CAST(");
        say_number(g, s, depth - 1);
        say(g, " AS DECIMAL(20,4)))");
        return;
    case 4:
        say(g, "COALESCE(");
        say_number(g, s, depth - 1);
        say(g, ", 0)");
        return;
    case 5:
        say(g, "CASE WHEN ");
        say_comparison(g, s);
        say(g, " THEN ");
        say_number(g, s, depth - 1);
        say(g, " ELSE ");
        say_number(g, s, depth - 1);
        say(g, " END");
        return;
    case 6:
        say(g, "CHAR_LENGTH(");
        say_text(g, s, depth - 1);
        say(g, ")");
        return;
    case 7:
        if (!(c = any_column(g, s, C_MOMENT, &from)))
            break;
        say(g, "%s(", (const char *const[]){"MONTH", "DAYOFMONTH", "YEAR"}[below(g, 3)]);
        say_column(g, from, c);
        say(g, ")");
        return;
    case 8:
        say(g, "ABS(");
        say_number(g, s, depth - 1);
        say(g, ")");
        return;
    default:
        break;
    }
    if (c && is_class(c, C_NUMBER))
        say_column(g, from, c);
    else
        say(g, "1");
}

void say_text(gen *g, const scope *s, int depth)
{
    const source *from;
    const column *c = any_column(g, s, C_TEXT, &from);
    uint32_t form = depth <= 0 ? 0 : below(g, 6);
    if (!c) {
        say(g, "'abc'");
        return;
    }
    static const char *const around[][2] = {
        {"", ""},      {"LOWER(", ")"}, {"LEFT(", ", 2)"}, {"CONCAT(", ", '-x')"}, {"COALESCE(", ", 'none')"},
        {"TRIM(", ")"}};
    say(g, "%s", around[form][0]);
    say_column(g, from, c);
    say(g, "%s", around[form][1]);
}

bool scope_has_keys(const scope *s)
{
    for (uint32_t i = 0; i < s->count; i++)
        if (!table_has_key(s->from[i].t))
            return false;
    return true;
}

void say_total_order(gen *g, const scope *s)
{
    bool first = true;
    for (uint32_t i = 0; i < s->count; i++)
        for (uint32_t k = 0; k < MAX_KEYS && s->from[i].t->keys[k] >= 0; k++, first = false) {
            say(g, first ? "" : ", ");
            say_column(g, &s->from[i], &s->from[i].t->columns[s->from[i].t->keys[k]]);
            say(g, chance(g, 20) ? " DESC" : "");
        }
}
