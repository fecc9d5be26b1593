/* mem.c - the system allocator behind weir__mem, and small helpers.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void *system_resize(void *context, void *old, size_t size)
{
    (void)context;
    if (size == 0) {
        free(old);
        return NULL;
    }
    return realloc(old, size);
}

const weir__mem weir__mem_system = {system_resize, NULL};

void *weir__alloc(const weir__mem *mem, size_t size)
{
    return mem->resize(mem->context, NULL, size ? size : 1);
}

void *weir__new(const weir__mem *mem, size_t size)
{
    void *block = weir__alloc(mem, size);
    if (block)
        memset(block, 0, size);
    return block;
}

void *weir__array(const weir__mem *mem, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        return NULL;
    return weir__new(mem, count * size);
}

void *weir__resize(const weir__mem *mem, void *old, size_t size)
{
    return mem->resize(mem->context, old, size ? size : 1);
}

void weir__free(const weir__mem *mem, void *block)
{
    if (block)
        mem->resize(mem->context, block, 0);
}

char *weir__strndup(const weir__mem *mem, const char *text, size_t size)
{
    char *copy = weir__alloc(mem, size + 1);
    if (copy) {
        memcpy(copy, text, size);
        copy[size] = '\0';
    }
    return copy;
}

char *weir__strdup(const weir__mem *mem, const char *text)
{
    return weir__strndup(mem, text, strlen(text));
}
