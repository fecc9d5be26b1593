/* stacks.c - stacks with a guard page below, a few of them kept. SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/stacks.h"

struct weir__stacks {
    const weir__mem *mem;
    pthread_mutex_t lock;
    weir__stack *unused;
    size_t count, most;
};

static size_t page(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

/* The head of an unused stack stands in the stack itself. */
static void unmap(weir__stack *stack)
{
    munmap(stack->data - page(), stack->size + page());
}

weir__stacks *weir__stacks_new(const weir__mem *mem, size_t most)
{
    weir__stacks *stacks = weir__new(mem, sizeof *stacks);
    if (!stacks)
        return NULL;
    stacks->mem = mem;
    stacks->most = most;
    pthread_mutex_init(&stacks->lock, NULL);
    return stacks;
}

void weir__stacks_free(weir__stacks *stacks)
{
    if (!stacks)
        return;
    while (stacks->unused) {
        weir__stack *next = stacks->unused->next;
        unmap(stacks->unused);
        stacks->unused = next;
    }
    pthread_mutex_destroy(&stacks->lock);
    weir__free(stacks->mem, stacks);
}

size_t weir__stacks_kept(weir__stacks *stacks)
{
    pthread_mutex_lock(&stacks->lock);
    size_t count = stacks->count;
    pthread_mutex_unlock(&stacks->lock);
    return count;
}

weir__stack *weir__stacks_take(weir__stacks *stacks)
{
    pthread_mutex_lock(&stacks->lock);
    weir__stack *stack = stacks->unused;
    if (stack) {
        stacks->unused = stack->next;
        stacks->count--;
    }
    pthread_mutex_unlock(&stacks->lock);
    if (stack)
        return stack;
    char *low =
        mmap(NULL, WEIR__STACK_BYTES + page(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (low == MAP_FAILED)
        return NULL;
    if (mprotect(low, page(), PROT_NONE) != 0) {
        munmap(low, WEIR__STACK_BYTES + page());
        return NULL;
    }
    stack = (weir__stack *)(void *)(low + page() + WEIR__STACK_BYTES - sizeof *stack);
    *stack = (weir__stack){.data = low + page(), .size = WEIR__STACK_BYTES};
    return stack;
}

void weir__stacks_give(weir__stacks *stacks, weir__stack *stack)
{
    if (!stack)
        return;
    pthread_mutex_lock(&stacks->lock);
    bool keep = stacks->count < stacks->most;
    if (keep) {
        stack->next = stacks->unused;
        stacks->unused = stack;
        stacks->count++;
    }
    pthread_mutex_unlock(&stacks->lock);
    if (!keep)
        unmap(stack);
}
