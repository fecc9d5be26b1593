/* mem.h - the one way to memory. SPDX-License-Identifier: Apache-2.0
 * An allocator hangs on the handle (env.h), so that tests can count and fail allocations. The only
 * file that calls malloc and free is mem.c. Memory is thread-safe as the table behind it is. */
#ifndef WEIR_BASE_MEM_H
#define WEIR_BASE_MEM_H

#include <stddef.h>

typedef struct weir__mem {
    /* old == NULL: a new block; size == 0: free it and give NULL; else resize. NULL on failure
     * leaves the old block. */
    void *(*resize)(void *context, void *old, size_t size);
    void *context;
} weir__mem;

extern const weir__mem weir__mem_system;

void *weir__alloc(const weir__mem *mem, size_t size);                     /* not cleared */
void *weir__new(const weir__mem *mem, size_t size);                       /* cleared */
void *weir__array(const weir__mem *mem, size_t count, size_t size);       /* cleared; NULL on overflow */
void *weir__resize(const weir__mem *mem, void *old, size_t size);         /* size > 0 */
void weir__free(const weir__mem *mem, void *block);                       /* NULL is fine */
char *weir__strdup(const weir__mem *mem, const char *text);               /* NULL only on failure */
char *weir__strndup(const weir__mem *mem, const char *text, size_t size); /* adds the NUL */

#endif
