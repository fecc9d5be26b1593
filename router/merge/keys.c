/* keys.c - what a name in GROUP BY and ORDER BY means, and the column that it is compared by. SPDX-License-Identifier: Apache-2.0 */
#include "router/merge/planning.h"

enum { NONE = WEIR__NONE };

static bool equal_nocase(weir_str a, weir_str b)
{
    return a.size == b.size && (a.size == 0 || strncasecmp(a.data, b.data, a.size) == 0);
}

static bool same_leaf(const weir__planning *p, const node *a, const node *b)
{
    uint32_t a_table = 0, b_table = 0;
    if (a->kind == NODE(COLUMN)) {
        const weir__column *x = weir__planning_column(p, a, &a_table), *y = weir__planning_column(p, b, &b_table);
        if (x && y)
            return x == y && a_table == b_table;
    }
    if (a->kind == NODE(PARAM))
        return false; /* two values, that may differ */
    if (a->kind == NODE(LITERAL) || a->kind == NODE(TYPE))
        return weir__str_equal(weir__text_of(&p->tree, a->at), weir__text_of(&p->tree, b->at));
    return equal_nocase(weir__name_of(&p->tree, a->name, p->arena), weir__name_of(&p->tree, b->name, p->arena));
}

bool weir__planning_same(const weir__planning *p, const node *a, const node *b)
{
    if (a->kind != b->kind || a->op != b->op || ((a->flags ^ b->flags) & ~WEIR__FLAG_PAREN))
        return false;
    if (a->kind == NODE(COLUMN) || !a->first || !b->first)
        return (a->kind == NODE(COLUMN) || (!a->first && !b->first)) && same_leaf(p, a, b);
    if (a->kind == NODE(SUBQUERY) || !equal_nocase(weir__text_of(&p->tree, a->name), weir__text_of(&p->tree, b->name)))
        return false;
    const node *x = a->first, *y = b->first;
    for (; x && y; x = x->next, y = y->next)
        if (!weir__planning_same(p, x, y))
            return false;
    return !x && !y;
}

/* May a bare name be of a table whose columns are not known? */
static bool is_uncertain(const weir__planning *p)
{
    for (uint32_t t = 0; t < p->input->plan->table_count; t++)
        if (p->input->plan->tables[t].scope == p->scope && !p->input->tables[t].table)
            return true;
    return false;
}

static const node *aliased(const weir__planning *p, const node *e, uint32_t *item)
{
    weir_str name = weir__name_of(&p->tree, e->name, p->arena);
    uint32_t i = 0;
    for (const node *one = p->items->first; one; one = one->next, i++) {
        if (one->kind != NODE(ITEM) || one->name.end == one->name.start)
            continue;
        if (equal_nocase(weir__name_of(&p->tree, one->name, p->arena), name)) {
            *item = i;
            return one->first;
        }
    }
    return NULL;
}

/* The server looks for names among the aliases too, and a hidden column cannot. */
static bool uses_alias(const weir__planning *p, const node *e)
{
    uint32_t item;
    if (e->kind == NODE(COLUMN) && !e->first) {
        const node *meant = aliased(p, e, &item);
        return meant && !weir__planning_same(p, meant, e);
    }
    for (const node *child = e->first; child; child = child->next)
        if (uses_alias(p, child))
            return true;
    return false;
}

static const node *by_number(weir__planning *p, const node *by, uint32_t *item)
{
    weir_str text = weir__text_of(&p->tree, by->at);
    const node *one = p->items->first;
    uint32_t wanted = 0;
    for (size_t i = 0; i < text.size && wanted < 100000; i++)
        wanted = wanted * 10 + (uint32_t)(text.data[i] - '0');
    for (uint32_t i = 1; one; one = one->next, i++) {
        if (one->kind == NODE(STAR)) {
            weir__planning_refuse(p, by, "a column's number beside *: name the column");
            return NULL;
        }
        if (i == wanted) {
            *item = i - 1;
            return one->first;
        }
    }
    weir__planning_refuse(p, by, "there is no column of this number");
    return NULL;
}

const node *weir__planning_meant(weir__planning *p, const node *by, bool alias_first, uint32_t *item)
{
    uint32_t table, i = 0;
    *item = NONE;
    if (by->kind == NODE(LITERAL) && by->op == TK(INTEGER_NUMBER) && !(by->flags & WEIR__FLAG_PAREN))
        return by_number(p, by, item);
    if (by->kind == NODE(COLUMN) && !by->first) {
        const node *alias = aliased(p, by, item);
        bool column = weir__planning_column(p, by, &table) != NULL;
        if (alias && !alias_first && is_uncertain(p) && !weir__planning_same(p, alias, by)) {
            weir__planning_refuse(
                p, by, "this may be an alias or a column of a table that weir does not know: write table.column");
            return NULL;
        }
        if (alias && (alias_first || !column))
            return alias;
        *item = NONE;
    } else if (uses_alias(p, by)) {
        weir__planning_refuse(p, by, "an alias within an expression: write the expression out");
        return NULL;
    }
    for (const node *one = p->items->first; one; one = one->next, i++)
        if (one->kind == NODE(ITEM) && weir__planning_same(p, one->first, by)) {
            *item = i;
            break;
        }
    return by;
}

static bool has_star_before(const weir__planning *p, uint32_t item)
{
    const node *one = p->items->first;
    for (uint32_t i = 0; one && i <= item; one = one->next, i++)
        if (one->kind == NODE(STAR))
            return true;
    return false;
}

bool weir__planning_key(weir__planning *p, const node *e, uint32_t item, weir__merge_key *key)
{
    weir__wrapping w;
    const char *why = "";
    if (!weir__planning_wrap(p, weir__planning_shape(p, e), &w, &why))
        return weir__planning_refuse(p, e, why);
    key->kind = (uint8_t)w.kind;
    if (!*w.before && item != NONE && !has_star_before(p, item))
        key->column = item;
    else
        key->column = weir__planning_hide(p, w.before, e, w.behind);
    return true;
}
