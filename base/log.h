/* log.h - lines for the caller's log function; weir prints nothing itself.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BASE_LOG_H
#define WEIR_BASE_LOG_H

#include "base/error.h"
#include "weir.h"

typedef struct weir__log {
    void (*write)(void *context, int level, const char *line); /* NULL: nobody listens */
    void *context;
    int level; /* lines above it (weir_log_level) are not made */
} weir__log;

void weir__logf(const weir__log *log, weir_log_level level, const char *format, ...) WEIR__PRINTF(3, 4);

#endif
