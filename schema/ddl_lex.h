/* ddl_lex.h - the words of a file of CREATE statements. SPDX-License-Identifier: Apache-2.0
 * For schema_file only, which holds what SHOW CREATE TABLE and dumps print: the statements of a service are read by router/sql. next
 * O(token). What stands in comments for some versions is read as if it stood there without. Text is UTF-8; a string ends where the
 * default sql_mode ends it. Pure. */
#ifndef WEIR_SCHEMA_DDL_LEX_H
#define WEIR_SCHEMA_DDL_LEX_H

#include <stdbool.h>
#include <stdint.h>

#include "weir.h"

typedef enum weir__ddl_kind {
    WEIR__DDL_END,
    WEIR__DDL_WORD,   /* letters, digits, _ $ and bytes above ASCII: names, keywords, numbers */
    WEIR__DDL_NAME,   /* `..`: text with its quotes */
    WEIR__DDL_STRING, /* '..' or "..": text with its quotes */
    WEIR__DDL_SIGN,   /* any other character */
} weir__ddl_kind;

typedef struct weir__ddl_token {
    weir__ddl_kind kind;
    weir_str text;
    uint32_t line, column; /* from 1; of bytes */
    bool unclosed;         /* a string or name without end */
} weir__ddl_token;

typedef struct weir__ddl_lexer {
    const char *at, *end, *line_start;
    uint32_t line;
} weir__ddl_lexer;

void weir__ddl_begin(weir__ddl_lexer *lexer, weir_str text);
weir__ddl_token weir__ddl_next(weir__ddl_lexer *lexer);
/* Goes behind the next `mark`, wherever it stands. */
void weir__ddl_skip_to(weir__ddl_lexer *lexer, weir_str mark);
/* What is left of the line, without blanks around it. */
weir_str weir__ddl_rest_of_line(weir__ddl_lexer *lexer);

#endif
