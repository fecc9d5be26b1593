/* split_test.c - where statements end, for every way the input may be cut. SPDX-License-Identifier: Apache-2.0 */
#include "router/sql/split.h"

#include "base/str.h"
#include "tests/support/test.h"

enum { LIMIT = 64 };

static void note(weir__buf *got, weir__split_event event, weir_str statement)
{
    static const char *const names[] = {"more", "", "(too long)", "(no memory)", "(delimiter?)"};
    if (event == WEIR__SPLIT_STATEMENT)
        weir__buf_addf(got, "[%.*s]", WEIR__STR(statement));
    else
        weir__buf_adds(got, names[event]);
}

/* All statements of text, read in pieces of size bytes, as "[a][b](too long)". */
static void split_all(weir__buf *got, weir_str text, size_t size)
{
    weir__split split;
    weir__split_init(&split, &test_env()->mem, LIMIT);
    weir_str statement = {NULL, 0};
    for (size_t at = 0; at < text.size; at += size) {
        weir_str piece = {text.data + at, text.size - at < size ? text.size - at : size};
        weir__split_event event;
        while ((event = weir__split_feed(&split, &piece, &statement)) != WEIR__SPLIT_MORE)
            note(got, event, statement);
        EXPECT_INT(piece.size, 0);
    }
    weir__split_event event = weir__split_end(&split, &statement);
    if (event != WEIR__SPLIT_MORE)
        note(got, event, statement);
    weir__split_deinit(&split);
}

#define FOUR(x) x x x x
#define SIXTY FOUR("123456789012345")

