/* lexer.h - SQL text to tokens, as MySQL 8/9 and MariaDB 10.6-11 cut it. SPDX-License-Identifier: Apache-2.0
 * A token is a range of bytes of the text; no allocation, O(1) memory, one pass. The text is UTF-8 and needs no NUL at its end.
 * Blanks and comments give no token. A versioned comment (!50000 after its opening, for MariaDB also M!100100) gives
 * the tokens in it when the server would read them. An optimizer hint gives HINT right after SELECT, INSERT, REPLACE, UPDATE or DELETE;
 * elsewhere it is a comment, as for the server. Adjacent strings stay two tokens. */
#ifndef WEIR_ROUTER_SQL_LEXER_H
#define WEIR_ROUTER_SQL_LEXER_H

#include <stdbool.h>
#include <stdint.h>

#include "router/sql/tokens.h"
#include "weir.h"

typedef enum weir__flavour { WEIR__MARIADB, WEIR__MYSQL } weir__flavour;

/* The parts of sql_mode that change how text is read. */
enum {
    WEIR__ANSI_QUOTES = 1u << 0,
    WEIR__NO_BACKSLASH_ESCAPES = 1u << 1,
    WEIR__PIPES_AS_CONCAT = 1u << 2,
    WEIR__IGNORE_SPACE = 1u << 3,
    WEIR__HIGH_NOT_PRECEDENCE = 1u << 4,
};

/* All zero: a MariaDB of unknown version (see version) with none of the modes. */
typedef struct weir__lex_options {
    uint32_t sql_mode;     /* bits above */
    weir__flavour flavour; /* of the server that will run the text */
    uint32_t version;      /* as the server writes it: 101106, 80036; 0: unknown, read as the oldest supported */
} weir__lex_options;

typedef struct weir__token {
    uint32_t start, end; /* bytes of the text: [start, end) */
    int32_t id;          /* WEIR__TK_.. */
} weir__token;

typedef struct weir__lexer {
    const char *text, *cursor, *limit;
    const char *version_comment; /* where the versioned comment that is being read began, or NULL */
    weir__lex_options options;
    uint16_t not_token; /* NOT or NOT2 */
    uint16_t previous;  /* id of the last token */
    bool conditional;   /* a versioned comment was met, read or not */
    uint8_t after;      /* what the byte after a name or a dot means; lexer.re */
} weir__lexer;

/* text must live as long as the lexer is used. A text over WEIR__MAX_STATEMENT_BYTES gives ILLEGAL at once. */
void weir__lexer_init(weir__lexer *lexer, weir_str text, const weir__lex_options *options);

/* The next token. At the end WEIR__TK_EOF, again and again. After an UNCLOSED_.. token, which begins where the string, name or
 * comment does and reaches to the end, comes EOF; ILLEGAL is one byte. */
weir__token weir__lex(weir__lexer *lexer);

/* Bits for lex_options.sql_mode from the server's @@sql_mode ("ANSI_QUOTES,IGNORE_SPACE"); other words are passed over. */
uint32_t weir__sql_mode_of(weir_str sql_mode);

static inline weir_str weir__token_text(weir_str sql, weir__token token)
{
    weir_str text = {sql.data + token.start, token.end - token.start};
    return text;
}

#endif
