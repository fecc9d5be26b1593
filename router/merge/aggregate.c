/* aggregate.c - finds each row's group, and gives the groups out. SPDX-License-Identifier: Apache-2.0 */
#include "router/merge/aggregate.h"

#include <stdlib.h>
#include <string.h>

/* A group's data. */
typedef struct group {
    const weir_value *row; /* the first, or the first that counted any */
    bool counted;
    uint32_t level; /* rollup: keys that are not rolled up */
    weir__aggregate_state states[];
} group;

typedef struct aggregate {
    weir__stream stream;
    weir__budget *budget;
    weir__stream *input;
    const weir__aggregation *what;
    weir__arena arena;  /* groups */
    weir__arena output; /* the row given on */
    weir__groups groups;
    weir__buf key, scratch;
    bool read;                 /* hashed: all of the input */
    const weir_value *pending; /* sorted: the first row of the next group */
    weir__group **order;       /* rollup: sorted */
    size_t at;
    weir__group *next;
} aggregate;

static weir__aggregate_place place_of(aggregate *a)
{
    return (weir__aggregate_place){a->budget, &a->arena, &a->scratch};
}

static bool counts(const weir__aggregation *what, const weir_value *row)
{
    static const weir_value zero = {.type = WEIR_T_TEXT, .as.p = "0", .size = 1};
    return what->rows_column == UINT32_MAX ||
           weir__merge_key_compare(WEIR__MERGE_NUMBER, &row[what->rows_column], &zero) != 0;
}

static bool encode(aggregate *a, const weir_value *row, uint32_t level)
{
    weir__buf_reset(&a->key);
    weir__buf_add(&a->key, &level, sizeof level);
    for (uint32_t i = 0; i < level; i++)
        weir__merge_key_encode(a->what->keys[i].kind, &row[a->what->keys[i].column], &a->key);
    return !a->key.failed;
}

static weir_status take(aggregate *a, const weir_value *row, uint32_t level, weir_error *error)
{
    const weir__aggregation *what = a->what;
    weir__aggregate_place place = place_of(a);
    bool added;
    weir__group *entry = encode(a, row, level) ? weir__groups_find(&a->groups, a->key.data, a->key.size, &added) : NULL;
    if (!entry)
        return weir__budget_fail(a->budget, error);
    group *g = entry->data;
    if (added || (!g->counted && counts(what, row))) {
        g->row = weir__row_copy(&a->arena, row, what->width);
        g->counted = counts(what, row);
        g->level = level;
        if (!g->row)
            return weir__budget_fail(a->budget, error);
    }
    for (uint32_t i = 0; i < what->aggregate_count; i++) {
        weir_status status = weir__aggregate_add(&what->aggregates[i], &g->states[i], row, &place, error);
        if (status != WEIR_OK)
            return status;
    }
    return WEIR_OK;
}

static void forget_groups(aggregate *a)
{
    for (weir__group *entry = a->groups.first; entry; entry = entry->next)
        for (uint32_t i = 0; i < a->what->aggregate_count; i++)
            weir__aggregate_state_deinit(&((group *)entry->data)->states[i]);
    weir__groups_deinit(&a->groups);
    weir__arena_reset(&a->arena);
    weir__groups_init(&a->groups, a->budget, &a->arena,
                      sizeof(group) + a->what->aggregate_count * sizeof(weir__aggregate_state));
}

/* ---- giving out ---- */

static weir_status give(aggregate *a, weir__group *entry, const weir_value **row, weir_error *error)
{
    const weir__aggregation *what = a->what;
    group *g = entry->data;
    weir__arena_reset(&a->output);
    weir__aggregate_place place = {a->budget, &a->output, &a->scratch};
    weir_value *out = weir__arena_array(&a->output, what->width, sizeof *out);
    if (!out)
        return weir__budget_fail(a->budget, error);
    for (uint32_t i = 0; i < what->width; i++)
        out[i] = g->row ? g->row[i] : weir_null();
    for (uint32_t i = 0; what->rollup && i < what->rolled_count; i++)
        if (what->rolled[i].kind >= g->level)
            out[what->rolled[i].column] = weir_null();
    for (uint32_t i = 0; i < what->aggregate_count; i++) {
        const weir__aggregate *one = &what->aggregates[i];
        weir_status status = weir__aggregate_result(one, &g->states[i], &out[one->out], &place, error);
        if (status != WEIR_OK)
            return status;
        bool extreme = one->kind == WEIR__AGGREGATE_MIN || one->kind == WEIR__AGGREGATE_MAX;
        if (extreme && one->order.column != one->out)
            out[one->order.column] = g->states[i].any ? g->states[i].as.best[1] : weir_null();
    }
    *row = out;
    return WEIR_OK;
}

