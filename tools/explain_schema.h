/* explain_schema.h - tables from the files that weir.yaml names, for routing without servers. SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_TOOLS_EXPLAIN_SCHEMA_H
#define WEIR_TOOLS_EXPLAIN_SCHEMA_H

#include "router/route/routing.h"
#include "schema/schema_file.h"

typedef struct explain_schema {
    weir__routing_context routing; /* its find asks these */
    weir__schema_file **files;     /* by database, NULL: it names none */
    size_t count;                  /* that were read */
} explain_schema;

/* database: NULL where there is one. count stays 0 where weir.yaml names no file. Returns: OK; CONFIG, USAGE: a file cannot be read, the
 * database is not known or not named; NOMEM. Owns: explain_schema_close, in any case. */
weir_status explain_schema_open(explain_schema *schema, const weir__env *env, const weir__config *config,
                                const char *database, weir_error *error);
void explain_schema_close(explain_schema *schema);

#endif
