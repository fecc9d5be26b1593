/* lexer_test.c - every kind of token, and what sql_mode, flavour and version change. SPDX-License-Identifier: Apache-2.0 */
#include "router/sql/lexer.h"

#include "base/limits.h"
#include "base/str.h"
#include "tests/support/test.h"
#include "tests/unit/sql/tokens.h"

typedef struct row {
    const char *name, *sql, *tokens;
} row;

static const weir__lex_options maria = {.flavour = WEIR__MARIADB, .version = 101106};
static const weir__lex_options mysql = {.flavour = WEIR__MYSQL, .version = 80036};

static void check(const row *rows, size_t count, const weir__lex_options *options)
{
    for (size_t i = 0; i < count; i++) {
        char got[1024], copy[1024];
        weir_str sql = weir__view(rows[i].sql);
        /* Behind the text stand bytes that would go on with any token: the lexer must not look at them. */
        memset(copy, '1', sizeof copy);
        memcpy(copy, sql.data, sql.size);
        sql.data = copy;
        print_tokens(got, sizeof got, sql, options);
        EXPECT_THAT(strcmp(got, rows[i].tokens) == 0, "%s: %s\n    gives  %s\n    not    %s", rows[i].name, rows[i].sql,
                    got, rows[i].tokens);
    }
}
#define CHECK(rows, options) check(rows, sizeof(rows) / sizeof *(rows), options)

TEST(lexer, numbers)
{
    static const row rows[] = {
        {"integer", "0 7 18446744073709551616", "int:0 int:7 int:18446744073709551616"},
        {"decimal", "1.5 1. .5 0.00", "dec:1.5 dec:1. dec:.5 dec:0.00"},
        {"float", "1e5 1E+5 1.5e-3 1.e5 .5e1", "float:1e5 float:1E+5 float:1.5e-3 float:1.e5 float:.5e1"},
        {"no exponent", "1e 1ex 1e+ 1e+x", "name:1e name:1ex name:1e + name:1e + name:x"},
        {"float, then a name", "1e5x", "float:1e5 name:x"},
        {"sign is apart", "-1 +1", "- int:1 + int:1"},
        {"hex", "0x41 x'41' X'4a4B' x''", "hex:0x41 hex:x'41' hex:X'4a4B' hex:x''"},
        {"hex or name", "0X41 0x 0x4g 0xg", "name:0X41 name:0x name:0x4g name:0xg"},
        {"odd or wrong hex", "x'4'", "illegal:x str:'4'"},
        {"wrong hex", "x'4g'", "illegal:x str:'4g'"},
        {"bits", "0b01 b'01' B'' 0b012 0B1", "bits:0b01 bits:b'01' bits:B'' name:0b012 name:0B1"},
        {"wrong bits", "b'2'", "illegal:b str:'2'"},
        {"x with a blank", "x '41'", "name:x str:'41'"},
        {"between words", "a1 1a 1_ 1$ 12ab", "name:a1 name:1a name:1_ name:1$ name:12ab"},
        {"two points", "1..2", "dec:1. dec:.2"},
    };
    CHECK(rows, &maria);
}

TEST(lexer, strings)
{
    static const row rows[] = {
        {"single", "'abc' ''", "str:'abc' str:''"},
        {"double", "\"abc\" \"\"", "str:\"abc\" str:\"\""},
        {"doubled quotes", "'a''b' \"a\"\"b\" ''''", "str:'a''b' str:\"a\"\"b\" str:''''"},
        {"other quotes inside", "'a\"b' \"a'b\" 'a`b'", "str:'a\"b' str:\"a'b\" str:'a`b'"},
        {"backslash", "'a\\'b' 'a\\\\' \"\\\"\"", "str:'a\\'b' str:'a\\\\' str:\"\\\"\""},
        {"adjacent", "'a' 'b'\n\"c\"", "str:'a' str:'b' str:\"c\""},
        {"national", "N'a' n'b' n 'c' N\"d\"", "nstr:N'a' nstr:n'b' name:n str:'c' name:N str:\"d\""},
        {"introducers", "_utf8mb4'a' _latin1 'b' _BINARY\"c\" _utf16le'x'",
         "charset:_utf8mb4 str:'a' charset:_latin1 str:'b' charset:_BINARY str:\"c\" charset:_utf16le str:'x'"},
        {"introducer of hex", "_utf8mb4 0x41 _utf8mb4 x'41'", "charset:_utf8mb4 hex:0x41 charset:_utf8mb4 hex:x'41'"},
        {"no character set", "_nothing'a' _utf8mb45 _utf", "name:_nothing str:'a' name:_utf8mb45 name:_utf"},
        {"comment inside", "'/* a */ -- b'", "str:'/* a */ -- b'"},
        {"not closed", "SELECT 'abc", "SELECT unclosed-string:'abc"},
        {"not closed, doubled", "'abc''", "unclosed-string:'abc''"},
        {"not closed, backslash", "'abc\\'", "unclosed-string:'abc\\'"},
        {"not closed, last is a backslash", "'abc\\", "unclosed-string:'abc\\"},
        {"only a quote", "\"", "unclosed-string:\""},
        {"not closed, national", "N'abc", "unclosed-string:N'abc"},
        {"bytes over 127", "'\xC3\xA4\xE2\x82\xAC'", "str:'\xC3\xA4\xE2\x82\xAC'"},
    };
    CHECK(rows, &maria);
}

