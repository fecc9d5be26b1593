/* limit.c - LIMIT and OFFSET of the whole. SPDX-License-Identifier: Apache-2.0 */
#include "router/merge/operators.h"

typedef struct limit {
    weir__stream stream;
    weir__budget *budget;
    weir__stream *input;
    uint64_t offset, left;
} limit;

static weir_status next(weir__stream *stream, const weir_value **row, weir_error *error)
{
    limit *l = (limit *)stream;
    weir_status status = WEIR_OK;
    *row = NULL;
    if (l->left == 0)
        return WEIR_OK;
    do
        status = weir__stream_next(l->input, row, error);
    while (status == WEIR_OK && *row && l->offset > 0 && l->offset--);
    if (l->left != UINT64_MAX)
        l->left--;
    return status;
}

static void close_limit(weir__stream *stream)
{
    limit *l = (limit *)stream;
    weir__stream_close(l->input);
    weir__free(&l->budget->mem, l);
}

weir_status weir__limit_open(weir__budget *budget, weir__stream *input, uint64_t offset, uint64_t count,
                             weir__stream **out, weir_error *error)
{
    limit *l = weir__new(&budget->mem, sizeof *l);
    *out = l ? &l->stream : NULL;
    if (!l) {
        weir__stream_close(input);
        return weir__budget_fail(budget, error);
    }
    *l = (limit){{next, close_limit, ""}, budget, input, offset, count};
    return WEIR_OK;
}
