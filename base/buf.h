/* buf.h - a growing text with a maximum given at birth. SPDX-License-Identifier: Apache-2.0
 * add O(n) amortised. Invariants: (1) data is NUL-terminated whenever it is not NULL; (2) size <
 * limit; (3) a failure latches: the buffer is empty and stays so, failed tells why. Not
 * thread-safe. */
#ifndef WEIR_BASE_BUF_H
#define WEIR_BASE_BUF_H

#include <stddef.h>

#include "base/error.h"
#include "base/mem.h"
#include "weir.h"

typedef struct weir__buf {
    const weir__mem *mem;
    char *data; /* NULL before the first add and after a failure */
    size_t size, room, limit;
    weir_status failed; /* WEIR_OK, WEIR_NOMEM or WEIR_LIMIT */
} weir__buf;

void weir__buf_init(weir__buf *buf, const weir__mem *mem, size_t limit);
void weir__buf_deinit(weir__buf *buf);
void weir__buf_reset(weir__buf *buf); /* empty again, memory kept, failure forgotten */
char *weir__buf_detach(weir__buf *buf,
                       size_t *size); /* the caller frees with weir__free; NULL after a failure; size may be NULL */

void weir__buf_add(weir__buf *buf, const void *data, size_t size);
void weir__buf_adds(weir__buf *buf, const char *text);
void weir__buf_addc(weir__buf *buf, char c);
void weir__buf_addf(weir__buf *buf, const char *format, ...) WEIR__PRINTF(2, 3);
void weir__buf_addfv(weir__buf *buf, const char *format, va_list args) WEIR__PRINTF(2, 0);
char *weir__buf_grow(weir__buf *buf,
                     size_t size); /* size bytes more at the end, for the caller to fill; NULL on failure */
const char *weir__buf_text(const weir__buf *buf); /* never NULL: "" when empty */

#endif
