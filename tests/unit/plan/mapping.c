/* mapping.c - see mapping.h. SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/plan/mapping.h"

#include <string.h>

#include "base/str.h"

static const char *value_mistake(const weir__lookup *l, const weir__value *got, const weir__plan *own, uint32_t number)
{
    const weir__plan_value *want = &own->values[number], *planned = &l->plan->values[got->number];
    bool inside = got->lifted && got->text.data == l->sql.data + got->start && got->text.size == got->end - got->start;
    if (got->kind != want->kind)
        return "a value has another kind";
    if (!weir__str_equal(got->text, want->text))
        return "a value has another text";
    if (got->parameter != want->parameter)
        return "a value is another parameter";
    if (planned->use != want->use || planned->op != want->op || planned->column != want->column)
        return "a value has another use";
    if (got->start != WEIR__NONE && (got->start != want->start || got->end != want->end))
        return "a value is elsewhere";
    if (got->lifted ? !inside : l->mapped && got->start != WEIR__NONE)
        return "a value's text is not where it says";
    return NULL;
}

/* The next value of the walk is this one of the statement's own plan. */
static const char *next_mistake(weir__value_walk *walk, const weir__plan *own, uint32_t number)
{
    weir__value value;
    return weir__value_next(walk, &value) ? value_mistake(walk->lookup, &value, own, number)
                                          : "there are too few values";
}

static const char *end_mistake(weir__value_walk *walk)
{
    weir__value value;
    return weir__value_next(walk, &value) ? "there are too many values" : NULL;
}

static const char *all_mistake(const weir__lookup *l, const weir__plan *own)
{
    weir__value_walk walk;
    const char *mistake = NULL;
    weir__all_values(l, &walk);
    for (uint32_t i = 0; i < own->value_count && !mistake; i++)
        mistake = next_mistake(&walk, own, i);
    return mistake ? mistake : end_mistake(&walk);
}

static const char *alone_mistake(const weir__lookup *l, uint32_t planned, const weir__plan *own, uint32_t number)
{
    weir__value value;
    if ((planned == WEIR__NONE) != (number == WEIR__NONE))
        return "a LIMIT is not in both";
    if (planned == WEIR__NONE)
        return NULL;
    return weir__value_at(l, planned, &value) ? value_mistake(l, &value, own, number) : "a LIMIT has no value";
}

static const char *scopes_mistake(const weir__lookup *l, const weir__plan *own)
{
    for (uint32_t i = 0; i < own->scope_count; i++) {
        const weir__plan_scope *a = &l->plan->scopes[i], *b = &own->scopes[i];
        const char *mistake = alone_mistake(l, a->limit, own, b->limit);
        mistake = mistake ? mistake : alone_mistake(l, a->offset, own, b->offset);
        if (mistake)
            return mistake;
    }
    return NULL;
}

/* Of a row that stands for several, (a, b) IN ((1, 2), (c, 3)), the own plan may say less where its values are not evenly spaced. */
static bool same_shape(const weir__condition *a, const weir__condition *b)
{
    if (a->kind != b->kind || a->op != b->op || (a->kind == WEIR__CONDITION_LEAF && a->column != b->column))
        return false;
    const weir__condition *x = a->first, *y = b->first;
    if (a->kind == WEIR__CONDITION_LEAF)
        return true;
    for (; x && y; x = x->next, y = y->next)
        if (!same_shape(x, y))
            return false;
    return !x && !y;
}

static const char *condition_mistake(const weir__lookup *l, const weir__condition *a, const weir__plan *own,
                                     const weir__condition *b)
{
    const char *mistake = NULL;
    if (a->kind == WEIR__CONDITION_LEAF) {
        weir__value_walk walk;
        weir__leaf_values(l, a, &walk);
        for (uint32_t i = 0; i < b->count && !mistake; i++)
            mistake = next_mistake(&walk, own, b->value + i * b->stride);
        mistake = mistake ? mistake : end_mistake(&walk);
        return mistake || weir__leaf_size(l, a) == b->count ? mistake : "a leaf has another size";
    }
    if (a->kind == WEIR__CONDITION_AND || a->kind == WEIR__CONDITION_OR)
        for (a = a->first, b = b->first; a && !mistake; a = a->next, b = b->next)
            mistake = condition_mistake(l, a, own, b);
    return mistake;
}

static const char *rows_mistake(const weir__lookup *l, const weir__plan *own)
{
    const weir__plan_insert *insert = own->insert;
    if (!insert != !l->plan->insert)
        return "one is no INSERT";
    if (weir__row_count(l) != (insert ? insert->row_count : 0))
        return "there are more or fewer rows";
    for (uint32_t row = 0, cell = 0; insert && row < insert->row_count; row++) {
        const weir__plan_cell *cells;
        uint32_t count = weir__row_cells(l, row, &cells);
        if (count != insert->row_ends[row] - cell)
            return "a row has another length";
        for (uint32_t i = 0; i < count; i++, cell++) {
            weir__value value;
            const weir__plan_cell *want = &insert->cells[cell];
            if (weir__cell_at(l, row, i, &value) != (weir__cell_kind)want->kind || cells[i].kind != want->kind)
                return "a cell has another kind";
            const char *mistake = want->kind == WEIR__CELL_VALUE ? value_mistake(l, &value, own, want->value) : NULL;
            if (mistake)
                return mistake;
        }
    }
    return NULL;
}

const char *mapping_mistake(const weir__lookup *l, const weir__plan *own)
{
    const weir__plan *plan = l->plan;
    const char *mistake;

    if (plan->understood != own->understood || plan->role != own->role || plan->effects.verb != own->effects.verb)
        return "it is another statement";
    if (l->parameters != own->parameters)
        return "the number of parameters differs";
    if (plan->table_count != own->table_count || plan->scope_count != own->scope_count ||
        plan->column_count != own->column_count || plan->flow_count != own->flow_count ||
        plan->call_count != own->call_count)
        return "tables, scopes, columns, flows or calls differ";
    mistake = all_mistake(l, own);
    mistake = mistake ? mistake : scopes_mistake(l, own);
    mistake = mistake ? mistake : rows_mistake(l, own);
    if (mistake || plan->condition_count != own->condition_count)
        return mistake;
    for (uint32_t i = 0; i < own->condition_count && !mistake; i++)
        if (same_shape(plan->conditions[i].root, own->conditions[i].root))
            mistake = condition_mistake(l, plan->conditions[i].root, own, own->conditions[i].root);
    return mistake;
}

size_t mapping_double(weir_str sql, const weir__run *runs, uint32_t count, char *out, size_t room)
{
    size_t size = 0, from = 0;
    for (uint32_t i = 0; i <= count; i++) {
        size_t to = i < count ? runs[i].end : sql.size, run = i < count ? runs[i].end - runs[i].start : 0;
        if (room - size < to - from + run + 1)
            return 0;
        memcpy(out + size, sql.data + from, to - from);
        size += to - from;
        from = to;
        if (i == count)
            break;
        out[size++] = ',';
        memcpy(out + size, sql.data + runs[i].start, run);
        size += run;
    }
    return size;
}
