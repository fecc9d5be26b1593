/* information.h - what a server's information_schema says of tables. SPDX-License-Identifier: Apache-2.0
 * A batch of queries on a connection of the caller's, for one table or for all of a schema. MariaDB and MySQL are read alike; where they
 * print differently (defaults, EXTRA, keys over expressions) the difference ends here.
 * The queries are not one snapshot: while somebody changes the table, the answer may be of before and after. Whoever changes a table
 * through weir drops it from the catalog afterwards. Not here: who asks and when (catalog.h). */
#ifndef WEIR_SCHEMA_INFORMATION_H
#define WEIR_SCHEMA_INFORMATION_H

#include "drivers/driver.h"
#include "schema/table.h"

/* One row: the cells as text, NULL as {NULL, 0}; borrowed for the call. */
typedef void weir__information_row(void *context, const weir_str *cells, uint32_t count);

/* Runs one statement of weir's own by conn->deadline, each row to each (may be NULL). */
weir_status weir__information_ask(weir__conn *conn, const char *sql, weir__information_row *each, void *context,
                                  weir_error *error);

/* The table, NULL when there is none of that name (as the server compares names). conn->deadline bounds each query. */
weir_status weir__information_table(weir__conn *conn, const char *schema, const char *table, weir__table **out,
                                    weir_error *error);
/* The last by name of the tables <before><digits><behind>, NULL when there is none. */
weir_status weir__information_latest(weir__conn *conn, const char *schema, const char *before, const char *behind,
                                     weir__table **out, weir_error *error);

#endif
