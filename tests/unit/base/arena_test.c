/* arena_test.c - the arena's limit, latching and reuse. SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <stdint.h>

#include "tests/support/test.h"

TEST(arena, pieces_are_cleared_aligned_and_apart)
{
    weir__arena a;
    weir__arena_init(&a, &test_env()->mem, 1 << 20);
    char *last = NULL;
    for (size_t size = 1; size < 600; size++) {
        char *piece = weir__arena_take(&a, size);
        EXPECT(piece && (uintptr_t)piece % _Alignof(max_align_t) == 0);
        for (size_t i = 0; i < size; i++)
            EXPECT(piece[i] == 0);
        memset(piece, 0xAA, size);
        EXPECT(piece != last);
        last = piece;
    }
    weir__arena_deinit(&a);
}

TEST(arena, the_limit_latches)
{
    weir__arena a;
    weir__arena_init(&a, &test_env()->mem, 100);
    EXPECT(weir__arena_take(&a, 60) != NULL);
    EXPECT(weir__arena_take(&a, 41) == NULL);
    EXPECT_INT(a.failed, WEIR_LIMIT);
    EXPECT(weir__arena_take(&a, 1) == NULL);
    weir__arena_reset(&a);
    EXPECT_INT(a.failed, WEIR_OK);
    EXPECT(weir__arena_take(&a, 100) != NULL);
    EXPECT(weir__arena_array(&a, SIZE_MAX / 2, 8) == NULL);
    weir__arena_deinit(&a);
}

TEST(arena, a_block_of_the_callers_is_used_first_and_not_freed)
{
    _Alignas(max_align_t) char first[512];
    weir__arena a;
    weir__arena_init_with(&a, &test_env()->mem, 1 << 20, first, sizeof first);
    char *piece = weir__arena_take(&a, 64);
    EXPECT(piece > first && piece < first + sizeof first);
    EXPECT(weir__arena_take(&a, 4096) != NULL);
    weir__arena_reset(&a);
    EXPECT(weir__arena_take(&a, 64) == piece);
    weir__arena_deinit(&a);
}

TORTURE(arena, growing)
{
    weir__arena a;
    weir__arena_init(&a, &test_env()->mem, 1 << 20);
    for (int i = 0; i < 5000; i++)
        weir__arena_text(&a, "some text", 9);
    weir_status status = a.failed;
    weir__arena_deinit(&a);
    return status;
}
