/* tokens.h - prints what the lexer gives, for tables of tests. SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_TESTS_SQL_TOKENS_H
#define WEIR_TESTS_SQL_TOKENS_H

#include "router/sql/lexer.h"

/* "SELECT 1 FROM t" -> "SELECT int:1 FROM name:t". Operators print as themselves. Always ends in NUL. */
void print_tokens(char *out, size_t size, weir_str sql, const weir__lex_options *options);

#endif
