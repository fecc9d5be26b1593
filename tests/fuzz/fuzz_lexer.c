/* fuzz_lexer.c - any bytes as a statement: tokens one after the other, blanks and comments between them. SPDX-License-Identifier: Apache-2.0 */
#include "router/sql/effects.h"
#include "tests/fuzz/sql_input.h"

/* The same token must come from its own bytes alone, but for what its neighbours change. */
static void check_alone(weir_str sql, weir__token t, const weir__lex_options *options)
{
    weir__lexer lexer;
    weir__token alone;
    weir__lexer_init(&lexer, weir__token_text(sql, t), options);
    alone = weir__lex(&lexer);
    if (weir__token_is_unclosed(t.id) || t.id == WEIR__TK_ILLEGAL || t.id == WEIR__TK_IDENT || t.id == WEIR__TK_HINT ||
        t.id == WEIR__TK_DOT || weir__token_is_word(t.id))
        return; /* t.select is a name, cast( a word, /+ .. / a hint only behind SELECT */
    MUST(alone.id == t.id && alone.start == 0 && alone.end == t.end - t.start);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    weir__lex_options options;
    weir_str sql = sql_input(data, size, &options);
    weir__sql_effects effects;
    weir__lexer lexer;
    weir__token t;
    uint32_t end = 0, parameters = 0;
    bool unclosed = false, illegal = false, second = false, semicolon = false;

    weir__lexer_init(&lexer, sql, &options);
    for (t = weir__lex(&lexer); t.id != WEIR__TK_EOF; t = weir__lex(&lexer)) {
        MUST(!unclosed || weir__token_is_unclosed(t.id) == false);
        MUST(t.start < t.end && t.end <= sql.size);
        MUST(t.start >= end || t.id == WEIR__TK_UNCLOSED_COMMENT); /* a versioned comment without an end began before */
        second |= semicolon && t.id != WEIR__TK_SEMI;
        semicolon |= t.id == WEIR__TK_SEMI;
        parameters += t.id == WEIR__TK_PARAM && !semicolon && !illegal;
        illegal |= t.id == WEIR__TK_ILLEGAL;
        unclosed |= weir__token_is_unclosed(t.id);
        if (unclosed)
            MUST(t.end == sql.size);
        else
            check_alone(sql, t, &options);
        end = t.end;
    }
    MUST(t.start == sql.size && t.end == sql.size);
    MUST(weir__lex(&lexer).id == WEIR__TK_EOF);

    effects = weir__sql_effects_of(sql, &options);
    MUST(effects.parameters <= parameters || effects.body);
    MUST(!effects.more_than_one || second);
    MUST(!effects.unclosed || unclosed);
    MUST(!effects.illegal || illegal);
    MUST(!(effects.plain_read &&
           (effects.more_than_one || effects.unclosed || effects.illegal || effects.unknown_call)));
    MUST(effects.bad_at <= sql.size && effects.second_at <= sql.size);
    return 0;
}
