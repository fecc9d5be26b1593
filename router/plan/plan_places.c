/* plan_places.c - see plan_places.h. SPDX-License-Identifier: Apache-2.0
 * Values, slots and runs all stand in the order of the text: one walk over the three. It trusts nothing: elements of a run that do not
 * look the same to the planner, or a slot that is no value, make the whole fail. */
#include "router/plan/plan_places.h"

#include "base/str.h"

typedef struct walk {
    const weir__plan *plan;
    const weir__slot *slots;
    const weir__run *runs;
    uint32_t slot_count, run_count;
    weir__place *places;
    weir__run_place *run_places;
    uint32_t value, slot; /* the next ones */
} walk;

/* The next value's slot, counted from base. False: it overlaps one that is not its own. */
static bool place_one(walk *w, uint32_t run, uint32_t base)
{
    const weir__plan_value *v = &w->plan->values[w->value];
    weir__place *place = &w->places[w->value++];
    *place = (weir__place){.run = run, .slot = WEIR__NONE, .element = WEIR__NONE};
    if (w->slot == w->slot_count || w->slots[w->slot].start >= v->end)
        return true;
    const weir__slot *slot = &w->slots[w->slot];
    place->slot = w->slot++ - base;
    return slot->start == v->start && slot->end == v->end &&
           (slot->id == WEIR__TK_PARAM) == (v->kind == WEIR__VALUE_PARAM);
}

/* Those that begin before this byte. */
static bool place_until(walk *w, uint32_t end, uint32_t run, uint32_t base)
{
    while (w->value < w->plan->value_count && w->plan->values[w->value].start < end)
        if (!place_one(w, run, base))
            return false;
    return true;
}

/* May a value of another element stand for this one? */
static bool alike(const walk *w, uint32_t a, uint32_t b)
{
    const weir__plan_value *x = &w->plan->values[a], *y = &w->plan->values[b];
    return x->kind == y->kind && x->use == y->use && x->op == y->op && x->column == y->column &&
           w->places[a].slot == w->places[b].slot &&
           (w->places[a].slot != WEIR__NONE || weir__str_equal(x->text, y->text));
}

static bool place_run(walk *w, uint32_t number)
{
    const weir__run *run = &w->runs[number];
    weir__run_place *place = &w->run_places[number];
    uint32_t first = w->value;

    if (run->first != w->slot || !place_until(w, run->end, number, run->first))
        return false;
    uint32_t values = w->value - first;
    if (values == 0 || values % run->elements != 0 || w->slot != run->first + run->elements * run->width)
        return false;
    *place = (weir__run_place){run->elements, run->position, first, values / run->elements};
    for (uint32_t i = 0; i < values; i++) {
        weir__place *p = &w->places[first + i];
        p->element = i / place->values;
        p->slot -= p->slot == WEIR__NONE ? 0 : p->element * run->width;
        if (!alike(w, first + i, first + i % place->values))
            return false;
    }
    return true;
}

static bool place_all(walk *w)
{
    uint32_t run = WEIR__NONE, base = 0;
    for (uint32_t i = 0; i < w->run_count; i++) {
        if (!place_until(w, w->runs[i].start, run, base) || !place_run(w, i))
            return false;
        run = i;
        base = w->slot;
    }
    return place_until(w, UINT32_MAX, run, base) && w->slot == w->slot_count;
}

bool weir__places_make(weir__plan *plan, const weir__slot *slots, uint32_t slot_count, const weir__run *runs,
                       uint32_t run_count)
{
    walk w = {.plan = plan, .slots = slots, .runs = runs, .slot_count = slot_count, .run_count = run_count};
    weir__places *places;

    if (!plan->understood)
        return true; /* no values, and nobody asks */
    places = weir__arena_take(&plan->arena, sizeof *places);
    w.places = weir__arena_array(&plan->arena, plan->value_count, sizeof *w.places);
    w.run_places = weir__arena_array(&plan->arena, run_count, sizeof *w.run_places);
    if (!places || !w.places || !w.run_places || !place_all(&w))
        return false;
    *places = (weir__places){.values = w.places, .runs = w.run_places, .run_count = run_count};
    uint32_t rows = plan->insert ? plan->insert->row_count : 0;
    for (uint32_t i = 0; rows && i < run_count && runs[i].of_rows; i++) {
        if (runs[i].position >= rows || rows - runs[i].position < runs[i].elements)
            return false;
        places->row_runs++;
    }
    plan->places = places;
    return true;
}
