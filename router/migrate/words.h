/* words.h - a statement's tokens, one after the other, for those who read only its beginning. SPDX-License-Identifier: Apache-2.0
 * O(tokens), no memory. Behind the end of the text, and behind what is not SQL, comes the end again and again. Pure. */
#ifndef WEIR_ROUTER_MIGRATE_WORDS_H
#define WEIR_ROUTER_MIGRATE_WORDS_H

#include "router/sql/lexer.h"

typedef struct weir__words {
    weir_str sql;
    weir__lexer lexer;
    weir__token token; /* at hand */
} weir__words;

void weir__words_begin(weir__words *w, weir_str sql, const weir__lex_options *options);
void weir__words_step(weir__words *w);
bool weir__words_end(const weir__words *w);
/* Is the token at hand this word, in any case and without quotes, or this sign? */
bool weir__words_at(const weir__words *w, const char *word);
bool weir__words_take(weir__words *w, const char *word); /* .. and goes on behind it */
weir_str weir__words_text(const weir__words *w);         /* as written */
/* [schema .] name, without quotes; false: there is none. Views into the text, but a quoted name that holds its quote gives false. */
bool weir__words_name(weir__words *w, weir_str *schema, weir_str *name);
/* Goes behind the parenthesis that closes the one at hand. */
void weir__words_group(weir__words *w);

#endif
