/* session_state.h - SETs that are known: what they assign, and so how to repeat and undo it. SPDX-License-Identifier: Apache-2.0
 * A session that has run only such SETs needs no connection of its own (docs/session-state.md). Pure but for memory. */
#ifndef WEIR_ROUTER_SESSION_STATE_H
#define WEIR_ROUTER_SESSION_STATE_H

#include "drivers/settings.h"
#include "router/sql/lexer.h"

/* A SET that assigns nothing but constants to variables of settings.h, in session scope: gives how many, and the settings, which the
 * caller frees. Else 0: it must be taken for one that nobody can undo. Out of memory is 0 too. */
unsigned weir__set_is_known(const weir__mem *mem, weir_str sql, const weir__lex_options *options,
                            weir__settings **settings);

#endif
