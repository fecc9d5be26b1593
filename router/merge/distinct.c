/* distinct.c - remembers the keys of the rows it gave on. SPDX-License-Identifier: Apache-2.0 */
#include "router/merge/groups.h"
#include "router/merge/operators.h"

typedef struct distinct {
    weir__stream stream;
    weir__budget *budget;
    weir__stream *input;
    const weir__merge_key *keys;
    uint32_t key_count;
    weir__arena arena;
    weir__groups seen;
    weir__buf key;
} distinct;

static weir_status next(weir__stream *stream, const weir_value **row, weir_error *error)
{
    distinct *d = (distinct *)stream;
    for (;;) {
        bool added;
        weir_status status = weir__stream_next(d->input, row, error);
        if (status != WEIR_OK || !*row)
            return status;
        weir__buf_reset(&d->key);
        for (uint32_t i = 0; i < d->key_count; i++)
            weir__merge_key_encode(d->keys[i].kind, &(*row)[d->keys[i].column], &d->key);
        if (d->key.failed || !weir__groups_find(&d->seen, weir__buf_text(&d->key), d->key.size, &added))
            return weir__budget_fail(d->budget, error);
        if (added)
            return WEIR_OK;
    }
}

static void close_distinct(weir__stream *stream)
{
    distinct *d = (distinct *)stream;
    weir__stream_close(d->input);
    weir__groups_deinit(&d->seen);
    weir__arena_deinit(&d->arena);
    weir__buf_deinit(&d->key);
    weir__free(&d->budget->mem, d);
}

weir_status weir__distinct_open(weir__budget *budget, weir__stream *input, const weir__merge_key *keys,
                                uint32_t key_count, weir__stream **out, weir_error *error)
{
    distinct *d = weir__new(&budget->mem, sizeof *d);
    *out = d ? &d->stream : NULL;
    if (!d) {
        weir__stream_close(input);
        return weir__budget_fail(budget, error);
    }
    d->stream = (weir__stream){next, close_distinct, ""};
    d->budget = budget;
    d->input = input;
    d->keys = keys;
    d->key_count = key_count;
    weir__arena_init(&d->arena, &budget->mem, SIZE_MAX);
    weir__groups_init(&d->seen, budget, &d->arena, 0);
    weir__buf_init(&d->key, &budget->mem, SIZE_MAX);
    return WEIR_OK;
}
