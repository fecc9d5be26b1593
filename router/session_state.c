/* session_state.c - reads a SET by its tokens; in doubt it is not known. SPDX-License-Identifier: Apache-2.0
 *
 *    SET {[SESSION | LOCAL] name | @@[session. | local.]name} {= | :=} {number | 'plain text' | ON | OFF | TRUE | FALSE}, ..
 *    SET NAMES utf8mb4 [COLLATE name], ..
 */
#include "router/session_state.h"

#include <stdio.h>

#include "base/str.h"

#define TK(name) WEIR__TK_##name

enum { VALUE = 600, COLLATION = 64 };

typedef struct reader {
    const weir__mem *mem;
    weir_str sql;
    weir__lexer lexer;
    weir__token token; /* the one that is looked at */
    weir__settings *settings;
    unsigned count;
} reader;

static void next(reader *r)
{
    r->token = weir__lex(&r->lexer);
}

static weir_str text(const reader *r)
{
    return weir__token_text(r->sql, r->token);
}

static bool is(const reader *r, const char *word)
{
    return weir__str_is_nocase(text(r), word);
}

/* 'text' without what quoting could change; as it is, with its quotes made single. */
static bool read_string(reader *r, weir_str *inner)
{
    weir_str t = text(r);
    if (r->token.id != TK(STRING) || t.size < 2 || (t.data[0] != '\'' && t.data[0] != '"'))
        return false;
    *inner = (weir_str){t.data + 1, t.size - 2};
    next(r);
    return weir__setting_is_plain(*inner) && r->token.id != TK(STRING); /* 'a' 'b' is one text */
}

static bool read_value(reader *r, char out[VALUE])
{
    weir_str inner;
    const char *sign = r->token.id == TK(MINUS) ? "-" : "";
    if (*sign)
        next(r);
    weir_str t = text(r);
    if (r->token.id == TK(INTEGER_NUMBER) || r->token.id == TK(DECIMAL_NUMBER)) {
        next(r);
        return snprintf(out, VALUE, "%s%.*s", sign, WEIR__STR(t)) < VALUE;
    }
    if (*sign)
        return false;
    if (is(r, "ON") || is(r, "OFF") || is(r, "TRUE") || is(r, "FALSE")) {
        next(r);
        return snprintf(out, VALUE, "%.*s", WEIR__STR(t)) < VALUE;
    }
    return read_string(r, &inner) && snprintf(out, VALUE, "'%.*s'", WEIR__STR(inner)) < VALUE;
}

static bool read_names(reader *r, char out[VALUE])
{
    weir_str charset = text(r), collation;
    bool name = weir__token_is_name(r->token.id) && r->token.id != TK(QUOTED);
    if (name)
        next(r);
    else if (!read_string(r, &charset))
        return false;
    if (!weir__str_is_nocase(charset, "utf8mb4"))
        return false;
    snprintf(out, VALUE, "utf8mb4");
    if (!is(r, "COLLATE"))
        return true;
    next(r);
    collation = text(r);
    if (r->token.id == TK(IDENT))
        next(r);
    else if (!read_string(r, &collation))
        return false;
    if (collation.size == 0 || collation.size > COLLATION || !weir__setting_is_plain(collation))
        return false;
    snprintf(out, VALUE, "utf8mb4 COLLATE '%.*s'", WEIR__STR(collation));
    return true;
}

/* @@name, @@session.name, @@local.name; COUNT for all else. */
static weir__setting find_variable(weir_str name)
{
    static const char *const scopes[] = {"session.", "local."};
    name = weir__slice(name.data + 2, name.data + name.size);
    for (size_t i = 0; i < sizeof scopes / sizeof *scopes; i++) {
        weir_str head = {name.data, strlen(scopes[i])};
        if (name.size > head.size && weir__str_is_nocase(head, scopes[i])) {
            name = weir__slice(name.data + head.size, name.data + name.size);
            break;
        }
    }
    return weir__setting_find(name);
}

static bool read_assignment(reader *r)
{
    char value[VALUE];
    weir__setting setting = WEIR__SETTING_names;
    bool known;
    if (is(r, "NAMES")) {
        next(r);
        known = read_names(r, value); /* SET names = 1 is none of ours: = is no name */
    } else {
        if (is(r, "SESSION") || is(r, "LOCAL"))
            next(r);
        if (r->token.id == TK(SYSVAR))
            setting = find_variable(text(r));
        else
            setting = r->token.id == TK(QUOTED) ? WEIR__SETTING_COUNT : weir__setting_find(text(r));
        next(r);
        known = setting != WEIR__SETTING_COUNT && (r->token.id == TK(EQ) || r->token.id == TK(ASSIGN));
        next(r);
        known = known && read_value(r, value);
    }
    r->count++;
    return known && weir__settings_put(r->mem, &r->settings, setting, weir__view(value));
}

unsigned weir__set_is_known(const weir__mem *mem, weir_str sql, const weir__lex_options *options,
                            weir__settings **settings)
{
    reader r = {.mem = mem, .sql = sql};
    bool known;
    weir__lexer_init(&r.lexer, sql, options);
    next(&r);
    known = r.token.id == TK(SET);
    do {
        next(&r);
        known = known && read_assignment(&r);
    } while (known && r.token.id == TK(COMMA));
    if (known && r.token.id == TK(SEMI))
        next(&r);
    known = known && r.token.id == TK(EOF) && !r.lexer.conditional;
    if (known) {
        *settings = r.settings;
        return r.count;
    }
    weir__settings_free(mem, r.settings);
    *settings = NULL;
    return 0;
}