static const struct {
    const char *name, *text, *want;
} rows[] = {
    {"nothing", "", ""},
    {"blanks", " \n\t ", ""},
    {"one", "select 1;", "[select 1]"},
    {"the last needs no delimiter", "select 1;\nselect 2", "[select 1][select 2]"},
    {"blanks in front are dropped", "  \r\n select 1 ;", "[select 1 ]"},
    {"empty statements", ";;  ;/* a */; # b\n;-- c\n;", ""},
    {"only a comment at the end", "select 1; -- done", "[select 1]"},
    {"only dashes at the end", "select 1; --", "[select 1]"},
    {"single quotes", "select ';';x;", "[select ';'][x]"},
    {"double quotes", "select \";\";x;", "[select \";\"][x]"},
    {"backticks", "select `;`;x;", "[select `;`][x]"},
    {"doubled quote", "select 'a'';b';x;", "[select 'a'';b'][x]"},
    {"escaped quote", "select 'a\\';b';x;", "[select 'a\\';b'][x]"},
    {"escaped backslash", "select 'a\\\\';x;", "[select 'a\\\\'][x]"},
    {"escaped in double quotes", "select \"a\\\";b\";x;", "[select \"a\\\";b\"][x]"},
    {"no escapes in backticks", "select `a\\`;x;", "[select `a\\`][x]"},
    {"doubled backtick", "select `a``;`;x;", "[select `a``;`][x]"},
    {"other quotes inside", "select '\"`;', \"'`;\", `'\";`;x;", "[select '\"`;', \"'`;\", `'\";`][x]"},
    {"comment openers inside quotes", "select '/*', '-- ', '#';x;", "[select '/*', '-- ', '#'][x]"},
    {"hash", "a # ; '\n;b;", "[a # ; '\n][b]"},
    {"hash behind a name", "a#;\n;b;", "[a#;\n][b]"},
    {"dashes and a blank", "a -- ;\n;b;", "[a -- ;\n][b]"},
    {"dashes and a tab", "a --\t;\n;b;", "[a --\t;\n][b]"},
    {"dashes and a control character", "a --\x01;\n;b;", "[a --\x01;\n][b]"},
    {"dashes and a line end", "a --\n;b;", "[a --\n][b]"},
    {"dashes and a letter", "a --b;c;", "[a --b][c]"},
    {"dashes and a delimiter", "a --;c;", "[a --][c]"},
    {"dashes and a quote", "a --';';c;", "[a --';'][c]"},
    {"dashes and a comment", "a --/*;*/;c;", "[a --/*;*/][c]"},
    {"three dashes", "a --- ;\n;b;", "[a --- ;\n][b]"},
    {"three dashes alone", "--- ;\n;b;", "[--- ;\n][b]"},
    {"a dash", "a-b;- -c;", "[a-b][- -c]"},
    {"comment", "a /* ; ' */;b;", "[a /* ; ' */][b]"},
    {"empty comment", "a /**/;b;", "[a /**/][b]"},
    {"not the end of a comment", "a /*/;*/;b;", "[a /*/;*/][b]"},
    {"stars", "a /***;***/;b;", "[a /***;***/][b]"},
    {"comments do not nest", "a /* /* ; */;b;", "[a /* /* ; */][b]"},
    {"hint", "select /*+ x(;) */ 1;b;", "[select /*+ x(;) */ 1][b]"},
    {"a slash", "a/b;/ *c;", "[a/b][/ *c]"},
    {"slash slash star", "a //*;*/;b;", "[a //*;*/][b]"},
    {"versioned", "/*! a; */;b;", "[/*! a; */][b]"},
    {"versioned with a number", "/*!40101 a */;b;", "[/*!40101 a */][b]"},
    {"versioned, MariaDB", "/*M!100100 a; */;b;", "[/*M!100100 a; */][b]"},
    {"an M that is none", "/*M ;*/ a;/*M*/b;/*MM!;*/c;", "[/*M ;*/ a][/*M*/b][/*MM!;*/c]"},
    {"string in a versioned comment", "/*! '*/;' */;b;", "[/*! '*/;' */][b]"},
    {"comment in a versioned comment", "/*! /* ; */ ; */;b;", "[/*! /* ; */ ; */][b]"},
    {"line comment in a versioned comment", "/*! # */ ;\n; */;b;", "[/*! # */ ;\n; */][b]"},
    {"stars in a versioned comment", "/*! a ** b **/;b;", "[/*! a ** b **/][b]"},
    {"a star outside", "select 2*/* ; */3;b;", "[select 2*/* ; */3][b]"},
    {"comment before", "/* a */ select 1; -- b\nc;", "[/* a */ select 1][-- b\nc]"},
    {"unfinished string", "a ';b;", "[a ';b;]"},
    {"unfinished comment", "/* a; drop;", "[/* a; drop;]"},
    {"unfinished opening", "/*", "[/*]"},
    {"a lone slash", "/", "[/]"},
    {"bytes", "select '\xFF\x80;';\xFE;", "[select '\xFF\x80;'][\xFE]"},
    {"at the limit", SIXTY "1234;b;", "[" SIXTY "1234][b]"},
    {"over the limit", SIXTY "12345;b;", "(too long)[b]"},
    {"far over the limit", "a '" SIXTY ";" SIXTY "' /* ; */;b;", "(too long)[b]"},
    {"over the limit at the end", SIXTY SIXTY, "(too long)"},
    {"long blanks", FOUR(FOUR("          ")) "a;", "[a]"},
    {"long comment alone", "/*" SIXTY SIXTY "*/;a;", "[a]"},
    {"delimiter", "delimiter //\na;b//c;//\nDELIMITER ;\nd;", "[a;b][c;][d]"},
    {"delimiter, blanks and CR", " Delimiter \t $$ \r\na;$$b", "[a;][b]"},
    {"delimiter behind a comment", "-- x\n# y\n/* z */ delimiter //\na;//", "[a;]"},
    {"delimiter in strings and comments", "delimiter //\n'//' \"//\" `//` # //\n -- //\n /* // */ a//b//",
     "['//' \"//\" `//` # //\n -- //\n /* // */ a][b]"},
    {"delimiter that begins anew", "delimiter aab\naaab/aa*/aab", "[a][/aa*/]"},
    {"empty with a long delimiter", "delimiter //\n////  //a//", "[a]"},
    {"slash before a comment", "delimiter //\na /*//*/ / //b", "[a /*//*/ / ][b]"},
    {"delimiter in a versioned comment", "delimiter //\n/*! a // b */ c//d//", "[/*! a // b */ c][d]"},
    {"delimiter without one", "delimiter \na;", "(delimiter?)[a]"},
    {"delimiter at once", "delimiter\na;", "(delimiter?)[a]"},
    {"two delimiters", "delimiter a b\na;", "(delimiter?)[a]"},
    {"delimiter with a quote", "delimiter '\na;", "(delimiter?)[a]"},
    {"delimiter too long", "delimiter 1234567890123456\na;", "(delimiter?)[a]"},
    {"the longest delimiter", "delimiter abcdefghijklmno\n" SIXTY "1234abcdefghijklmnob", "[" SIXTY "1234][b]"},
    {"delimiter at the end", "delimiter //", ""},
    {"delimiter is not the first word", "a delimiter //\n;b;", "[a delimiter //\n][b]"},
    {"a longer word", "delimiters //;b;", "[delimiters //][b]"},
    {"a broken word", "deli miter //;b;", "[deli miter //][b]"},
    {"a shorter word", "delim;b;", "[delim][b]"},
};

