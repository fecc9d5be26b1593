/* concat.c - one stream after the other; and the row's copy. SPDX-License-Identifier: Apache-2.0 */
#include "router/merge/operators.h"

#include <string.h>

typedef struct concat {
    weir__stream stream;
    weir__budget *budget;
    uint32_t at, count;
    weir__stream *inputs[];
} concat;

weir_value *weir__row_copy(weir__arena *arena, const weir_value *row, uint32_t width)
{
    weir_value *copy = weir__arena_array(arena, width, sizeof *copy);
    for (uint32_t i = 0; copy && i < width; i++) {
        copy[i] = row[i];
        if (row[i].type > WEIR_T_DOUBLE)
            copy[i].as.p = weir__arena_copy(arena, row[i].size ? row[i].as.p : "", row[i].size);
    }
    return arena->failed ? NULL : copy;
}

static weir_status next(weir__stream *stream, const weir_value **row, weir_error *error)
{
    concat *c = (concat *)stream;
    for (*row = NULL; c->at < c->count; c->at++) {
        weir_status status = weir__stream_next(c->inputs[c->at], row, error);
        if (status != WEIR_OK || *row)
            return status;
    }
    return WEIR_OK;
}

static void close_concat(weir__stream *stream)
{
    concat *c = (concat *)stream;
    for (uint32_t i = 0; i < c->count; i++)
        weir__stream_close(c->inputs[i]);
    weir__free(&c->budget->mem, c);
}

weir_status weir__concat_open(weir__budget *budget, weir__stream **inputs, uint32_t count, weir__stream **out,
                              weir_error *error)
{
    if (count == 1) {
        *out = inputs[0];
        return WEIR_OK;
    }
    concat *c = weir__new(&budget->mem, sizeof *c + count * sizeof *c->inputs);
    *out = c ? &c->stream : NULL;
    if (!c) {
        for (uint32_t i = 0; i < count; i++)
            weir__stream_close(inputs[i]);
        return weir__budget_fail(budget, error);
    }
    c->stream = (weir__stream){next, close_concat, ""};
    c->budget = budget;
    c->count = count;
    memcpy(c->inputs, inputs, count * sizeof *inputs);
    return WEIR_OK;
}
