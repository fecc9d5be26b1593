/* tokens.h - the numbers of the tokens, from grammar.y by lemon, and questions about them. SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ROUTER_SQL_TOKENS_H
#define WEIR_ROUTER_SQL_TOKENS_H

#include <stdbool.h>

#include "router/sql/grammar.h" /* made in the build folder */

enum { WEIR__TK_EOF = 0 };

/* grammar.y lists reserved words first, then words that may be names, each in the order of the alphabet. */
static inline bool weir__token_is_reserved(int id)
{
    return id >= WEIR__TK_ACCESSIBLE && id <= WEIR__TK_ZEROFILL;
}

static inline bool weir__token_is_word(int id)
{
    return id >= WEIR__TK_ACCESSIBLE && id <= WEIR__TK_ZONE;
}

static inline bool weir__token_is_unclosed(int id)
{
    return id >= WEIR__TK_UNCLOSED_STRING && id <= WEIR__TK_UNCLOSED_COMMENT;
}

/* May stand where a name is asked for: plain, quoted, or a word that is not reserved. */
static inline bool weir__token_is_name(int id)
{
    return id == WEIR__TK_IDENT || id == WEIR__TK_QUOTED || (weir__token_is_word(id) && !weir__token_is_reserved(id));
}

#endif
