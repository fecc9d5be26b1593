/* plan_literal.c - see plan_literal.h. SPDX-License-Identifier: Apache-2.0
 * The lexer says where the literal's tokens are, for between them there may be blanks and comments. */
#include "router/plan/plan_literal.h"

#include <string.h>

#include "base/str.h"

#define TK(name) WEIR__TK_##name

/* ---- numbers ---- */

bool weir__literal_number(weir_str text, const weir__lex_options *reading, weir__number *number)
{
    weir__lexer lexer;
    weir__token sign, t;

    weir__lexer_init(&lexer, text, reading);
    sign = t = weir__lex(&lexer);
    if (sign.id == TK(MINUS) || sign.id == TK(PLUS))
        t = weir__lex(&lexer);
    if (t.id != TK(INTEGER_NUMBER) && t.id != TK(DECIMAL_NUMBER) && t.id != TK(FLOAT_NUMBER))
        return false;
    number->negative = sign.id == TK(MINUS);
    number->digits = weir__token_text(text, t);
    return true;
}

bool weir__literal_whole_number(weir_str text, const weir__lex_options *reading, weir__whole_number *number)
{
    weir__number n;
    uint64_t magnitude = 0;

    if (!weir__literal_number(text, reading, &n))
        return false;
    for (size_t i = 0; i < n.digits.size; i++) {
        uint64_t digit = (unsigned char)n.digits.data[i] - (uint64_t)'0';
        if (digit > 9 || magnitude > (UINT64_MAX - digit) / 10)
            return false;
        magnitude = magnitude * 10 + digit;
    }
    *number = (weir__whole_number){n.negative && magnitude, magnitude};
    return true;
}

/* ---- strings ---- */

/* The byte that the one behind a backslash stands for; 0 in *keep_backslash: that goes. */
static char unescape(char c, bool *keep_backslash)
{
    *keep_backslash = false;
    switch (c) {
    case '0':
        return '\0';
    case 'b':
        return '\b';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    case 'Z':
        return '\x1A';
    case '%':
    case '_': /* kept for LIKE */
        *keep_backslash = true;
        return c;
    default:
        return c;
    }
}

/* token: with its quotes. Gives the end of what was written, or NULL: no room. */
static char *add_string(weir_str token, bool escapes, char *to, const char *limit)
{
    const char *c = token.data + 1, *end = token.data + token.size - 1;
    const char quote = token.data[0];
    while (c < end) {
        bool keep = false;
        char byte = *c++;
        if (byte == '\\' && escapes && c < end)
            byte = unescape(*c++, &keep);
        else if (byte == quote)
            c++; /* the second of two */
        if (limit - to < 1 + keep)
            return NULL;
        if (keep)
            *to++ = '\\';
        *to++ = byte;
    }
    return to;
}

/* Is it one string without anything to undo? */
static bool is_plain(weir_str token, bool escapes)
{
    const char *inner = token.data + 1;
    size_t size = token.size - 2;
    return !memchr(inner, token.data[0], size) && !(escapes && memchr(inner, '\\', size));
}

bool weir__literal_string(weir_str text, const weir__lex_options *reading, char *buffer, size_t room, weir_str *value)
{
    const bool escapes = !(reading->sql_mode & WEIR__NO_BACKSLASH_ESCAPES);
    weir__lexer lexer;
    weir__token t;
    char *to = buffer;

    weir__lexer_init(&lexer, text, reading);
    t = weir__lex(&lexer);
    if (t.id != TK(STRING))
        return false;
    if (t.end - t.start == text.size && is_plain(text, escapes)) {
        *value = (weir_str){text.data + 1, text.size - 2};
        return true;
    }
    for (; t.id != TK(EOF); t = weir__lex(&lexer)) {
        if (t.id != TK(STRING))
            return false;
        to = add_string(weir__token_text(text, t), escapes, to, buffer + room);
        if (!to)
            return false;
    }
    *value = (weir_str){buffer, (size_t)(to - buffer)};
    return true;
}
