/* check_schema.h - schema_file of each database: is it understood, and do the rules fit its tables? SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_TOOLS_CHECK_SCHEMA_H
#define WEIR_TOOLS_CHECK_SCHEMA_H

#include "base/buf.h"
#include "schema/config_tables.h"

typedef struct check_schema {
    weir__buf lines; /* a finding a line, each with its place */
    size_t errors;   /* of them; the others are passed over by weir, and so are said */
} check_schema;

void check_schema_run(check_schema *c, const weir__env *env, const weir__config *config);
void check_schema_deinit(check_schema *c);

#endif
