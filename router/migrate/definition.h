/* definition.h - which objects a CREATE, ALTER, DROP or RENAME names. SPDX-License-Identifier: Apache-2.0
 * Included by router/migrate only. Pure. */
#ifndef WEIR_ROUTER_MIGRATE_DEFINITION_H
#define WEIR_ROUTER_MIGRATE_DEFINITION_H

#include "router/migrate/statement.h"
#include "router/migrate/words.h"

/* Why it cannot be told afterwards whether it has run; such a statement must be declared repeatable. NULL: it can be told. */
typedef const char *weir__undecided;

/* The words stand behind the first one, which was CREATE, ALTER, DROP, RENAME or another. Fills step's objects. False: refused. */
bool weir__definition_read(weir__step *step, weir__words *w, weir_str first, weir__undecided *undecided, char *why,
                           size_t room);

#endif
