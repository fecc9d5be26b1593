/* tokens.c - see tokens.h. SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/sql/tokens.h"

#include <ctype.h>
#include <stdio.h>

#include "base/str.h"

static const char *label(int id)
{
    switch (id) {
    case WEIR__TK_ILLEGAL:
        return "illegal:";
    case WEIR__TK_UNCLOSED_STRING:
        return "unclosed-string:";
    case WEIR__TK_UNCLOSED_NAME:
        return "unclosed-name:";
    case WEIR__TK_UNCLOSED_COMMENT:
        return "unclosed-comment:";
    case WEIR__TK_IDENT:
        return "name:";
    case WEIR__TK_QUOTED:
        return "quoted:";
    case WEIR__TK_USERVAR:
        return "var:";
    case WEIR__TK_SYSVAR:
        return "sysvar:";
    case WEIR__TK_INTEGER_NUMBER:
        return "int:";
    case WEIR__TK_DECIMAL_NUMBER:
        return "dec:";
    case WEIR__TK_FLOAT_NUMBER:
        return "float:";
    case WEIR__TK_STRING:
        return "str:";
    case WEIR__TK_NSTRING:
        return "nstr:";
    case WEIR__TK_HEX:
        return "hex:";
    case WEIR__TK_BITS:
        return "bits:";
    case WEIR__TK_INTRODUCER:
        return "charset:";
    case WEIR__TK_HINT:
        return "hint:";
    case WEIR__TK_CONCAT:
        return "concat:";
    case WEIR__TK_NOT2:
        return "not2:";
    default:
        return "";
    }
}

void print_tokens(char *out, size_t size, weir_str sql, const weir__lex_options *options)
{
    weir__lexer lexer;
    size_t at = 0;

    weir__lexer_init(&lexer, sql, options);
    out[0] = '\0';
    for (weir__token t = weir__lex(&lexer); t.id != WEIR__TK_EOF; t = weir__lex(&lexer)) {
        weir_str text = weir__token_text(sql, t);
        if (at >= size)
            return;
        int wrote = snprintf(out + at, size - at, "%s%s%.*s", at ? " " : "", label(t.id), WEIR__STR(text));
        if (weir__token_is_word(t.id))
            for (size_t i = at; i < at + (size_t)wrote && i < size; i++)
                out[i] = (char)toupper((unsigned char)out[i]);
        at += (size_t)wrote;
    }
}
