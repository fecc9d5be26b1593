/* sql_terminal.h - statements typed at a prompt. SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_TOOLS_SQL_TERMINAL_H
#define WEIR_TOOLS_SQL_TERMINAL_H

#include "tools/sql_run.h"

/* Columns of the terminal that is standard output; 0: it is none. */
size_t sql_terminal_width(void);

/* Reads lines with editing and a history in memory, and runs the statements in them, until \q, exit, quit or Ctrl-D.
 * False: the terminal cannot be used. */
bool sql_terminal_loop(sql_runner *runner, weir__split *split);

#endif