TEST(split, finds_the_ends_however_the_input_is_cut)
{
    static const size_t sizes[] = {1, 2, 3, 5, 7, 1000000};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
            weir__buf got;
            weir__buf_init(&got, &test_env()->mem, 100000);
            split_all(&got, weir__view(rows[i].text), sizes[k]);
            EXPECT_THAT(strcmp(weir__buf_text(&got), rows[i].want) == 0, "%s, %zu bytes a read: %s\n    not %s",
                        rows[i].name, sizes[k], weir__buf_text(&got), rows[i].want);
            weir__buf_deinit(&got);
        }
}

TEST(split, passes_nul_bytes_through)
{
    static const char text[] = "select '\0;', \0;\0;";
    weir__split split;
    weir__split_init(&split, &test_env()->mem, LIMIT);
    weir_str input = {text, sizeof text - 1}, statement = {NULL, 0};
    EXPECT_INT(weir__split_feed(&split, &input, &statement), WEIR__SPLIT_STATEMENT);
    EXPECT(statement.size == 14 && memcmp(statement.data, "select '\0;', \0", 14) == 0);
    EXPECT_INT(weir__split_feed(&split, &input, &statement), WEIR__SPLIT_STATEMENT);
    EXPECT(statement.size == 1 && statement.data[0] == '\0');
    EXPECT_INT(weir__split_feed(&split, &input, &statement), WEIR__SPLIT_MORE);
    weir__split_deinit(&split);
}

/* A co-process waits for the answer before it writes on: nothing may wait for a byte behind the delimiter. */
TEST(split, gives_a_statement_with_its_last_byte)
{
    weir__split split;
    weir__split_init(&split, &test_env()->mem, LIMIT);
    const char *text = "select 1;";
    weir_str statement = {NULL, 0};
    for (size_t i = 0; text[i]; i++) {
        weir_str input = {text + i, 1};
        EXPECT_INT(weir__split_feed(&split, &input, &statement),
                   text[i] == ';' ? WEIR__SPLIT_STATEMENT : WEIR__SPLIT_MORE);
        EXPECT(weir__split_pending(&split) == (text[i] != ';'));
    }
    weir_str more = weir__view("\n -- x\n");
    EXPECT_INT(weir__split_feed(&split, &more, &statement), WEIR__SPLIT_MORE);
    EXPECT(!weir__split_pending(&split));
    more = weir__view("/* a");
    EXPECT_INT(weir__split_feed(&split, &more, &statement), WEIR__SPLIT_MORE);
    EXPECT(weir__split_pending(&split));
    weir__split_reset(&split);
    EXPECT(!weir__split_pending(&split));
    more = weir__view("select 2;");
    EXPECT_INT(weir__split_feed(&split, &more, &statement), WEIR__SPLIT_STATEMENT);
    EXPECT(weir__str_is(statement, "select 2"));
    weir__split_deinit(&split);
}

/* Of a statement over the limit nothing is kept, so its size does not matter. */
TEST(split, keeps_its_memory_bounded)
{
    weir__split split;
    weir__split_init(&split, &test_env()->mem, 1000);
    char piece[1000];
    memset(piece, 'x', sizeof piece);
    weir_str statement = {NULL, 0};
    for (int i = 0; i < 1000; i++) {
        weir_str input = {piece, sizeof piece};
        EXPECT_INT(weir__split_feed(&split, &input, &statement), WEIR__SPLIT_MORE);
        EXPECT(split.text.room <= 2 * (1000 + WEIR__SPLIT_MAX_DELIMITER + 1));
    }
    weir_str input = weir__view(";y;");
    EXPECT_INT(weir__split_feed(&split, &input, &statement), WEIR__SPLIT_TOO_LONG);
    EXPECT_INT(weir__split_feed(&split, &input, &statement), WEIR__SPLIT_STATEMENT);
    EXPECT(weir__str_is(statement, "y"));
    weir__split_deinit(&split);
}

TORTURE(split, goes_on_after_a_failed_allocation)
{
    weir__split split;
    weir__split_init(&split, &test_env()->mem, 100000);
    weir_str input = weir__view(SIXTY SIXTY SIXTY "';';b;"), statement = {NULL, 0};
    weir__split_event first = weir__split_feed(&split, &input, &statement);
    EXPECT(first == WEIR__SPLIT_STATEMENT || first == WEIR__SPLIT_NOMEM);
    weir__split_event next = weir__split_feed(&split, &input, &statement);
    EXPECT(next == WEIR__SPLIT_STATEMENT ? weir__str_is(statement, "b") : next == WEIR__SPLIT_NOMEM);
    weir__split_deinit(&split);
    return first == WEIR__SPLIT_NOMEM || next == WEIR__SPLIT_NOMEM ? WEIR_NOMEM : WEIR_OK;
}