TEST(lexer, names)
{
    static const row rows[] = {
        {"plain", "abc _a $b a$b A1", "name:abc name:_a name:$b name:a$b name:A1"},
        {"unicode", "\xC3\xA4pfel _\xE2\x82\xAC", "name:\xC3\xA4pfel name:_\xE2\x82\xAC"},
        {"backticks", "`a` `a``b` `select` ```` `a b`",
         "quoted:`a` quoted:`a``b` quoted:`select` quoted:```` quoted:`a b`"},
        {"backslash is nothing in them", "`a\\` b", "quoted:`a\\` name:b"},
        {"not closed", "SELECT `abc", "SELECT unclosed-name:`abc"},
        {"qualified", "a.b.c", "name:a . name:b . name:c"},
        {"digits first behind a dot", "a.1b a.1 t.1e5", "name:a . name:1b name:a . name:1 name:t . name:1e5"},
        {"digits first before a dot", "1a.2b.3", "name:1a . name:2b . name:3"},
        {"words behind a dot", "t.select `t`.from t.`key`",
         "name:t . name:select quoted:`t` . name:from name:t . quoted:`key`"},
        {"word before a dot", "select.x order.by", "name:select . name:x name:order . name:by"},
        {"blank before the dot", "t .x t . x t .5", "name:t . name:x name:t . name:x name:t dec:.5"},
        {"behind quoted", "`t`.1b", "quoted:`t` dec:.1 name:b"},
        {"star", "t.* a.b.*", "name:t . * name:a . name:b . *"},
        {"begins with a word", "selected inner_x ordering", "name:selected name:inner_x name:ordering"},
        {"begins with a word, unicode", "select\xC3\xA4", "name:select\xC3\xA4"},
        {"comment between", "a/**/.b", "name:a . name:b"},
    };
    CHECK(rows, &maria);
}

TEST(lexer, variables)
{
    static const row rows[] = {
        {"user", "@a @a.b @_x$1", "var:@a var:@a.b var:@_x$1"},
        {"user, quoted", "@'a b' @\"a b\" @`a b` @'it''s' @'a\\'b'",
         "var:@'a b' var:@\"a b\" var:@`a b` var:@'it''s' var:@'a\\'b'"},
        {"assigned", "@a:=1", "var:@a := int:1"},
        {"system", "@@version @@global.x @@SESSION.sql_mode @@`x` @@session.`y`",
         "sysvar:@@version sysvar:@@global.x sysvar:@@SESSION.sql_mode sysvar:@@`x` sysvar:@@session.`y`"},
        {"key cache", "@@global.hot.key_buffer_size", "sysvar:@@global.hot.key_buffer_size"},
        {"account", "'u'@'%' u@localhost", "str:'u' var:@'%' name:u var:@localhost"},
        {"not closed", "@'abc", "unclosed-string:@'abc"},
        {"not closed, name", "@`abc", "unclosed-name:@`abc"},
        {"nothing behind", "@@ 1", "illegal:@ var:@ int:1"},
        {"parameter", "? = ?", "? = ?"},
    };
    CHECK(rows, &maria);
}

