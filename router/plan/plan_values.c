/* plan_values.c - see plan_values.h. SPDX-License-Identifier: Apache-2.0 */
#include "router/plan/plan_values.h"

/* element: of the run that the value is in, if it is in one. */
static void read_value(const weir__lookup *l, uint32_t number, uint32_t element, weir__value *out)
{
    const weir__plan_value *v = &l->plan->values[number];
    *out = (weir__value){.number = number,
                         .kind = v->kind,
                         .parameter = v->parameter,
                         .start = v->start,
                         .end = v->end,
                         .text = v->text};
    if (!l->mapped)
        return;
    const weir__place *place = &l->plan->places->values[number];
    if (place->slot == WEIR__NONE) {
        out->start = out->end = WEIR__NONE;
        return;
    }
    uint32_t index = place->slot;
    if (place->run != WEIR__NONE) {
        const weir__run *run = &l->runs[place->run];
        index += run->first + (place->element == WEIR__NONE ? run->elements : element) * run->width;
    }
    const weir__slot *slot = &l->slots[index];
    out->lifted = true;
    out->parameter = slot->id == WEIR__TK_PARAM ? slot->parameter : WEIR__NONE;
    out->start = slot->start;
    out->end = slot->end;
    out->text = (weir_str){l->sql.data + slot->start, slot->end - slot->start};
}

bool weir__value_at(const weir__lookup *l, uint32_t number, weir__value *value)
{
    const weir__place *place = l->mapped ? &l->plan->places->values[number] : NULL;
    if (place && place->element != WEIR__NONE && place->element >= l->runs[place->run].elements)
        return false;
    read_value(l, number, place ? place->element : 0, value);
    return true;
}

/* ---- walks ---- */

void weir__all_values(const weir__lookup *lookup, weir__value_walk *walk)
{
    *walk = (weir__value_walk){.lookup = lookup, .stride = 1, .left = lookup->plan->value_count, .whole = true};
}

void weir__leaf_values(const weir__lookup *lookup, const weir__condition *leaf, weir__value_walk *walk)
{
    *walk = (weir__value_walk){.lookup = lookup, .number = leaf->value, .stride = leaf->stride, .left = leaf->count};
}

static void skip(weir__value_walk *walk, uint32_t count)
{
    count = count < walk->left ? count : walk->left;
    walk->number += count * walk->stride;
    walk->left -= count;
}

bool weir__value_next(weir__value_walk *walk, weir__value *value)
{
    const weir__lookup *l = walk->lookup;
    if (walk->left == 0)
        return false;
    const weir__place *place = l->mapped ? &l->plan->places->values[walk->number] : NULL;
    if (!place || place->element == WEIR__NONE) {
        read_value(l, walk->number, 0, value);
        skip(walk, 1);
        return true;
    }
    /* All elements of this statement's run, for those of the planned one. */
    const weir__run_place *planned = &l->plan->places->runs[place->run];
    uint32_t each = walk->whole ? planned->values : 1;
    read_value(l, walk->number + walk->inner, walk->element, value);
    if (++walk->inner == each) {
        walk->inner = 0;
        walk->element++;
    }
    if (walk->element == l->runs[place->run].elements) {
        walk->element = 0;
        skip(walk, (planned->elements - place->element) * each);
    }
    return true;
}

uint32_t weir__leaf_size(const weir__lookup *l, const weir__condition *leaf)
{
    weir__value_walk walk;
    uint32_t size = 0;
    if (!l->mapped)
        return leaf->count;
    weir__leaf_values(l, leaf, &walk);
    while (walk.left) {
        const weir__place *place = &l->plan->places->values[walk.number];
        bool alone = place->element == WEIR__NONE;
        size += alone ? 1 : l->runs[place->run].elements;
        skip(&walk, alone ? 1 : l->plan->places->runs[place->run].elements - place->element);
    }
    return size;
}

/* ---- rows ---- */

typedef struct row_place {
    uint32_t row, element; /* the plan's row, and of which element of its run this one is */
} row_place;

static row_place find_row(const weir__lookup *l, uint32_t row)
{
    uint32_t low = 0, high = l->mapped ? l->plan->places->row_runs : 0;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (l->runs[middle].position <= row)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return (row_place){row, 0};
    const weir__run *run = &l->runs[low - 1];
    const weir__run_place *planned = &l->plan->places->runs[low - 1];
    uint32_t from = row - run->position;
    if (from < run->elements)
        return (row_place){planned->position, from};
    return (row_place){planned->position + planned->elements + (from - run->elements), 0};
}

uint32_t weir__row_count(const weir__lookup *l)
{
    uint32_t count = l->plan->insert ? l->plan->insert->row_count : 0;
    uint32_t runs = l->mapped ? l->plan->places->row_runs : 0;
    if (runs) {
        const weir__run_place *planned = &l->plan->places->runs[runs - 1];
        const weir__run *last = &l->runs[runs - 1];
        count = count - (planned->position + planned->elements) + last->position + last->elements;
    }
    return count;
}

uint32_t weir__row_cells(const weir__lookup *l, uint32_t row, const weir__plan_cell **first)
{
    const weir__plan_insert *insert = l->plan->insert;
    uint32_t planned = find_row(l, row).row, start = planned ? insert->row_ends[planned - 1] : 0;
    *first = &insert->cells[start];
    return insert->row_ends[planned] - start;
}

weir__cell_kind weir__cell_at(const weir__lookup *l, uint32_t row, uint32_t cell, weir__value *value)
{
    const weir__plan_insert *insert = l->plan->insert;
    row_place place = find_row(l, row);
    const weir__plan_cell *c = &insert->cells[(place.row ? insert->row_ends[place.row - 1] : 0) + cell];
    if (c->kind == WEIR__CELL_VALUE)
        read_value(l, c->value, place.element, value);
    return (weir__cell_kind)c->kind;
}
