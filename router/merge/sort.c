/* sort.c - all rows in memory, merge-sorted as a linked list. SPDX-License-Identifier: Apache-2.0 */
#include "router/merge/operators.h"

typedef struct kept {
    struct kept *next;
    const weir_value *row;
} kept;

typedef struct sort {
    weir__stream stream;
    weir__budget *budget;
    weir__stream *input;
    const weir__merge_key *keys;
    uint32_t key_count, width;
    bool read;
    weir__arena arena;
    kept *first;
} sort;

/* Both sorted; of equal ones those of a first. */
static kept *merge(const sort *s, kept *a, kept *b)
{
    kept *first = NULL, **last = &first;
    while (a && b) {
        kept **from = weir__merge_keys_compare(s->keys, s->key_count, a->row, b->row) <= 0 ? &a : &b;
        *last = *from;
        last = &(*last)->next;
        *from = *last;
    }
    *last = a ? a : b;
    return first;
}

/* Bottom-up: runs[i] holds 2^i rows. */
static kept *sorted(const sort *s, kept *list)
{
    enum { RUNS = 64 };
    kept *runs[RUNS] = {NULL}, *all = NULL;
    while (list) {
        kept *carry = list;
        unsigned i = 0;
        list = list->next;
        carry->next = NULL;
        for (; runs[i]; i++) {
            carry = merge(s, runs[i], carry);
            runs[i] = NULL;
        }
        runs[i] = carry;
    }
    for (unsigned i = 0; i < RUNS; i++)
        all = runs[i] ? merge(s, runs[i], all) : all;
    return all;
}

static weir_status read_all(sort *s, weir_error *error)
{
    kept **last = &s->first;
    const weir_value *row;
    weir_status status;
    s->read = true;
    while ((status = weir__stream_next(s->input, &row, error)) == WEIR_OK && row) {
        kept *k = weir__arena_take(&s->arena, sizeof *k);
        if (!k || !(k->row = weir__row_copy(&s->arena, row, s->width)))
            return weir__budget_fail(s->budget, error);
        *last = k;
        last = &k->next;
    }
    if (status == WEIR_OK)
        s->first = sorted(s, s->first);
    return status;
}

static weir_status next(weir__stream *stream, const weir_value **row, weir_error *error)
{
    sort *s = (sort *)stream;
    *row = NULL;
    if (!s->read) {
        weir_status status = read_all(s, error);
        if (status != WEIR_OK)
            return status;
    }
    if (s->first) {
        *row = s->first->row;
        s->first = s->first->next;
    }
    return WEIR_OK;
}

static void close_sort(weir__stream *stream)
{
    sort *s = (sort *)stream;
    weir__stream_close(s->input);
    weir__arena_deinit(&s->arena);
    weir__free(&s->budget->mem, s);
}

weir_status weir__sort_open(weir__budget *budget, weir__stream *input, uint32_t width, const weir__merge_key *keys,
                            uint32_t key_count, weir__stream **out, weir_error *error)
{
    sort *s = weir__new(&budget->mem, sizeof *s);
    *out = s ? &s->stream : NULL;
    if (!s) {
        weir__stream_close(input);
        return weir__budget_fail(budget, error);
    }
    s->stream = (weir__stream){next, close_sort, ""};
    s->budget = budget;
    s->input = input;
    s->keys = keys;
    s->key_count = key_count;
    s->width = width;
    weir__arena_init(&s->arena, &budget->mem, SIZE_MAX);
    return WEIR_OK;
}
