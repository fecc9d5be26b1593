/* sql_interrupt.h - Ctrl-C cancels the running statement. SPDX-License-Identifier: Apache-2.0
 *
 * weir_cancel may not be called in a signal handler, so a thread waits for SIGINT (sigwait) and calls it, again and again until the
 * statement has ended: it may be between two calls of the library at any one moment. A SIGINT while no statement runs is dropped.
 * Each function takes NULL: then there is no such thread. */
#ifndef WEIR_TOOLS_SQL_INTERRUPT_H
#define WEIR_TOOLS_SQL_INTERRUPT_H

#include "base/mem.h"
#include "weir.h"

typedef struct sql_interrupt sql_interrupt;

/* Call before other threads are made: SIGINT is blocked in this one and in all made later. NULL: no thread or memory. */
sql_interrupt *sql_interrupt_new(const weir__mem *mem);
void sql_interrupt_free(sql_interrupt *interrupt);

/* Around each statement; the session must live until end. */
void sql_interrupt_begin(sql_interrupt *interrupt, weir_session *session);
void sql_interrupt_end(sql_interrupt *interrupt);
/* Has there been a SIGINT since the last begin? */
bool sql_interrupted(sql_interrupt *interrupt);

#endif
