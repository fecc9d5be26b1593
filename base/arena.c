/* arena.c - a list of blocks, each twice as large as the one before up to a maximum.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct weir__arena_block {
    weir__arena_block *older;
    size_t size; /* of data */
    bool borrowed;
    _Alignas(max_align_t) char data[];
};

enum { FIRST_BLOCK = 2048, LARGEST_BLOCK = 256 * 1024, ALIGNMENT = _Alignof(max_align_t) };

void weir__arena_init_with(weir__arena *arena, const weir__mem *mem, size_t limit, void *first, size_t size)
{
    *arena = (weir__arena){.mem = mem, .limit = limit};
    if (first && size > sizeof(weir__arena_block) + ALIGNMENT && (uintptr_t)first % ALIGNMENT == 0) {
        weir__arena_block *block = first;
        *block = (weir__arena_block){.size = size - sizeof *block, .borrowed = true};
        arena->blocks = block;
        arena->next = block->data;
        arena->end = block->data + block->size;
    }
}

void weir__arena_init(weir__arena *arena, const weir__mem *mem, size_t limit)
{
    weir__arena_init_with(arena, mem, limit, NULL, 0);
}

static void drop_blocks(weir__arena *arena, bool keep_oldest)
{
    while (arena->blocks && !(keep_oldest && !arena->blocks->older)) {
        weir__arena_block *older = arena->blocks->older;
        if (!arena->blocks->borrowed)
            weir__free(arena->mem, arena->blocks);
        arena->blocks = older;
    }
}

void weir__arena_deinit(weir__arena *arena)
{
    drop_blocks(arena, false);
    arena->next = arena->end = NULL;
    arena->taken = 0;
}

void weir__arena_reset(weir__arena *arena)
{
    drop_blocks(arena, true);
    arena->next = arena->blocks ? arena->blocks->data : NULL;
    arena->end = arena->blocks ? arena->blocks->data + arena->blocks->size : NULL;
    arena->taken = 0;
    arena->failed = WEIR_OK;
}

size_t weir__arena_held(const weir__arena *arena)
{
    size_t held = 0;
    for (const weir__arena_block *block = arena->blocks; block; block = block->older)
        held += block->borrowed ? 0 : sizeof *block + block->size;
    return held;
}

static bool add_block(weir__arena *arena, size_t need)
{
    size_t size = arena->blocks ? arena->blocks->size * 2 : FIRST_BLOCK;
    if (size > LARGEST_BLOCK)
        size = LARGEST_BLOCK;
    if (size < need)
        size = need;
    weir__arena_block *block = weir__alloc(arena->mem, sizeof *block + size);
    if (!block)
        return false;
    *block = (weir__arena_block){.older = arena->blocks, .size = size};
    arena->blocks = block;
    arena->next = block->data;
    arena->end = block->data + size;
    return true;
}

void *weir__arena_take(weir__arena *arena, size_t size)
{
    if (arena->failed)
        return NULL;
    if (size > arena->limit - arena->taken) {
        arena->failed = WEIR_LIMIT;
        return NULL;
    }
    size_t rounded = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (rounded > (size_t)(arena->end - arena->next) && !add_block(arena, rounded)) {
        arena->failed = WEIR_NOMEM;
        return NULL;
    }
    void *piece = arena->next;
    arena->next += rounded;
    arena->taken += size;
    memset(piece, 0, size);
    return piece;
}

void *weir__arena_array(weir__arena *arena, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / 2 / size) {
        if (!arena->failed)
            arena->failed = WEIR_LIMIT;
        return NULL;
    }
    return weir__arena_take(arena, count * size);
}

void *weir__arena_copy(weir__arena *arena, const void *data, size_t size)
{
    void *copy = weir__arena_take(arena, size);
    if (copy && size)
        memcpy(copy, data, size);
    return copy;
}

char *weir__arena_text(weir__arena *arena, const char *text, size_t size)
{
    char *copy = weir__arena_take(arena, size + 1);
    if (copy && size)
        memcpy(copy, text, size);
    return copy;
}
