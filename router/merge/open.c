/* open.c - from a merge plan and the shards' streams to one stream of rows. SPDX-License-Identifier: Apache-2.0
 * Copies what the plan says of columns with their final numbers, which a shard's answer tells; then stacks the operators:
 *   streams -> concat | ordered -> distinct -> aggregate -> sort -> limit */
#include <string.h>

#include "router/merge/operators.h"
#include "router/merge/plan.h"

typedef struct opening {
    weir__stream stream; /* holds the arena as long as the operators */
    weir__budget *budget;
    weir__arena arena;
    weir__stream *input;
    uint32_t first_hidden, width;
} opening;

static weir_status next(weir__stream *stream, const weir_value **row, weir_error *error)
{
    return weir__stream_next(((opening *)stream)->input, row, error);
}

static void close_opening(weir__stream *stream)
{
    opening *o = (opening *)stream;
    weir__stream_close(o->input);
    weir__arena_deinit(&o->arena);
    weir__free(&o->budget->mem, o);
}

static void close_all(weir__stream **streams, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        weir__stream_close(streams[i]);
}

static uint32_t number(const opening *o, uint32_t column)
{
    return column >= WEIR__HIDDEN && column != UINT32_MAX ? column - WEIR__HIDDEN + o->first_hidden : column;
}

static weir__merge_key *keys_of(opening *o, const weir__merge_key *keys, uint32_t count)
{
    weir__merge_key *copy = weir__arena_array(&o->arena, count, sizeof *copy);
    for (uint32_t i = 0; copy && i < count; i++) {
        copy[i] = keys[i];
        copy[i].column = number(o, keys[i].column);
    }
    return copy;
}

/* Servers sort by averages and variances before they round them. */
static uint32_t digits_to_sort(weir_type type, uint32_t decimals)
{
    enum { NOT_FIXED = 31, MORE = 18, MOST = 38 };
    if (type == WEIR_T_DOUBLE)
        return NOT_FIXED;
    return decimals + MORE < MOST ? decimals + MORE : MOST;
}

static weir__aggregation *groups_of(opening *o, const weir__aggregation *from, const weir_column *columns)
{
    weir__aggregation *what = weir__arena_take(&o->arena, sizeof *what);
    weir__aggregate *list = weir__arena_array(&o->arena, from->aggregate_count, sizeof *list);
    if (!what || !list)
        return NULL;
    *what = *from;
    what->width = o->width;
    what->keys = keys_of(o, from->keys, from->key_count);
    what->rolled = keys_of(o, from->rolled, from->rolled_count);
    what->rows_column = number(o, from->rows_column);
    what->aggregates = list;
    for (uint32_t i = 0; i < from->aggregate_count; i++) {
        const weir__aggregate *a = &from->aggregates[i];
        list[i] = *a;
        list[i].out = number(o, a->out);
        list[i].value = number(o, a->value);
        list[i].count = number(o, a->count);
        list[i].sum = number(o, a->sum);
        list[i].order.column = number(o, a->order.column);
        list[i].longest_column = number(o, a->longest_column);
        list[i].elements = keys_of(o, a->elements, a->element_count);
        list[i].sorting = keys_of(o, a->sorting, a->sorting_count);
        list[i].is_double = columns[list[i].out].type == WEIR_T_DOUBLE;
        list[i].decimals = columns[list[i].out].decimals;
        if (a->sorts)
            list[i].decimals = digits_to_sort(columns[list[i].out].type, list[i].decimals);
    }
    return what;
}

/* Each step takes the stream below it over. */
static weir_status stack(opening *o, const weir__merge_plan *plan, weir__stream **streams, uint32_t count,
                         const weir__aggregation *what, weir_error *error)
{
    weir_status status;
    weir__stream *s;
    if (plan->order_count)
        status = weir__ordered_open(o->budget, streams, count, keys_of(o, plan->order, plan->order_count),
                                    plan->order_count, &s, error);
    else
        status = weir__concat_open(o->budget, streams, count, &s, error);
    if (status == WEIR_OK && plan->distinct_count)
        status = weir__distinct_open(o->budget, s, keys_of(o, plan->distinct, plan->distinct_count),
                                     plan->distinct_count, &s, error);
    if (status == WEIR_OK && what)
        status = weir__aggregate_open(o->budget, s, what, &s, error);
    if (status == WEIR_OK && plan->sort_count)
        status = weir__sort_open(o->budget, s, o->width, keys_of(o, plan->sort, plan->sort_count), plan->sort_count, &s,
                                 error);
    if (status == WEIR_OK && (plan->offset || plan->limit != UINT64_MAX))
        status = weir__limit_open(o->budget, s, plan->offset, plan->limit, &s, error);
    o->input = status == WEIR_OK ? s : NULL;
    return status;
}

/* MySQL's BIT_AND of binary strings gives a binary string. */
static bool gives_bits(const weir__aggregation *what, const weir_column *columns)
{
    for (uint32_t i = 0; what && i < what->aggregate_count; i++) {
        const weir__aggregate *a = &what->aggregates[i];
        bool bits = a->kind == WEIR__AGGREGATE_BIT_AND || a->kind == WEIR__AGGREGATE_BIT_OR ||
                    a->kind == WEIR__AGGREGATE_BIT_XOR;
        if (bits && columns[a->out].type != WEIR_T_INT && columns[a->out].type != WEIR_T_UINT)
            return false;
    }
    return true;
}

/* Takes the streams over. */
static weir_status start(opening *o, const weir__merge_plan *plan, weir__stream **streams, uint32_t count,
                         const weir_column *columns, weir_error *error)
{
    const weir__aggregation *what = plan->groups ? groups_of(o, plan->groups, columns) : NULL;
    weir_status status = WEIR_OK;
    if (plan->groups && !what)
        status = weir__budget_fail(o->budget, error);
    else if (!gives_bits(what, columns))
        status = weir__fail(error, WEIR_UNSUPPORTED, WEIR_RETRY_NEVER, "BIT_AND, BIT_OR and BIT_XOR of binary strings");
    if (status != WEIR_OK) {
        close_all(streams, count);
        return status;
    }
    status = stack(o, plan, streams, count, what, error);
    return status == WEIR_OK && o->arena.failed ? weir__budget_fail(o->budget, error) : status;
}

weir_status weir__merge_open(weir__budget *budget, const weir__merge_plan *plan, weir__stream **streams, uint32_t count,
                             const weir_column *columns, uint32_t width, weir__stream **out, weir_error *error)
{
    opening *o = weir__new(&budget->mem, sizeof *o);
    *out = NULL;
    if (!o) {
        close_all(streams, count);
        return weir__budget_fail(budget, error);
    }
    o->stream = (weir__stream){next, close_opening, ""};
    o->budget = budget;
    o->width = width;
    o->first_hidden = width - plan->hidden;
    weir__arena_init(&o->arena, &budget->mem, SIZE_MAX);
    weir_status status = start(o, plan, streams, count, columns, error);
    if (status == WEIR_OK)
        *out = &o->stream;
    else
        close_opening(&o->stream);
    return status;
}
