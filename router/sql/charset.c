/* charset.c - SET NAMES, SET CHARACTER SET, SET character_set_x. SPDX-License-Identifier: Apache-2.0 */
#include "router/sql/charset.h"

#include "base/str.h"

static bool is_utf8mb4(weir_str text)
{
    if (text.size >= 2 && (text.data[0] == '\'' || text.data[0] == '"' || text.data[0] == '`'))
        text = (weir_str){text.data + 1, text.size - 2};
    return weir__str_is_nocase(text, "utf8mb4");
}

/* character_set_results, also behind @@, @@session. or in backticks */
static bool is_charset_variable(weir_str text)
{
    static const char prefix[] = "character_set_";
    for (size_t i = 0; i + sizeof prefix - 1 <= text.size; i++)
        if (strncasecmp(text.data + i, prefix, sizeof prefix - 1) == 0)
            return true;
    return false;
}

bool weir__sql_sets_charset(weir_str sql, const weir__lex_options *options)
{
    weir__lexer lexer;
    weir_str before = {"", 0};
    weir__lexer_init(&lexer, sql, options);
    for (weir__token t = weir__lex(&lexer); t.id != WEIR__TK_EOF; t = weir__lex(&lexer)) {
        weir_str text = weir__token_text(sql, t);
        bool value = weir__str_is_nocase(before, "NAMES") && !weir__str_is(text, "=");
        if (value && !is_utf8mb4(text))
            return true;
        if (weir__str_is_nocase(text, "CHARSET") ||
            ((weir__str_is_nocase(before, "CHARACTER") || weir__str_is_nocase(before, "CHAR")) &&
             weir__str_is_nocase(text, "SET")))
            return true;
        if (t.id != WEIR__TK_STRING && is_charset_variable(text))
            return true;
        before = text;
    }
    return false;
}
