/* words.c - see words.h. SPDX-License-Identifier: Apache-2.0 */
#include "router/migrate/words.h"

#include "base/str.h"

void weir__words_begin(weir__words *w, weir_str sql, const weir__lex_options *options)
{
    w->sql = sql;
    weir__lexer_init(&w->lexer, sql, options);
    w->token = weir__lex(&w->lexer);
}

void weir__words_step(weir__words *w)
{
    if (!weir__words_end(w))
        w->token = weir__lex(&w->lexer);
}

bool weir__words_end(const weir__words *w)
{
    int id = w->token.id;
    return id == WEIR__TK_EOF || id == WEIR__TK_ILLEGAL || weir__token_is_unclosed(id);
}

weir_str weir__words_text(const weir__words *w)
{
    return weir__token_text(w->sql, w->token);
}

bool weir__words_at(const weir__words *w, const char *word)
{
    return !weir__words_end(w) && weir__str_is_nocase(weir__words_text(w), word);
}

bool weir__words_take(weir__words *w, const char *word)
{
    bool is = weir__words_at(w, word);
    if (is)
        weir__words_step(w);
    return is;
}

/* One part of a name, without its quotes. */
static bool part(weir__words *w, weir_str *name)
{
    weir_str text = weir__words_text(w);
    bool quoted = text.size > 2 && (text.data[0] == '`' || text.data[0] == '"');
    if (weir__words_end(w) || !(weir__token_is_name(w->token.id) || weir__token_is_word(w->token.id) || quoted))
        return false;
    if (quoted) {
        char quote = text.data[0];
        text = (weir_str){text.data + 1, text.size - 2};
        if (memchr(text.data, quote, text.size))
            return false;
    }
    *name = text;
    weir__words_step(w);
    return text.size > 0;
}

bool weir__words_name(weir__words *w, weir_str *schema, weir_str *name)
{
    *schema = (weir_str){NULL, 0};
    if (!part(w, name))
        return false;
    if (!weir__words_take(w, "."))
        return true;
    *schema = *name;
    return part(w, name);
}

void weir__words_group(weir__words *w)
{
    int depth = 0;
    do {
        depth += weir__words_at(w, "(") - weir__words_at(w, ")");
        weir__words_step(w);
    } while (depth > 0 && !weir__words_end(w));
}
