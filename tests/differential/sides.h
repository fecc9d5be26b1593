/* sides.h - the two that are asked: an unsharded server, and weir. SPDX-License-Identifier: Apache-2.0
 * The reference is a raw connection of the client library: no code of weir is between it and the server. */
#ifndef WEIR_TESTS_DIFFERENTIAL_SIDES_H
#define WEIR_TESTS_DIFFERENTIAL_SIDES_H

#include "tests/differential/outcome.h"

typedef struct reference reference;

/* As root over the cluster's own socket, with the settings that weir gives its connections. sql_mode: NULL for the server's own. NULL: said on stderr why. */
reference *reference_open(const char *socket, const char *password, const char *sql_mode);
void reference_close(reference *ref);
/* Runs one statement, as the step says. */
void reference_run(reference *ref, const statement *s, weir__arena *arena, outcome *out);
/* A plain text. False: it failed, said on stderr. */
bool reference_do(reference *ref, const char *sql);
/* The first cell of a plain text, -1 on a failure. */
int64_t reference_number(reference *ref, const char *sql);
/* All rows of a plain text. */
void reference_ask(reference *ref, weir_str sql, weir__arena *arena, outcome *out);
/* Is it SQL to the server? Asked by preparing it: nothing runs. */
bool reference_parses(reference *ref, weir_str sql);

/* Runs one statement through weir. */
void weir_run(weir_session *session, const statement *s, weir__arena *arena, outcome *out);

#endif
