/* ddl.h - one CREATE TABLE as a table. SPDX-License-Identifier: Apache-2.0
 * Understood is what SHOW CREATE TABLE of MariaDB and MySQL prints, and the same written by hand: columns with their types and
 * attributes, keys, foreign keys, ENGINE and the default character set. A word that is not understood refuses the table: half of a
 * description is none. Partitions and further options of the table change nothing that is described and are passed over. Pure. */
#ifndef WEIR_SCHEMA_DDL_H
#define WEIR_SCHEMA_DDL_H

#include "schema/ddl_lex.h"
#include "schema/table.h"

/* Why a statement gives no table. */
typedef struct weir__ddl_refusal {
    uint32_t line, column; /* 0: there is none */
    char text[160];
} weir__ddl_refusal;

/* The lexer stands behind CREATE [OR REPLACE] TABLE. schema: where a foreign key leads that names none. OK with *table, or NULL and the
 * refusal; the lexer then stands somewhere in the statement, else before its end. NOMEM, LIMIT. */
weir_status weir__ddl_table(const weir__mem *mem, weir__ddl_lexer *lexer, const char *schema, weir__table **table,
                            weir__ddl_refusal *refusal, weir_error *error);

#endif
