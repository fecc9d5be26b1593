/* ddl_lex.c - see ddl_lex.h. SPDX-License-Identifier: Apache-2.0 */
#include "schema/ddl_lex.h"

#include "base/str.h"

void weir__ddl_begin(weir__ddl_lexer *l, weir_str text)
{
    *l = (weir__ddl_lexer){text.data, text.data + text.size, text.data, 1};
}

static char peek(const weir__ddl_lexer *l, size_t ahead)
{
    return (size_t)(l->end - l->at) > ahead ? l->at[ahead] : '\0';
}

static void step(weir__ddl_lexer *l)
{
    if (*l->at++ == '\n') {
        l->line++;
        l->line_start = l->at;
    }
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' || (c & 0x80);
}

static void skip_line(weir__ddl_lexer *l)
{
    while (l->at < l->end && *l->at != '\n')
        l->at++;
}

/* Over the beginning of a comment that servers read: its inside is read here too. False: it is an ordinary one. */
static bool skip_mark(weir__ddl_lexer *l)
{
    size_t mark = peek(l, 2) == '!' ? 3 : peek(l, 2) == 'M' && peek(l, 3) == '!' ? 4 : 0;
    if (!mark)
        return false;
    l->at += mark;
    while (is_digit(peek(l, 0)))
        l->at++;
    return true;
}

static void skip_comment(weir__ddl_lexer *l)
{
    l->at += 2;
    while (l->at < l->end && !(peek(l, 0) == '*' && peek(l, 1) == '/'))
        step(l);
    l->at += l->at < l->end ? 2 : 0;
}

static void skip_blanks(weir__ddl_lexer *l)
{
    for (;;) {
        char c = peek(l, 0), d = peek(l, 1);
        bool dashes = c == '-' && d == '-' && (is_blank(peek(l, 2)) || l->end - l->at == 2);
        if (l->at < l->end && is_blank(c))
            step(l);
        else if (c == '#' || dashes)
            skip_line(l);
        else if (c == '*' && d == '/')
            l->at += 2; /* the end of what servers read */
        else if (c == '/' && d == '*') {
            if (!skip_mark(l))
                skip_comment(l);
        } else
            return;
    }
}

/* `..`, '..', "..": a quote written twice stands for one; \ escapes, but not in names. */
static bool take_quoted(weir__ddl_lexer *l)
{
    char quote = *l->at;
    for (step(l); l->at < l->end; step(l)) {
        if (*l->at == '\\' && quote != '`' && l->end - l->at > 1) {
            step(l);
        } else if (*l->at == quote) {
            l->at++;
            if (peek(l, 0) != quote)
                return true;
        }
    }
    return false;
}

weir__ddl_token weir__ddl_next(weir__ddl_lexer *l)
{
    skip_blanks(l);
    const char *from = l->at;
    weir__ddl_token token = {.line = l->line, .column = (uint32_t)(l->at - l->line_start) + 1};
    if (l->at == l->end)
        return token;
    if (*from == '`' || *from == '\'' || *from == '"') {
        token.kind = *from == '`' ? WEIR__DDL_NAME : WEIR__DDL_STRING;
        token.unclosed = !take_quoted(l);
    } else if (is_word(*from)) {
        token.kind = WEIR__DDL_WORD;
        while (l->at < l->end && is_word(*l->at))
            l->at++;
    } else {
        token.kind = WEIR__DDL_SIGN;
        l->at++;
    }
    token.text = weir__slice(from, l->at);
    return token;
}

void weir__ddl_skip_to(weir__ddl_lexer *l, weir_str mark)
{
    while (l->at < l->end && ((size_t)(l->end - l->at) < mark.size || memcmp(l->at, mark.data, mark.size) != 0))
        step(l);
    l->at += l->at < l->end ? mark.size : 0;
}

weir_str weir__ddl_rest_of_line(weir__ddl_lexer *l)
{
    while (l->at < l->end && (*l->at == ' ' || *l->at == '\t'))
        l->at++;
    const char *from = l->at;
    skip_line(l);
    const char *to = l->at;
    while (to > from && is_blank(to[-1]))
        to--;
    return weir__slice(from, to);
}
