/* ddl_impl.h - what ddl.c and ddl_column.c share. SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_SCHEMA_DDL_IMPL_H
#define WEIR_SCHEMA_DDL_IMPL_H

#include "schema/ddl.h"

/* A column before the table's character set is known. */
typedef struct weir__ddl_column weir__ddl_column;
struct weir__ddl_column {
    weir__column column; /* charset and collation as written, "" where not */
    bool primary, unique;
    weir__ddl_column *next;
};

typedef struct weir__ddl {
    weir__ddl_lexer *lexer;
    weir__ddl_token token; /* the next one */
    weir__table_builder *builder;
    weir__ddl_refusal *refusal;
    const char *schema;
    const char *charset, *collation; /* of the table, "" where not said */
    weir__ddl_column *columns, **last;
    bool nomem; /* beside what the builder has failed of */
} weir__ddl;

/* ---- ddl.c: the token at hand ---- */
void weir__ddl_step(weir__ddl *d);
bool weir__ddl_is(const weir__ddl *d, const char *word); /* a keyword in any case, or a sign */
bool weir__ddl_take(weir__ddl *d, const char *word);     /* .. and goes on behind it */
bool weir__ddl_refused(const weir__ddl *d);
/* The first refusal stays. Gives false. */
bool weir__ddl_refuse(weir__ddl *d, const char *what);
/* A name with or without quotes, in the table's memory; NULL: refused. */
const char *weir__ddl_name(weir__ddl *d);
/* A text in quotes, without them. */
const char *weir__ddl_text(weir__ddl *d, weir_str quoted);
/* From ( to ), both at hand and passed; inside without them. False: refused. */
bool weir__ddl_group(weir__ddl *d, weir_str *inside);

/* ---- ddl_column.c ---- */
/* A column, its name at hand. False: refused. */
bool weir__ddl_read_column(weir__ddl *d);
/* All columns are read and the table's options too: into the builder. */
void weir__ddl_add_columns(weir__ddl *d);

#endif
