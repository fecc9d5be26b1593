/* ordered.c - a heap of the streams' current rows. SPDX-License-Identifier: Apache-2.0
 * The heap holds numbers of inputs, the one whose row comes first on top. The row last given on is still the top: its input is moved
 * on at the next call, so that its cells stay valid until then.
 * Equal rows come in the order of the inputs, so that a result does not depend on who was quicker. */
#include <string.h>

#include "router/merge/operators.h"

typedef struct input {
    weir__stream *stream;
    const weir_value *row;
    uint64_t rank; /* of the first key */
    bool exact;
    weir__buf last;    /* the bytes of the keys of the row before */
    weir_value *saved; /* they as cells, one a key */
} input;

typedef struct ordered {
    weir__stream stream;
    weir__budget *budget;
    const weir__merge_key *keys;
    uint32_t key_count, count, heap_size;
    bool started;
    uint32_t *heap;
    input inputs[];
} ordered;

static int compare(const ordered *o, const input *a, const input *b)
{
    const weir__merge_key *first = &o->keys[0];
    if (a->rank != b->rank)
        return (a->rank < b->rank) == first->descending ? 1 : -1;
    if (a->exact && b->exact && o->key_count == 1)
        return 0;
    return weir__merge_keys_compare(o->keys, o->key_count, a->row, b->row);
}

static bool before(const ordered *o, uint32_t a, uint32_t b)
{
    int order = compare(o, &o->inputs[a], &o->inputs[b]);
    return order < 0 || (order == 0 && a < b);
}

static void sift(ordered *o, uint32_t at)
{
    uint32_t moved = o->heap[at];
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= o->heap_size)
            break;
        if (child + 1 < o->heap_size && before(o, o->heap[child + 1], o->heap[child]))
            child++;
        if (!before(o, o->heap[child], moved))
            break;
        o->heap[at] = o->heap[child];
        at = child;
    }
    o->heap[at] = moved;
}

/* Keeps the keys of the current row: its cells end with the next. One whose rank tells all needs no copy. */
static bool save_keys(const ordered *o, input *in)
{
    if (in->exact && o->key_count == 1)
        return true;
    weir__buf_reset(&in->last);
    for (uint32_t i = 0; i < o->key_count; i++) {
        const weir_value *cell = &in->row[o->keys[i].column];
        in->saved[i] = *cell;
        if (cell->type > WEIR_T_DOUBLE && cell->size)
            weir__buf_add(&in->last, cell->as.p, cell->size);
    }
    size_t at = 0;
    for (uint32_t i = 0; i < o->key_count && !in->last.failed; i++) {
        if (in->saved[i].type <= WEIR_T_DOUBLE)
            continue;
        in->saved[i].as.p = weir__buf_text(&in->last) + at;
        at += in->saved[i].size;
    }
    return !in->last.failed;
}

static bool is_sorted(const ordered *o, const input *in, uint64_t rank, bool exact)
{
    if (rank != in->rank)
        return (rank < in->rank) == o->keys[0].descending;
    if (in->exact && o->key_count == 1) {
        if (exact)
            return true;
        /* Only numbers have ranks that are exact for one value and not for another. */
        in->saved[0] = in->rank == 0 ? weir_null() : weir_int(weir__merge_key_rank_int(in->rank));
    }
    for (uint32_t i = 0; i < o->key_count; i++) {
        int order = weir__merge_key_compare(o->keys[i].kind, &in->saved[i], &in->row[o->keys[i].column]);
        if (order != 0)
            return (order < 0) != o->keys[i].descending;
    }
    return true;
}

/* Gets the input's next row; in->row is NULL at its end. */
static weir_status advance(ordered *o, input *in, bool first, weir_error *error)
{
    bool exact;
    if (!first && !save_keys(o, in))
        return weir__budget_fail(o->budget, error);
    weir_status status = weir__stream_next(in->stream, &in->row, error);
    if (status != WEIR_OK || !in->row)
        return status;
    uint64_t rank = weir__merge_key_rank(o->keys[0].kind, &in->row[o->keys[0].column], &exact);
    if (!first && !is_sorted(o, in, rank, exact))
        return weir__fail(
            error, WEIR_UNSUPPORTED, WEIR_RETRY_NEVER,
            "%s sorts otherwise than weir merges (max_sort_length, or a collation that is not what the table says): "
            "order by a shorter key, or by CAST(.. AS BINARY)",
            in->stream->name);
    in->rank = rank;
    in->exact = exact;
    return WEIR_OK;
}

static weir_status start(ordered *o, weir_error *error)
{
    o->started = true;
    for (uint32_t i = 0; i < o->count; i++) {
        weir_status status = advance(o, &o->inputs[i], true, error);
        if (status != WEIR_OK)
            return status;
        if (o->inputs[i].row)
            o->heap[o->heap_size++] = i;
    }
    for (uint32_t i = o->heap_size; i-- > 0;)
        sift(o, i);
    return WEIR_OK;
}

static weir_status next(weir__stream *stream, const weir_value **row, weir_error *error)
{
    ordered *o = (ordered *)stream;
    weir_status status = WEIR_OK;
    *row = NULL;
    if (!o->started) {
        status = start(o, error);
    } else if (o->heap_size) {
        input *top = &o->inputs[o->heap[0]];
        status = advance(o, top, false, error);
        if (!top->row)
            o->heap[0] = o->heap[--o->heap_size];
        if (status == WEIR_OK && o->heap_size)
            sift(o, 0);
    }
    if (status == WEIR_OK && o->heap_size)
        *row = o->inputs[o->heap[0]].row;
    return status;
}

static void close_ordered(weir__stream *stream)
{
    ordered *o = (ordered *)stream;
    for (uint32_t i = 0; i < o->count; i++) {
        weir__stream_close(o->inputs[i].stream);
        weir__buf_deinit(&o->inputs[i].last);
        weir__free(&o->budget->mem, o->inputs[i].saved);
    }
    weir__free(&o->budget->mem, o->heap);
    weir__free(&o->budget->mem, o);
}

weir_status weir__ordered_open(weir__budget *budget, weir__stream **inputs, uint32_t count, const weir__merge_key *keys,
                               uint32_t key_count, weir__stream **out, weir_error *error)
{
    const weir__mem *mem = &budget->mem;
    ordered *o = weir__new(mem, sizeof *o + count * sizeof *o->inputs);
    *out = NULL;
    if (!o) {
        for (uint32_t i = 0; i < count; i++)
            weir__stream_close(inputs[i]);
        return weir__budget_fail(budget, error);
    }
    o->stream = (weir__stream){next, close_ordered, ""};
    o->budget = budget;
    o->keys = keys;
    o->key_count = key_count;
    o->count = count;
    o->heap = weir__array(mem, count, sizeof *o->heap);
    bool whole = o->heap != NULL;
    for (uint32_t i = 0; i < count; i++) {
        o->inputs[i].stream = inputs[i];
        o->inputs[i].saved = weir__array(mem, key_count, sizeof *o->inputs[i].saved);
        whole = whole && o->inputs[i].saved;
        weir__buf_init(&o->inputs[i].last, mem, SIZE_MAX);
    }
    if (!whole) {
        close_ordered(&o->stream);
        return weir__budget_fail(budget, error);
    }
    *out = &o->stream;
    return WEIR_OK;
}
