/* arena.h - memory of one statement or one configuration: many small pieces, one free.
 * SPDX-License-Identifier: Apache-2.0 take O(1), deinit O(blocks). Invariants: (1) the sum of what
 * was taken never passes the limit given at init; (2) a failure latches: every later take gives
 * NULL and failed tells, so builders of trees need no check at each node. Not thread-safe. */
#ifndef WEIR_BASE_ARENA_H
#define WEIR_BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"
#include "weir.h"

typedef struct weir__arena_block weir__arena_block;

typedef struct weir__arena {
    const weir__mem *mem;
    weir__arena_block *blocks; /* newest first */
    char *next, *end;          /* free part of the newest */
    size_t taken, limit;       /* bytes */
    weir_status failed;        /* WEIR_OK, WEIR_NOMEM or WEIR_LIMIT */
} weir__arena;

void weir__arena_init(weir__arena *arena, const weir__mem *mem, size_t limit); /* allocates nothing yet */
/* The same with a first block of the caller's (may be NULL), which must live as long as what is
 * taken. */
void weir__arena_init_with(weir__arena *arena, const weir__mem *mem, size_t limit, void *first, size_t size);
void weir__arena_deinit(weir__arena *arena);
/* Forgets all that was taken and keeps the first block for the next use. */
void weir__arena_reset(weir__arena *arena);

/* Bytes of memory held, the unused end of the newest block too. O(blocks) */
size_t weir__arena_held(const weir__arena *arena);

void *weir__arena_take(weir__arena *arena, size_t size);                /* cleared, aligned for anything */
void *weir__arena_array(weir__arena *arena, size_t count, size_t size); /* likewise */
void *weir__arena_copy(weir__arena *arena, const void *data, size_t size);
char *weir__arena_text(weir__arena *arena, const char *text, size_t size); /* adds a NUL */

#endif
