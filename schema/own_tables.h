/* own_tables.h - weir's own tables on the servers, all named weir_*. SPDX-License-Identifier: Apache-2.0
 * `weir setup` makes them; each is harmless where it is not used. */
#ifndef WEIR_SCHEMA_OWN_TABLES_H
#define WEIR_SCHEMA_OWN_TABLES_H

#include <stddef.h>

typedef struct weir__own_table {
    const char *name;
    const char *purpose;
    const char *columns; /* what stands between the parentheses of CREATE TABLE */
} weir__own_table;

extern const weir__own_table weir__own_tables[];
extern const size_t weir__own_table_count;

/* What stands behind the parentheses. */
extern const char weir__own_table_options[];

#endif