/* Rolled up behind what it sums up. */
static int by_keys(const void *left, const void *right, void *context)
{
    const weir__aggregation *what = context;
    const group *a = (*(weir__group *const *)left)->data, *b = (*(weir__group *const *)right)->data;
    for (uint32_t i = 0; i < what->key_count; i++) {
        if (i >= a->level || i >= b->level)
            return (i >= a->level) - (i >= b->level);
        int order = weir__merge_keys_compare(&what->keys[i], 1, a->row, b->row);
        if (order != 0)
            return order;
    }
    return 0;
}

static weir_status sort_groups(aggregate *a, weir_error *error)
{
    size_t count = 0;
    a->order = weir__array(&a->budget->mem, a->groups.count, sizeof *a->order);
    if (!a->order)
        return weir__budget_fail(a->budget, error);
    for (weir__group *entry = a->groups.first; entry; entry = entry->next)
        a->order[count++] = entry;
    if (count)
        qsort_r(a->order, count, sizeof *a->order, by_keys, (void *)(uintptr_t)a->what);
    return WEIR_OK;
}

static weir_status read_all(aggregate *a, weir_error *error)
{
    const weir_value *row;
    weir_status status;
    bool added;
    a->read = true;
    while ((status = weir__stream_next(a->input, &row, error)) == WEIR_OK && row) {
        uint32_t least = a->what->rollup ? 0 : a->what->key_count;
        for (uint32_t level = least; level <= a->what->key_count && status == WEIR_OK; level++)
            status = take(a, row, level, error);
        if (status != WEIR_OK)
            return status;
    }
    if (status == WEIR_OK && a->what->key_count == 0 && a->groups.count == 0 &&
        (!encode(a, NULL, 0) || !weir__groups_find(&a->groups, a->key.data, a->key.size, &added)))
        return weir__budget_fail(a->budget, error);
    if (status == WEIR_OK && a->what->rollup)
        status = sort_groups(a, error);
    a->next = a->groups.first;
    return status;
}

static weir_status next_hashed(aggregate *a, const weir_value **row, weir_error *error)
{
    if (!a->read) {
        weir_status status = read_all(a, error);
        if (status != WEIR_OK)
            return status;
    }
    weir__group *entry = a->next;
    if (a->order)
        entry = a->at < a->groups.count ? a->order[a->at++] : NULL;
    else if (entry)
        a->next = entry->next;
    return entry ? give(a, entry, row, error) : WEIR_OK;
}

/* One group at a time: rows as long as they belong to the group that is there. */
static weir_status next_sorted(aggregate *a, const weir_value **row, weir_error *error)
{
    weir_status status = WEIR_OK;
    forget_groups(a);
    if (!a->read) {
        a->read = true;
        status = weir__stream_next(a->input, &a->pending, error);
    }
    while (status == WEIR_OK && a->pending) {
        const weir__group *current = a->groups.first;
        if (current && !encode(a, a->pending, a->what->key_count))
            return weir__budget_fail(a->budget, error);
        if (current && !(a->key.size == current->key_size && memcmp(a->key.data, current->key, a->key.size) == 0))
            break;
        status = take(a, a->pending, a->what->key_count, error);
        if (status == WEIR_OK)
            status = weir__stream_next(a->input, &a->pending, error);
    }
    return status == WEIR_OK && a->groups.first ? give(a, a->groups.first, row, error) : status;
}

static weir_status next(weir__stream *stream, const weir_value **row, weir_error *error)
{
    aggregate *a = (aggregate *)stream;
    *row = NULL;
    return a->what->sorted ? next_sorted(a, row, error) : next_hashed(a, row, error);
}

static void close_aggregate(weir__stream *stream)
{
    aggregate *a = (aggregate *)stream;
    weir__stream_close(a->input);
    forget_groups(a);
    weir__groups_deinit(&a->groups);
    weir__free(&a->budget->mem, a->order);
    weir__arena_deinit(&a->arena);
    weir__arena_deinit(&a->output);
    weir__buf_deinit(&a->key);
    weir__buf_deinit(&a->scratch);
    weir__free(&a->budget->mem, a);
}

weir_status weir__aggregate_open(weir__budget *budget, weir__stream *input, const weir__aggregation *what,
                                 weir__stream **out, weir_error *error)
{
    aggregate *a = weir__new(&budget->mem, sizeof *a);
    *out = a ? &a->stream : NULL;
    if (!a) {
        weir__stream_close(input);
        return weir__budget_fail(budget, error);
    }
    a->stream = (weir__stream){next, close_aggregate, ""};
    a->budget = budget;
    a->input = input;
    a->what = what;
    weir__arena_init(&a->arena, &budget->mem, SIZE_MAX);
    weir__arena_init(&a->output, &budget->mem, SIZE_MAX);
    weir__buf_init(&a->key, &budget->mem, SIZE_MAX);
    weir__buf_init(&a->scratch, &budget->mem, SIZE_MAX);
    weir__groups_init(&a->groups, budget, &a->arena,
                      sizeof(group) + what->aggregate_count * sizeof(weir__aggregate_state));
    return WEIR_OK;
}
