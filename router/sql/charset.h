/* charset.h - does a SET leave text that is no utf8mb4? SPDX-License-Identifier: Apache-2.0 Pure. */
#ifndef WEIR_ROUTER_SQL_CHARSET_H
#define WEIR_ROUTER_SQL_CHARSET_H

#include "router/sql/lexer.h"

/* sql: a SET statement. True when it names a character set other than utf8mb4 for the connection, in any of the ways there are. */
bool weir__sql_sets_charset(weir_str sql, const weir__lex_options *options);

#endif
