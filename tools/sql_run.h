/* sql_run.h - one statement from text to printed answer. SPDX-License-Identifier: Apache-2.0
 * Not thread-safe, but for what sql_interrupt.h says. */
#ifndef WEIR_TOOLS_SQL_RUN_H
#define WEIR_TOOLS_SQL_RUN_H

#include "base/env.h"
#include "tools/sql_interrupt.h"
#include "tools/sql_print.h"
#include "router/sql/split.h"

/* All borrowed. */
typedef struct sql_runner {
    const weir__env *env;
    weir_session *session; /* NULL: none could be opened, and each statement gets open_error */
    const weir_error *open_error;
    sql_printer *printer;
    sql_interrupt *interrupt; /* NULL: Ctrl-C ends the process */
    bool any_failed;
} sql_runner;

/* Runs what the splitter found, or prints why it cannot; nothing for WEIR__SPLIT_MORE. */
void sql_run(sql_runner *runner, weir__split_event event, weir_str statement);

#endif
