/* log.c - one line to whoever listens. SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/limits.h"

void weir__logf(const weir__log *log, weir_log_level level, const char *format, ...)
{
    char line[WEIR__MAX_LOG_BYTES];
    va_list args;
    if (!log->write || (int)level > __atomic_load_n(&log->level, __ATOMIC_RELAXED))
        return;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    log->write(log->context, (int)level, line);
}
