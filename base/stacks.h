/* stacks.h - memory that fibers run on. SPDX-License-Identifier: Apache-2.0
 * A page that nobody may touch stands below each: what runs over its end dies at once. take and give O(1), a system call only for a new
 * one, or one too many. The head stands at the upper end of the stack. Threads: any. */
#ifndef WEIR_BASE_STACKS_H
#define WEIR_BASE_STACKS_H

#include "base/fiber.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { WEIR__STACK_BYTES = 512 * 1024 }; /* instrumented frames are larger */
#else
enum { WEIR__STACK_BYTES = 64 * 1024 };
#endif

typedef struct weir__stack {
    struct weir__stack *next;
    char *data; /* above the guard page */
    size_t size;
    size_t align;
} weir__stack;

/* What a fiber may use of it. */
static inline size_t weir__stack_room(const weir__stack *stack)
{
    return (stack->size - sizeof *stack) & ~(size_t)15;
}

/* NULL: no memory. */
weir__stack *weir__stacks_take(weir__stacks *stacks);
void weir__stacks_give(weir__stacks *stacks, weir__stack *stack); /* NULL is fine */

#endif
