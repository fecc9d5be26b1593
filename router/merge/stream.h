/* stream.h - rows that are pulled: what every operator of the merge takes and is. SPDX-License-Identifier: Apache-2.0
 * next gives one row; its cells stay valid until the next call of next or close on the same stream. After the end, and after a failure,
 * it is not called again. close frees the stream and those it reads from. No stream knows of sockets: what stands at the bottom may wait
 * (router/exec), what is here never does by itself. One thread. */
#ifndef WEIR_ROUTER_MERGE_STREAM_H
#define WEIR_ROUTER_MERGE_STREAM_H

#include "base/arena.h"
#include "base/budget.h"
#include "base/error.h"
#include "weir.h"

typedef struct weir__stream weir__stream;
struct weir__stream {
    /* *row is NULL after the last one. */
    weir_status (*next)(weir__stream *stream, const weir_value **row, weir_error *error);
    void (*close)(weir__stream *stream);
    const char *name; /* whose rows: a shard, for messages; "" inside */
};

static inline weir_status weir__stream_next(weir__stream *stream, const weir_value **row, weir_error *error)
{
    return stream->next(stream, row, error);
}

/* NULL is fine. */
static inline void weir__stream_close(weir__stream *stream)
{
    if (stream)
        stream->close(stream);
}

/* A row of its own: cells and what they point to. NULL: the arena is full. */
weir_value *weir__row_copy(weir__arena *arena, const weir_value *row, uint32_t width);

#endif