TEST(lexer, operators)
{
    static const row rows[] = {
        {"compare", "= <=> <> != < <= > >=", "= <=> <> != < <= > >="},
        {"without blanks", "a<=>b<>c<=d>=e", "name:a <=> name:b <> name:c <= name:d >= name:e"},
        {"bits", "& | ^ ~ << >>", "& | ^ ~ << >>"},
        {"arithmetic", "+ - * / %", "+ - * / %"},
        {"logic", "&& || !", "&& || not2:!"},
        {"json", "a->'$' a->>'$'", "name:a -> str:'$' name:a ->> str:'$'"},
        {"assign", ":= : {d '1'}", ":= : { name:d str:'1' }"},
        {"minus minus", "1--1 1 -- 1", "int:1 - - int:1 int:1"},
        {"words", "not and or xor div mod", "NOT AND OR XOR DIV MOD"},
        {"punctuation", "(,);.", "( , ) ; ."},
        {"illegal", "a ] b \x01 [", "name:a illegal:] name:b illegal:\x01 illegal:["},
        {"escape N", "\\N", "\\N"},
        {"other escapes", "\\n", "illegal:\\ name:n"},
    };
    CHECK(rows, &maria);
}

TEST(lexer, comments)
{
    static const row rows[] = {
        {"dashes", "a -- b\nc", "name:a name:c"},
        {"dashes at the end", "a --", "name:a"},
        {"dashes and a tab", "a --\tb", "name:a"},
        {"no blank", "a--b", "name:a - - name:b"},
        {"hash", "a#b\nc#", "name:a name:c"},
        {"block", "a/* b\n */c/**/d", "name:a name:c name:d"},
        {"slash is not its end", "a /*/ b */ c", "name:a name:c"},
        {"stars", "/***/a/* * **/b", "name:a name:b"},
        {"not nested", "/* /* */ a", "name:a"},
        {"end without beginning", "a */ b", "name:a * / name:b"},
        {"not closed", "a /* b", "name:a unclosed-comment:/* b"},
        {"hardly opened", "a /*", "name:a unclosed-comment:/*"},
        {"carriage return does not end a line", "a # b\rc\nd", "name:a name:d"},
        {"quote in a comment", "a /* ' */ b -- '\nc", "name:a name:b name:c"},
        {"hint", "SELECT /*+ NO_ICP(t) */ 1", "SELECT hint:/*+ NO_ICP(t) */ int:1"},
        {"hints elsewhere", "SELECT 1 /*+ x */ FROM /*+ y */ t", "SELECT int:1 FROM name:t"},
        {"hints of writes", "insert/*+ a */ replace /*+ b */ update /*+ c */ delete /*+ d */",
         "INSERT hint:/*+ a */ REPLACE hint:/*+ b */ UPDATE hint:/*+ c */ DELETE hint:/*+ d */"},
        {"hint not closed", "SELECT /*+ a", "SELECT unclosed-comment:/*+ a"},
        {"only a comment", "/* a */", ""},
        {"nothing", "", ""},
        {"blanks", " \t\n\v\f\r ", ""},
    };
    CHECK(rows, &maria);
}

TEST(lexer, versioned_comments_for_mariadb)
{
    static const row rows[] = {
        {"no version", "a /*! b */ c", "name:a name:b name:c"},
        {"old enough", "a /*!50000 b */ c", "name:a name:b name:c"},
        {"six digits", "a /*!101100 b */ c", "name:a name:b name:c"},
        {"newer", "a /*!110000 b */ c", "name:a name:c"},
        {"for MySQL 8 only", "a /*!80000 b */ c", "name:a name:c"},
        {"for MySQL 5.7 only", "a /*!50700 b */ /*!50699 c */", "name:a name:c"},
        {"MariaDB's own", "a /*M!100100 b */ c", "name:a name:b name:c"},
        {"MariaDB's own may say 5.7", "a /*M!50701 b */ c", "name:a name:b name:c"},
        {"MariaDB's own, newer", "a /*M!110000 b */ c", "name:a name:c"},
        {"MariaDB's own, no version", "a /*M! b */ c", "name:a name:b name:c"},
        {"four digits are text", "/*!5000 */", "int:5000"},
        {"comment inside", "/*!50000 a /* x */ b */ c", "name:a name:b name:c"},
        {"comment inside what is left out", "a /*!110000 b /* x */ c */ d", "name:a name:d"},
        {"string inside", "/*!50000 '*/' */ a", "str:'*/' name:a"},
        {"no blank before the end", "/*!50000 a*/b", "name:a name:b"},
        {"not closed", "a /*!50000 b", "name:a name:b unclosed-comment:/*!50000 b"},
        {"left out, not closed", "a /*!110000 b", "name:a unclosed-comment:/*!110000 b"},
        {"string not closed", "/*!50000 'a */ b", "unclosed-string:'a */ b"},
        {"star and slash", "/*!50000 a*b/c */d", "name:a * name:b / name:c name:d"},
        {"semicolon", "/*!50000 a; */ b", "name:a ; name:b"},
    };
    CHECK(rows, &maria);
}

TEST(lexer, versioned_comments_for_mysql)
{
    static const row rows[] = {
        {"old enough", "a /*!50000 b */ c", "name:a name:b name:c"},
        {"5.7", "a /*!50700 b */ c", "name:a name:b name:c"},
        {"8", "a /*!80036 b */ c /*!080036 d */", "name:a name:b name:c name:d"},
        {"newer", "a /*!80037 b */ c", "name:a name:c"},
        {"MariaDB's", "a /*M!100100 b */ c", "name:a name:c"},
        {"MariaDB's, not closed", "a /*M!100100 b", "name:a unclosed-comment:/*M!100100 b"},
        {"escape N", "\\N", "illegal:\\ name:N"},
    };
    CHECK(rows, &mysql);
}

TEST(lexer, unknown_version_is_the_oldest)
{
    static const row rows[] = {{"10.6", "/*!100600 a */ /*!100601 b */", "name:a"}};
    static const row rows8[] = {{"8.0", "/*!80000 a */ /*!80001 b */", "name:a"}};
    CHECK(rows, &(weir__lex_options){.flavour = WEIR__MARIADB});
    CHECK(rows8, &(weir__lex_options){.flavour = WEIR__MYSQL});
}

TEST(lexer, sql_mode)
{
    static const row ansi[] = {
        {"names", "\"a\" \"a\"\"b\" 'c'", "quoted:\"a\" quoted:\"a\"\"b\" str:'c'"},
        {"no escapes in names", "\"a\\\" b", "quoted:\"a\\\" name:b"},
        {"not closed", "\"a", "unclosed-name:\"a"},
        {"variable", "@\"a\\\" @'b\\''", "var:@\"a\\\" var:@'b\\''"},
    };
    static const row no_escapes[] = {
        {"single", "'a\\' b", "str:'a\\' name:b"},
        {"double", "\"a\\\" b", "str:\"a\\\" name:b"},
        {"doubled", "'a''b\\'", "str:'a''b\\'"},
        {"variable", "@'a\\' b", "var:@'a\\' name:b"},
    };
    static const row pipes[] = {{"pipes", "a || b | c", "name:a concat:|| name:b | name:c"}};
    static const row high_not[] = {{"not", "NOT a ! b", "not2:NOT name:a not2:! name:b"}};
    static const row space[] = {{"calls", "cast (x) cast", "CAST ( name:x ) name:cast"}};
    static const row none[] = {
        {"calls", "cast (x) cast(x) SUBSTR( mid(", "name:cast ( name:x ) CAST ( name:x ) SUBSTR ( MID ("},
        {"no calls", "trim, t.trim(x)", "name:trim , name:t . name:trim ( name:x )"},
        {"pipes", "a||b", "name:a || name:b"},
    };
    CHECK(ansi, &(weir__lex_options){.sql_mode = WEIR__ANSI_QUOTES});
    CHECK(no_escapes, &(weir__lex_options){.sql_mode = WEIR__NO_BACKSLASH_ESCAPES});
    CHECK(pipes, &(weir__lex_options){.sql_mode = WEIR__PIPES_AS_CONCAT});
    CHECK(high_not, &(weir__lex_options){.sql_mode = WEIR__HIGH_NOT_PRECEDENCE});
    CHECK(space, &(weir__lex_options){.sql_mode = WEIR__IGNORE_SPACE});
    CHECK(none, &(weir__lex_options){0});
}

TEST(lexer, reads_sql_mode)
{
    static const struct {
        const char *text;
        uint32_t bits;
    } rows[] = {
        {"", 0},
        {"STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION", 0},
        {"ANSI_QUOTES", WEIR__ANSI_QUOTES},
        {"PIPES_AS_CONCAT,IGNORE_SPACE", WEIR__PIPES_AS_CONCAT | WEIR__IGNORE_SPACE},
        {"STRICT_ALL_TABLES,no_backslash_escapes,HIGH_NOT_PRECEDENCE",
         WEIR__NO_BACKSLASH_ESCAPES | WEIR__HIGH_NOT_PRECEDENCE},
        {"REAL_AS_FLOAT,PIPES_AS_CONCAT,ANSI_QUOTES,IGNORE_SPACE,ANSI",
         WEIR__ANSI_QUOTES | WEIR__PIPES_AS_CONCAT | WEIR__IGNORE_SPACE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        EXPECT_THAT(weir__sql_mode_of(weir__view(rows[i].text)) == rows[i].bits, "%s", rows[i].text);
}

TEST(lexer, tells_bytes_and_goes_on_ending)
{
    static const char sql[] = "SELECT  'a' ;";
    weir__lexer lexer;
    weir__lexer_init(&lexer, weir__view(sql), &maria);
    weir__token t = weir__lex(&lexer);
    EXPECT(t.start == 0 && t.end == 6 && t.id == WEIR__TK_SELECT);
    t = weir__lex(&lexer);
    EXPECT(t.start == 8 && t.end == 11 && t.id == WEIR__TK_STRING);
    t = weir__lex(&lexer);
    EXPECT(t.start == 12 && t.end == 13 && t.id == WEIR__TK_SEMI);
    for (int i = 0; i < 3; i++) {
        t = weir__lex(&lexer);
        EXPECT(t.start == 13 && t.end == 13 && t.id == WEIR__TK_EOF);
    }
    weir__lexer_init(&lexer, (weir_str){NULL, 0}, &maria);
    EXPECT_INT(weir__lex(&lexer).id, WEIR__TK_EOF);
    weir__lexer_init(&lexer, (weir_str){sql, (size_t)WEIR__MAX_STATEMENT_BYTES + 1}, &maria);
    EXPECT_INT(weir__lex(&lexer).id, WEIR__TK_ILLEGAL);
    EXPECT_INT(weir__lex(&lexer).id, WEIR__TK_EOF);
}

TEST(lexer, a_nul_in_the_text_is_illegal_and_not_the_end)
{
    static const char sql[] = "a\0b '\0' `\0` -- \0\nc @@`\0`";
    char got[256];
    weir__lexer lexer;
    int ids[16], count = 0;
    weir__lexer_init(&lexer, (weir_str){sql, sizeof sql - 1}, &maria);
    for (weir__token t = weir__lex(&lexer); t.id != WEIR__TK_EOF && count < 16; t = weir__lex(&lexer))
        ids[count++] = t.id;
    EXPECT_INT(count, 8);
    EXPECT(ids[0] == WEIR__TK_IDENT && ids[1] == WEIR__TK_ILLEGAL && ids[2] == WEIR__TK_IDENT &&
           ids[3] == WEIR__TK_STRING);
    EXPECT(ids[4] == WEIR__TK_QUOTED && ids[5] == WEIR__TK_IDENT && ids[6] == WEIR__TK_ILLEGAL);
    print_tokens(got, sizeof got, weir__view("@"), &maria);
    EXPECT_TEXT(got, "var:@");
}

/* Each word of the grammar comes out of the lexer as itself, in any case; the list is grammar.y's own. */
TEST(lexer, knows_every_word_of_the_grammar)
{
    size_t size, words = 0;
    char *grammar = test_read_file("router/sql/grammar.y", &size);
    if (!grammar)
        return;
    for (char *at = strstr(grammar, "ACCESSIBLE"); at && *at && strncmp(at, "/*", 2) != 0;) {
        size_t length = strspn(at, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_");
        if (length == 0 || at[-1] == '%' || at[-1] == '#') {
            at += *at != '\0';
            continue;
        }
        char sql[64];
        snprintf(sql, sizeof sql, "%.*s(", (int)length, at);
        for (int lower = 0; lower < 2; lower++) {
            weir__lexer lexer;
            weir__lexer_init(&lexer, weir__view(sql), &maria);
            EXPECT_THAT(weir__token_is_word(weir__lex(&lexer).id), "%s is no word", sql);
            for (char *c = sql; *c; c++)
                *c = (char)(*c >= 'A' && *c <= 'Z' ? *c + 32 : *c);
        }
        words++;
        at += length;
    }
    EXPECT_INT(words, WEIR__TK_ZONE - WEIR__TK_ACCESSIBLE + 1);
    weir__free(&test_env()->mem, grammar);
}
