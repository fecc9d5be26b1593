/* lexer.re - see lexer.h. re2c makes lexer.c of it. SPDX-License-Identifier: Apache-2.0
 * The rules cut what has a fixed shape; strings, quoted names and comments are found to their ends by the loops below, since their
 * rules change with sql_mode. The text has no sentinel at its end, so each peek looks at the limit first and gives a
 * NUL there. No rule goes on behind a NUL, and the rule for it tells the end from a NUL in the text. */
#include "router/sql/lexer.h"

#include <stddef.h>
#include <string.h>

#include "base/limits.h"
#include "base/str.h"

typedef unsigned char byte;

enum { AFTER_NOTHING, AFTER_NAME, AFTER_DOT }; /* a dot comes next; a name comes next */

#define TK(name) WEIR__TK_##name

void weir__lexer_init(weir__lexer *lexer, weir_str text, const weir__lex_options *options)
{
    *lexer = (weir__lexer){.text = text.data, .cursor = text.data, .limit = text.data + text.size, .options = *options};
    lexer->not_token = options->sql_mode & WEIR__HIGH_NOT_PRECEDENCE ? TK(NOT2) : TK(NOT);
    if (!options->version)
        lexer->options.version = options->flavour == WEIR__MYSQL ? 80000 : 100600;
    if (text.size > WEIR__MAX_STATEMENT_BYTES) {
        static const char too_long[] = {'\0'};
        lexer->text = lexer->cursor = too_long;
        lexer->limit = too_long + 1;
    } else if (!text.data) {
        lexer->text = lexer->cursor = lexer->limit = "";
    }
}

uint32_t weir__sql_mode_of(weir_str sql_mode)
{
    static const struct {
        const char *name;
        uint32_t bits;
    } modes[] = {
        {"ANSI", WEIR__ANSI_QUOTES | WEIR__PIPES_AS_CONCAT | WEIR__IGNORE_SPACE},
        {"ANSI_QUOTES", WEIR__ANSI_QUOTES},
        {"HIGH_NOT_PRECEDENCE", WEIR__HIGH_NOT_PRECEDENCE},
        {"IGNORE_SPACE", WEIR__IGNORE_SPACE},
        {"NO_BACKSLASH_ESCAPES", WEIR__NO_BACKSLASH_ESCAPES},
        {"PIPES_AS_CONCAT", WEIR__PIPES_AS_CONCAT},
    };
    uint32_t bits = 0;
    for (const char *at = sql_mode.data, *end = at + sql_mode.size; at < end;) {
        const char *comma = memchr(at, ',', (size_t)(end - at));
        weir_str word = weir__slice(at, comma ? comma : end);
        for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
            if (weir__str_is_nocase(word, modes[i].name))
                bits |= modes[i].bits;
        at = word.data + word.size + 1;
    }
    return bits;
}

/* Bytes that go on in a name without quotes: letters, digits, _ $ and all that is not ASCII. */
static inline bool in_name(const weir__lexer *lx, const char *c)
{
    byte b = c < lx->limit ? (byte)*c : 0;
    return (b >= '0' && b <= '9') || ((b | 32) >= 'a' && (b | 32) <= 'z') || b == '_' || b == '$' || b >= 0x80;
}

static inline bool is_blank(byte b)
{
    return b == ' ' || (b >= '\t' && b <= '\r');
}

static inline weir__token token(weir__lexer *lx, const char *at, const char *end, int id)
{
    lx->cursor = end;
    lx->previous = (uint16_t)id;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    /* Put together in a register: two narrow stores would stall the wide load that returns them, which took half of all time. */
    uint64_t range = (uint64_t)(uint32_t)(at - lx->text) | (uint64_t)(uint32_t)(end - lx->text) << 32;
    weir__token t = {.id = id};
    static_assert(offsetof(weir__token, start) == 0 && offsetof(weir__token, end) == 4, "start is the low half");
    memcpy(&t, &range, sizeof range);
    return t;
#else
    return (weir__token){(uint32_t)(at - lx->text), (uint32_t)(end - lx->text), id};
#endif
}

static weir__token unclosed(weir__lexer *lx, const char *at, int id)
{
    lx->version_comment = NULL;
    return token(lx, at, lx->limit, id);
}

static weir__token end(weir__lexer *lx)
{
    if (lx->version_comment)
        return unclosed(lx, lx->version_comment, TK(UNCLOSED_COMMENT));
    return token(lx, lx->limit, lx->limit, TK(EOF));
}

/* A word of letters. One that a dot and a name follow at once is a name, whatever it spells: select.x */
static inline weir__token word(weir__lexer *lx, const char *at, const char *end, int id)
{
    if (end < lx->limit && *end == '.' && in_name(lx, end + 1)) {
        lx->after = AFTER_NAME;
        id = TK(IDENT);
    }
    return token(lx, at, end, id);
}

/* A word that is special only as a call: its parenthesis must follow at once, unless sql_mode has IGNORE_SPACE. */
static weir__token call(weir__lexer *lx, const char *at, const char *end, int id)
{
    const char *c = end;
    if (lx->options.sql_mode & WEIR__IGNORE_SPACE)
        while (c < lx->limit && is_blank((byte)*c))
            c++;
    return word(lx, at, end, c < lx->limit && *c == '(' ? id : TK(IDENT));
}

/* c is behind the opening quote. Gives the place behind the closing one, or NULL. */
static const char *close_quote(const weir__lexer *lx, const char *c, char quote, bool escapes)
{
    for (; c < lx->limit; c++) {
        if (*c == quote) {
            if (c + 1 == lx->limit || c[1] != quote)
                return c + 1;
            c++;
        } else if (*c == '\\' && escapes && c + 1 < lx->limit) {
            c++;
        }
    }
    return NULL;
}

/* c is behind the opening quote, at is where the token begins. */
static weir__token string(weir__lexer *lx, const char *at, const char *c, int id)
{
    const char *end = close_quote(lx, c, c[-1], !(lx->options.sql_mode & WEIR__NO_BACKSLASH_ESCAPES));
    return end ? token(lx, at, end, id) : unclosed(lx, at, TK(UNCLOSED_STRING));
}

static weir__token quoted(weir__lexer *lx, const char *at, const char *c)
{
    const char *end = close_quote(lx, c, c[-1], false);
    return end ? token(lx, at, end, TK(QUOTED)) : unclosed(lx, at, TK(UNCLOSED_NAME));
}

static weir__token double_quoted(weir__lexer *lx, const char *at, const char *c)
{
    return lx->options.sql_mode & WEIR__ANSI_QUOTES ? quoted(lx, at, c) : string(lx, at, c, TK(STRING));
}

/* @'name': with the escapes of a string, unless the quotes are those of a name. */
static weir__token quoted_variable(weir__lexer *lx, const char *at, const char *c)
{
    bool name = c[-1] == '`' || (c[-1] == '"' && lx->options.sql_mode & WEIR__ANSI_QUOTES);
    const char *end = close_quote(lx, c, c[-1], !name && !(lx->options.sql_mode & WEIR__NO_BACKSLASH_ESCAPES));
    return end ? token(lx, at, end, TK(USERVAR)) : unclosed(lx, at, name ? TK(UNCLOSED_NAME) : TK(UNCLOSED_STRING));
}

/* c is behind the slash and star of a comment. With nested set, comments in it are passed over whole. NULL: it has no end. */
static const char *close_comment(const weir__lexer *lx, const char *c, bool nested)
{
    while (c && c + 1 < lx->limit) {
        if (c[0] == '*' && c[1] == '/')
            return c + 2;
        if (nested && c[0] == '/' && c[1] == '*')
            c = close_comment(lx, c + 2, false);
        else
            c++;
    }
    return NULL;
}

static const char *close_line(const weir__lexer *lx, const char *c)
{
    const char *end = memchr(c, '\n', (size_t)(lx->limit - c));
    return end ? end + 1 : lx->limit;
}

/* Is this -- a comment? c is behind it. */
static bool is_dash_comment(const weir__lexer *lx, const char *c)
{
    return c == lx->limit || (byte)*c <= ' ' || *c == 0x7f;
}

/* The comment at `at` begins as versioned ones do; digits is behind the exclamation mark. Gives where to go on reading (inside, if
 * the server would), or NULL if it has no end. */
static const char *version_comment(weir__lexer *lx, const char *at, const char *digits, bool maria)
{
    uint32_t version = 0;
    const char *c = digits;
    while (c < lx->limit && c < digits + 6 && *c >= '0' && *c <= '9')
        version = version * 10 + (uint32_t)(*c++ - '0');
    lx->conditional = true;
    if (c - digits < 5) { /* no version: every server reads it */
        c = digits;
    } else {
        /* MariaDB leaves out what is meant for a MySQL that it did not follow, 5.7 and later. */
        bool foreign = lx->options.flavour == WEIR__MARIADB && !maria && version >= 50700 && version <= 99999;
        if (version > lx->options.version || foreign)
            return close_comment(lx, c, true);
    }
    lx->version_comment = at;
    return c;
}

static bool takes_hint(int id)
{
    return id == TK(SELECT) || id == TK(INSERT) || id == TK(REPLACE) || id == TK(UPDATE) || id == TK(DELETE);
}

/* Directly behind a name: the dot, then the name behind it, which may begin with digits or spell a reserved word. */
static weir__token qualified(weir__lexer *lx)
{
    const char *at = lx->cursor, *c = at;
    if (lx->after == AFTER_NAME) {
        lx->after = AFTER_DOT;
        return token(lx, at, at + 1, TK(DOT));
    }
    lx->after = AFTER_NOTHING;
    while (in_name(lx, c))
        c++;
    return word(lx, at, c, TK(IDENT));
}

static inline byte peek(const char *c, const char *limit)
{
    return c < limit ? (byte)*c : 0;
}

weir__token weir__lex(weir__lexer *lx)
{
    const char *const limit = lx->limit;
    const char *c = lx->cursor, *at, *marker;

    if (lx->after)
        return qualified(lx);
blank:
    while (c < limit && is_blank((byte)*c))
        c++;
    at = c;
    /*!re2c
    re2c:api = custom;
    re2c:api:style = free-form;
    re2c:yyfill:enable = 0;
    re2c:flags:bit-vectors = 1;
    re2c:define:YYCTYPE = byte;
    re2c:define:YYPEEK = "peek(c, limit)";
    re2c:define:YYSKIP = "++c;";
    re2c:define:YYBACKUP = "marker = c;";
    re2c:define:YYRESTORE = "c = marker;";

    digit   = [0-9];
    hex     = [0-9a-fA-F];
    start   = [a-zA-Z_$\x80-\xff];
    inname  = [0-9a-zA-Z_$\x80-\xff];
    noexp   = [a-df-zA-DF-Z_$\x80-\xff];
    exp     = [eE] [+-]? digit+;
    varname = [0-9a-zA-Z_$.\x80-\xff]*;
    sysname = inname+ | "`" [^`\x00]+ "`";
    charset = 'armscii8' | 'ascii' | 'big5' | 'binary' | 'cp1250' | 'cp1251' | 'cp1256' | 'cp1257' | 'cp850' | 'cp852' | 'cp866'
            | 'cp932' | 'dec8' | 'eucjpms' | 'euckr' | 'gb18030' | 'gb2312' | 'gbk' | 'geostd8' | 'greek' | 'hebrew' | 'hp8'
            | 'keybcs2' | 'koi8r' | 'koi8u' | 'latin1' | 'latin2' | 'latin5' | 'latin7' | 'macce' | 'macroman' | 'sjis' | 'swe7'
            | 'tis620' | 'ucs2' | 'ujis' | 'utf16' | 'utf16le' | 'utf32' | 'utf8' | 'utf8mb3' | 'utf8mb4';

    // ends and comments
    "\x00"              { return c > limit ? end(lx) : token(lx, at, c, TK(ILLEGAL)); }
    *                   { return token(lx, at, c, TK(ILLEGAL)); }
    "#"                 { c = close_line(lx, c); goto blank; }
    "--"                { if (!is_dash_comment(lx, c)) return token(lx, at, at + 1, TK(MINUS)); c = close_line(lx, c); goto blank; }
    "/*!"               { if (!(c = version_comment(lx, at, c, false))) return unclosed(lx, at, TK(UNCLOSED_COMMENT)); goto blank; }
    "/*M!"              {
        c = lx->options.flavour == WEIR__MARIADB ? version_comment(lx, at, c, true) : close_comment(lx, at + 2, false);
        if (!c)
            return unclosed(lx, at, TK(UNCLOSED_COMMENT));
        goto blank;
    }
    "/*"                {
        if (!(c = close_comment(lx, c, false)))
            return unclosed(lx, at, TK(UNCLOSED_COMMENT));
        if (at[2] == '+' && c - at > 4 && takes_hint(lx->previous))
            return token(lx, at, c, TK(HINT));
        goto blank;
    }
    "*/"                { if (!lx->version_comment) return token(lx, at, at + 1, TK(STAR)); lx->version_comment = NULL; goto blank; }

    // values
    digit+                              { return token(lx, at, c, TK(INTEGER_NUMBER)); }
    digit+ "." digit* | "." digit+      { return token(lx, at, c, TK(DECIMAL_NUMBER)); }
    (digit+ ("." digit*)? | "." digit+) exp { return token(lx, at, c, TK(FLOAT_NUMBER)); }
    "0x" hex+ | [xX] "'" (hex hex)* "'" { return token(lx, at, c, TK(HEX)); }
    "0b" [01]+ | [bB] "'" [01]* "'"     { return token(lx, at, c, TK(BITS)); }
    [xXbB] "'"                          { return token(lx, at, at + 1, TK(ILLEGAL)); }
    "'"                                 { return string(lx, at, c, TK(STRING)); }
    ["]                                 { return double_quoted(lx, at, c); }
    [nN] "'"                            { return string(lx, at, c, TK(NSTRING)); }
    "_" charset                         { return word(lx, at, c, TK(INTRODUCER)); }
    "?"                                 { return token(lx, at, c, TK(PARAM)); }
    "\\N"                               { return lx->options.flavour == WEIR__MARIADB ? token(lx, at, c, TK(NULL)) : token(lx, at, at + 1, TK(ILLEGAL)); }

    // names and variables; a name may begin with digits, but 1e5 is a number wherever it stands
    digit+ (noexp inname* | [eE] ([a-zA-Z_$\x80-\xff] inname*)?) { return word(lx, at, c, TK(IDENT)); }
    "`"                                 { return quoted(lx, at, c); }
    "@" varname                         { return token(lx, at, c, TK(USERVAR)); }
    "@" ['"`]                           { return quoted_variable(lx, at, c); }
    "@@" sysname ("." sysname)*         { return token(lx, at, c, TK(SYSVAR)); }
    "@@"                                { return token(lx, at, at + 1, TK(ILLEGAL)); }

    // operators and punctuation
    "("    { return token(lx, at, c, TK(LP)); }
    ")"    { return token(lx, at, c, TK(RP)); }
    "{"    { return token(lx, at, c, TK(LBRACE)); }
    "}"    { return token(lx, at, c, TK(RBRACE)); }
    ","    { return token(lx, at, c, TK(COMMA)); }
    ";"    { return token(lx, at, c, TK(SEMI)); }
    "."    { if (in_name(lx, c)) lx->after = AFTER_DOT; return token(lx, at, c, TK(DOT)); }
    ":"    { return token(lx, at, c, TK(COLON)); }
    ":="   { return token(lx, at, c, TK(ASSIGN)); }
    "="    { return token(lx, at, c, TK(EQ)); }
    "<=>"  { return token(lx, at, c, TK(NULLSAFE)); }
    "<>" | "!=" { return token(lx, at, c, TK(NE)); }
    "<"    { return token(lx, at, c, TK(LT)); }
    "<="   { return token(lx, at, c, TK(LE)); }
    ">"    { return token(lx, at, c, TK(GT)); }
    ">="   { return token(lx, at, c, TK(GE)); }
    "<<"   { return token(lx, at, c, TK(SHL)); }
    ">>"   { return token(lx, at, c, TK(SHR)); }
    "+"    { return token(lx, at, c, TK(PLUS)); }
    "-"    { return token(lx, at, c, TK(MINUS)); }
    "*"    { return token(lx, at, c, TK(STAR)); }
    "/"    { return token(lx, at, c, TK(SLASH)); }
    "%"    { return token(lx, at, c, TK(PERCENT)); }
    "^"    { return token(lx, at, c, TK(CARET)); }
    "~"    { return token(lx, at, c, TK(TILDE)); }
    "&"    { return token(lx, at, c, TK(AMP)); }
    "|"    { return token(lx, at, c, TK(BAR)); }
    "&&"   { return token(lx, at, c, TK(ANDAND)); }
    "||"   { return token(lx, at, c, lx->options.sql_mode & WEIR__PIPES_AS_CONCAT ? TK(CONCAT) : TK(PIPES)); }
    "!"    { return token(lx, at, c, TK(NOT2)); }
    "->"   { return token(lx, at, c, TK(ARROW)); }
    "->>"  { return token(lx, at, c, TK(ARROW2)); }

    // words
    'accessible'             { return word(lx, at, c, TK(ACCESSIBLE)); }
    'add'                    { return word(lx, at, c, TK(ADD)); }
    'against'                { return word(lx, at, c, TK(AGAINST)); }
    'aggregate'              { return word(lx, at, c, TK(AGGREGATE)); }
    'all'                    { return word(lx, at, c, TK(ALL)); }
    'alter'                  { return word(lx, at, c, TK(ALTER)); }
    'analyze'                { return word(lx, at, c, TK(ANALYZE)); }
    'and'                    { return word(lx, at, c, TK(AND)); }
    'any'                    { return word(lx, at, c, TK(ANY)); }
    'array'                  { return word(lx, at, c, TK(ARRAY)); }
    'as'                     { return word(lx, at, c, TK(AS)); }
    'asc'                    { return word(lx, at, c, TK(ASC)); }
    'asensitive'             { return word(lx, at, c, TK(ASENSITIVE)); }
    'at'                     { return word(lx, at, c, TK(AT)); }
    'backup'                 { return word(lx, at, c, TK(BACKUP)); }
    'before'                 { return word(lx, at, c, TK(BEFORE)); }
    'begin'                  { return word(lx, at, c, TK(BEGIN)); }
    'between'                { return word(lx, at, c, TK(BETWEEN)); }
    'bigint'                 { return word(lx, at, c, TK(BIGINT)); }
    'binary'                 { return word(lx, at, c, TK(BINARY)); }
    'binlog'                 { return word(lx, at, c, TK(BINLOG)); }
    'blob'                   { return word(lx, at, c, TK(BLOB)); }
    'body'                   { return word(lx, at, c, TK(BODY)); }
    'boolean'                { return word(lx, at, c, TK(BOOLEAN)); }
    'both'                   { return word(lx, at, c, TK(BOTH)); }
    'by'                     { return word(lx, at, c, TK(BY)); }
    'cache'                  { return word(lx, at, c, TK(CACHE)); }
    'call'                   { return word(lx, at, c, TK(CALL)); }
    'cascade'                { return word(lx, at, c, TK(CASCADE)); }
    'case'                   { return word(lx, at, c, TK(CASE)); }
    'cast'                   { return call(lx, at, c, TK(CAST)); }
    'chain'                  { return word(lx, at, c, TK(CHAIN)); }
    'change'                 { return word(lx, at, c, TK(CHANGE)); }
    'char'                   { return word(lx, at, c, TK(CHAR)); }
    'character'              { return word(lx, at, c, TK(CHARACTER)); }
    'charset'                { return word(lx, at, c, TK(CHARSET)); }
    'check'                  { return word(lx, at, c, TK(CHECK)); }
    'checksum'               { return word(lx, at, c, TK(CHECKSUM)); }
    'clone'                  { return word(lx, at, c, TK(CLONE)); }
    'close'                  { return word(lx, at, c, TK(CLOSE)); }
    'collate'                { return word(lx, at, c, TK(COLLATE)); }
    'column'                 { return word(lx, at, c, TK(COLUMN)); }
    'columns'                { return word(lx, at, c, TK(COLUMNS)); }
    'commit'                 { return word(lx, at, c, TK(COMMIT)); }
    'committed'              { return word(lx, at, c, TK(COMMITTED)); }
    'concurrent'             { return word(lx, at, c, TK(CONCURRENT)); }
    'condition'              { return word(lx, at, c, TK(CONDITION)); }
    'consistent'             { return word(lx, at, c, TK(CONSISTENT)); }
    'constraint'             { return word(lx, at, c, TK(CONSTRAINT)); }
    'continue'               { return word(lx, at, c, TK(CONTINUE)); }
    'convert'                { return word(lx, at, c, TK(CONVERT)); }
    'count'                  { return word(lx, at, c, TK(COUNT)); }
    'create'                 { return word(lx, at, c, TK(CREATE)); }
    'cross'                  { return word(lx, at, c, TK(CROSS)); }
    'cube'                   { return word(lx, at, c, TK(CUBE)); }
    'current'                { return word(lx, at, c, TK(CURRENT)); }
    'current_date'           { return word(lx, at, c, TK(CURRENT_DATE)); }
    'current_time'           { return word(lx, at, c, TK(CURRENT_TIME)); }
    'current_timestamp'      { return word(lx, at, c, TK(CURRENT_TIMESTAMP)); }
    'current_user'           { return word(lx, at, c, TK(CURRENT_USER)); }
    'cursor'                 { return word(lx, at, c, TK(CURSOR)); }
    'cycle'                  { return word(lx, at, c, TK(CYCLE)); }
    'data'                   { return word(lx, at, c, TK(DATA)); }
    'database'               { return word(lx, at, c, TK(DATABASE)); }
    'databases'              { return word(lx, at, c, TK(DATABASES)); }
    'date'                   { return word(lx, at, c, TK(DATE)); }
    'datetime'               { return word(lx, at, c, TK(DATETIME)); }
    'day'                    { return word(lx, at, c, TK(DAY)); }
    'day_hour'               { return word(lx, at, c, TK(DAY_HOUR)); }
    'day_microsecond'        { return word(lx, at, c, TK(DAY_MICROSECOND)); }
    'day_minute'             { return word(lx, at, c, TK(DAY_MINUTE)); }
    'day_second'             { return word(lx, at, c, TK(DAY_SECOND)); }
    'deallocate'             { return word(lx, at, c, TK(DEALLOCATE)); }
    'dec'                    { return word(lx, at, c, TK(DECIMAL)); }
    'decimal'                { return word(lx, at, c, TK(DECIMAL)); }
    'declare'                { return word(lx, at, c, TK(DECLARE)); }
    'default'                { return word(lx, at, c, TK(DEFAULT)); }
    'definer'                { return word(lx, at, c, TK(DEFINER)); }
    'delayed'                { return word(lx, at, c, TK(DELAYED)); }
    'delete'                 { return word(lx, at, c, TK(DELETE)); }
    'desc'                   { return word(lx, at, c, TK(DESC)); }
    'describe'               { return word(lx, at, c, TK(DESCRIBE)); }
    'deterministic'          { return word(lx, at, c, TK(DETERMINISTIC)); }
    'diagnostics'            { return word(lx, at, c, TK(DIAGNOSTICS)); }
    'distinct'               { return word(lx, at, c, TK(DISTINCT)); }
    'distinctrow'            { return word(lx, at, c, TK(DISTINCTROW)); }
    'div'                    { return word(lx, at, c, TK(DIV)); }
    'do'                     { return word(lx, at, c, TK(DO)); }
    'double'                 { return word(lx, at, c, TK(DOUBLE)); }
    'drop'                   { return word(lx, at, c, TK(DROP)); }
    'dual'                   { return word(lx, at, c, TK(DUAL)); }
    'dumpfile'               { return word(lx, at, c, TK(DUMPFILE)); }
    'duplicate'              { return word(lx, at, c, TK(DUPLICATE)); }
    'each'                   { return word(lx, at, c, TK(EACH)); }
    'else'                   { return word(lx, at, c, TK(ELSE)); }
    'elseif'                 { return word(lx, at, c, TK(ELSEIF)); }
    'empty'                  { return word(lx, at, c, TK(EMPTY)); }
    'enclosed'               { return word(lx, at, c, TK(ENCLOSED)); }
    'end'                    { return word(lx, at, c, TK(END)); }
    'error'                  { return word(lx, at, c, TK(ERROR)); }
    'errors'                 { return word(lx, at, c, TK(ERRORS)); }
    'escape'                 { return word(lx, at, c, TK(ESCAPE)); }
    'escaped'                { return word(lx, at, c, TK(ESCAPED)); }
    'event'                  { return word(lx, at, c, TK(EVENT)); }
    'examined'               { return word(lx, at, c, TK(EXAMINED)); }
    'except'                 { return word(lx, at, c, TK(EXCEPT)); }
    'exclude'                { return word(lx, at, c, TK(EXCLUDE)); }
    'execute'                { return word(lx, at, c, TK(EXECUTE)); }
    'exists'                 { return word(lx, at, c, TK(EXISTS)); }
    'exit'                   { return word(lx, at, c, TK(EXIT)); }
    'expansion'              { return word(lx, at, c, TK(EXPANSION)); }
    'explain'                { return word(lx, at, c, TK(EXPLAIN)); }
    'extended'               { return word(lx, at, c, TK(EXTENDED)); }
    'extract'                { return call(lx, at, c, TK(EXTRACT)); }
    'false'                  { return word(lx, at, c, TK(FALSE)); }
    'fetch'                  { return word(lx, at, c, TK(FETCH)); }
    'first'                  { return word(lx, at, c, TK(FIRST)); }
    'float'                  { return word(lx, at, c, TK(FLOAT)); }
    'float4'                 { return word(lx, at, c, TK(FLOAT)); }
    'float8'                 { return word(lx, at, c, TK(DOUBLE)); }
    'flush'                  { return word(lx, at, c, TK(FLUSH)); }
    'following'              { return word(lx, at, c, TK(FOLLOWING)); }
    'for'                    { return word(lx, at, c, TK(FOR)); }
    'force'                  { return word(lx, at, c, TK(FORCE)); }
    'foreign'                { return word(lx, at, c, TK(FOREIGN)); }
    'format'                 { return word(lx, at, c, TK(FORMAT)); }
    'from'                   { return word(lx, at, c, TK(FROM)); }
    'full'                   { return word(lx, at, c, TK(FULL)); }
    'fulltext'               { return word(lx, at, c, TK(FULLTEXT)); }
    'function'               { return word(lx, at, c, TK(FUNCTION)); }
    'get'                    { return word(lx, at, c, TK(GET)); }
    'global'                 { return word(lx, at, c, TK(GLOBAL)); }
    'grant'                  { return word(lx, at, c, TK(GRANT)); }
    'group'                  { return word(lx, at, c, TK(GROUP)); }
    'groups'                 { return word(lx, at, c, TK(GROUPS)); }
    'handler'                { return word(lx, at, c, TK(HANDLER)); }
    'having'                 { return word(lx, at, c, TK(HAVING)); }
    'help'                   { return word(lx, at, c, TK(HELP)); }
    'high_priority'          { return word(lx, at, c, TK(HIGH_PRIORITY)); }
    'history'                { return word(lx, at, c, TK(HISTORY)); }
    'hour'                   { return word(lx, at, c, TK(HOUR)); }
    'hour_microsecond'       { return word(lx, at, c, TK(HOUR_MICROSECOND)); }
    'hour_minute'            { return word(lx, at, c, TK(HOUR_MINUTE)); }
    'hour_second'            { return word(lx, at, c, TK(HOUR_SECOND)); }
    'if'                     { return word(lx, at, c, TK(IF)); }
    'ignore'                 { return word(lx, at, c, TK(IGNORE)); }
    'immediate'              { return word(lx, at, c, TK(IMMEDIATE)); }
    'import'                 { return word(lx, at, c, TK(IMPORT)); }
    'in'                     { return word(lx, at, c, TK(IN)); }
    'index'                  { return word(lx, at, c, TK(INDEX)); }
    'infile'                 { return word(lx, at, c, TK(INFILE)); }
    'inner'                  { return word(lx, at, c, TK(INNER)); }
    'inout'                  { return word(lx, at, c, TK(INOUT)); }
    'insensitive'            { return word(lx, at, c, TK(INSENSITIVE)); }
    'insert'                 { return word(lx, at, c, TK(INSERT)); }
    'install'                { return word(lx, at, c, TK(INSTALL)); }
    'int'                    { return word(lx, at, c, TK(INT)); }
    'int1'                   { return word(lx, at, c, TK(TINYINT)); }
    'int2'                   { return word(lx, at, c, TK(SMALLINT)); }
    'int3'                   { return word(lx, at, c, TK(MEDIUMINT)); }
    'int4'                   { return word(lx, at, c, TK(INT)); }
    'int8'                   { return word(lx, at, c, TK(BIGINT)); }
    'integer'                { return word(lx, at, c, TK(INTEGER)); }
    'intersect'              { return word(lx, at, c, TK(INTERSECT)); }
    'interval'               { return word(lx, at, c, TK(INTERVAL)); }
    'into'                   { return word(lx, at, c, TK(INTO)); }
    'is'                     { return word(lx, at, c, TK(IS)); }
    'isolation'              { return word(lx, at, c, TK(ISOLATION)); }
    'iterate'                { return word(lx, at, c, TK(ITERATE)); }
    'join'                   { return word(lx, at, c, TK(JOIN)); }
    'json'                   { return word(lx, at, c, TK(JSON)); }
    'json_table'             { return word(lx, at, c, TK(JSON_TABLE)); }
    'key'                    { return word(lx, at, c, TK(KEY)); }
    'keys'                   { return word(lx, at, c, TK(KEYS)); }
    'kill'                   { return word(lx, at, c, TK(KILL)); }
    'language'               { return word(lx, at, c, TK(LANGUAGE)); }
    'last'                   { return word(lx, at, c, TK(LAST)); }
    'lateral'                { return word(lx, at, c, TK(LATERAL)); }
    'leading'                { return word(lx, at, c, TK(LEADING)); }
    'leave'                  { return word(lx, at, c, TK(LEAVE)); }
    'left'                   { return word(lx, at, c, TK(LEFT)); }
    'level'                  { return word(lx, at, c, TK(LEVEL)); }
    'like'                   { return word(lx, at, c, TK(LIKE)); }
    'limit'                  { return word(lx, at, c, TK(LIMIT)); }
    'linear'                 { return word(lx, at, c, TK(LINEAR)); }
    'lines'                  { return word(lx, at, c, TK(LINES)); }
    'load'                   { return word(lx, at, c, TK(LOAD)); }
    'local'                  { return word(lx, at, c, TK(LOCAL)); }
    'localtime'              { return word(lx, at, c, TK(LOCALTIME)); }
    'localtimestamp'         { return word(lx, at, c, TK(LOCALTIMESTAMP)); }
    'lock'                   { return word(lx, at, c, TK(LOCK)); }
    'locked'                 { return word(lx, at, c, TK(LOCKED)); }
    'long'                   { return word(lx, at, c, TK(LONG)); }
    'longblob'               { return word(lx, at, c, TK(LONGBLOB)); }
    'longtext'               { return word(lx, at, c, TK(LONGTEXT)); }
    'loop'                   { return word(lx, at, c, TK(LOOP)); }
    'low_priority'           { return word(lx, at, c, TK(LOW_PRIORITY)); }
    'match'                  { return word(lx, at, c, TK(MATCH)); }
    'maxvalue'               { return word(lx, at, c, TK(MAXVALUE)); }
    'mediumblob'             { return word(lx, at, c, TK(MEDIUMBLOB)); }
    'mediumint'              { return word(lx, at, c, TK(MEDIUMINT)); }
    'mediumtext'             { return word(lx, at, c, TK(MEDIUMTEXT)); }
    'member'                 { return word(lx, at, c, TK(MEMBER)); }
    'microsecond'            { return word(lx, at, c, TK(MICROSECOND)); }
    'mid'                    { return call(lx, at, c, TK(SUBSTRING)); }
    'middleint'              { return word(lx, at, c, TK(MEDIUMINT)); }
    'migrate'                { return word(lx, at, c, TK(MIGRATE)); }
    'minute'                 { return word(lx, at, c, TK(MINUTE)); }
    'minute_microsecond'     { return word(lx, at, c, TK(MINUTE_MICROSECOND)); }
    'minute_second'          { return word(lx, at, c, TK(MINUTE_SECOND)); }
    'mod'                    { return word(lx, at, c, TK(MOD)); }
    'mode'                   { return word(lx, at, c, TK(MODE)); }
    'modifies'               { return word(lx, at, c, TK(MODIFIES)); }
    'month'                  { return word(lx, at, c, TK(MONTH)); }
    'names'                  { return word(lx, at, c, TK(NAMES)); }
    'natural'                { return word(lx, at, c, TK(NATURAL)); }
    'nested'                 { return word(lx, at, c, TK(NESTED)); }
    'next'                   { return word(lx, at, c, TK(NEXT)); }
    'no'                     { return word(lx, at, c, TK(NO)); }
    'not'                    { return word(lx, at, c, lx->not_token); }
    'nowait'                 { return word(lx, at, c, TK(NOWAIT)); }
    'no_write_to_binlog'     { return word(lx, at, c, TK(NO_WRITE_TO_BINLOG)); }
    'null'                   { return word(lx, at, c, TK(NULL)); }
    'nulls'                  { return word(lx, at, c, TK(NULLS)); }
    'numeric'                { return word(lx, at, c, TK(NUMERIC)); }
    'of'                     { return word(lx, at, c, TK(OF)); }
    'offset'                 { return word(lx, at, c, TK(OFFSET)); }
    'oj'                     { return word(lx, at, c, TK(OJ)); }
    'on'                     { return word(lx, at, c, TK(ON)); }
    'online'                 { return word(lx, at, c, TK(ONLINE)); }
    'only'                   { return word(lx, at, c, TK(ONLY)); }
    'open'                   { return word(lx, at, c, TK(OPEN)); }
    'optimize'               { return word(lx, at, c, TK(OPTIMIZE)); }
    'option'                 { return word(lx, at, c, TK(OPTION)); }
    'optionally'             { return word(lx, at, c, TK(OPTIONALLY)); }
    'or'                     { return word(lx, at, c, TK(OR)); }
    'order'                  { return word(lx, at, c, TK(ORDER)); }
    'ordinality'             { return word(lx, at, c, TK(ORDINALITY)); }
    'others'                 { return word(lx, at, c, TK(OTHERS)); }
    'out'                    { return word(lx, at, c, TK(OUT)); }
    'outer'                  { return word(lx, at, c, TK(OUTER)); }
    'outfile'                { return word(lx, at, c, TK(OUTFILE)); }
    'over'                   { return word(lx, at, c, TK(OVER)); }
    'package'                { return word(lx, at, c, TK(PACKAGE)); }
    'partition'              { return word(lx, at, c, TK(PARTITION)); }
    'partitions'             { return word(lx, at, c, TK(PARTITIONS)); }
    'password'               { return word(lx, at, c, TK(PASSWORD)); }
    'path'                   { return word(lx, at, c, TK(PATH)); }
    'persist'                { return word(lx, at, c, TK(PERSIST)); }
    'persist_only'           { return word(lx, at, c, TK(PERSIST_ONLY)); }
    'portion'                { return word(lx, at, c, TK(PORTION)); }
    'position'               { return call(lx, at, c, TK(POSITION)); }
    'preceding'              { return word(lx, at, c, TK(PRECEDING)); }
    'precision'              { return word(lx, at, c, TK(PRECISION)); }
    'prepare'                { return word(lx, at, c, TK(PREPARE)); }
    'previous'               { return word(lx, at, c, TK(PREVIOUS)); }
    'primary'                { return word(lx, at, c, TK(PRIMARY)); }
    'procedure'              { return word(lx, at, c, TK(PROCEDURE)); }
    'purge'                  { return word(lx, at, c, TK(PURGE)); }
    'quarter'                { return word(lx, at, c, TK(QUARTER)); }
    'query'                  { return word(lx, at, c, TK(QUERY)); }
    'quick'                  { return word(lx, at, c, TK(QUICK)); }
    'range'                  { return word(lx, at, c, TK(RANGE)); }
    'read'                   { return word(lx, at, c, TK(READ)); }
    'reads'                  { return word(lx, at, c, TK(READS)); }
    'read_write'             { return word(lx, at, c, TK(READ_WRITE)); }
    'real'                   { return word(lx, at, c, TK(REAL)); }
    'recover'                { return word(lx, at, c, TK(RECOVER)); }
    'recursive'              { return word(lx, at, c, TK(RECURSIVE)); }
    'references'             { return word(lx, at, c, TK(REFERENCES)); }
    'regexp'                 { return word(lx, at, c, TK(REGEXP)); }
    'release'                { return word(lx, at, c, TK(RELEASE)); }
    'rename'                 { return word(lx, at, c, TK(RENAME)); }
    'repair'                 { return word(lx, at, c, TK(REPAIR)); }
    'repeat'                 { return word(lx, at, c, TK(REPEAT)); }
    'repeatable'             { return word(lx, at, c, TK(REPEATABLE)); }
    'replace'                { return word(lx, at, c, TK(REPLACE)); }
    'require'                { return word(lx, at, c, TK(REQUIRE)); }
    'reset'                  { return word(lx, at, c, TK(RESET)); }
    'resignal'               { return word(lx, at, c, TK(RESIGNAL)); }
    'respect'                { return word(lx, at, c, TK(RESPECT)); }
    'restart'                { return word(lx, at, c, TK(RESTART)); }
    'restrict'               { return word(lx, at, c, TK(RESTRICT)); }
    'return'                 { return word(lx, at, c, TK(RETURN)); }
    'returning'              { return word(lx, at, c, TK(RETURNING)); }
    'revoke'                 { return word(lx, at, c, TK(REVOKE)); }
    'right'                  { return word(lx, at, c, TK(RIGHT)); }
    'rlike'                  { return word(lx, at, c, TK(RLIKE)); }
    'role'                   { return word(lx, at, c, TK(ROLE)); }
    'rollback'               { return word(lx, at, c, TK(ROLLBACK)); }
    'rollup'                 { return word(lx, at, c, TK(ROLLUP)); }
    'row'                    { return word(lx, at, c, TK(ROW)); }
    'rows'                   { return word(lx, at, c, TK(ROWS)); }
    'savepoint'              { return word(lx, at, c, TK(SAVEPOINT)); }
    'schema'                 { return word(lx, at, c, TK(SCHEMA)); }
    'schemas'                { return word(lx, at, c, TK(SCHEMAS)); }
    'second'                 { return word(lx, at, c, TK(SECOND)); }
    'second_microsecond'     { return word(lx, at, c, TK(SECOND_MICROSECOND)); }
    'select'                 { return word(lx, at, c, TK(SELECT)); }
    'sensitive'              { return word(lx, at, c, TK(SENSITIVE)); }
    'separator'              { return word(lx, at, c, TK(SEPARATOR)); }
    'serializable'           { return word(lx, at, c, TK(SERIALIZABLE)); }
    'session'                { return word(lx, at, c, TK(SESSION)); }
    'set'                    { return word(lx, at, c, TK(SET)); }
    'share'                  { return word(lx, at, c, TK(SHARE)); }
    'show'                   { return word(lx, at, c, TK(SHOW)); }
    'shutdown'               { return word(lx, at, c, TK(SHUTDOWN)); }
    'signal'                 { return word(lx, at, c, TK(SIGNAL)); }
    'signed'                 { return word(lx, at, c, TK(SIGNED)); }
    'skip'                   { return word(lx, at, c, TK(SKIP)); }
    'smallint'               { return word(lx, at, c, TK(SMALLINT)); }
    'snapshot'               { return word(lx, at, c, TK(SNAPSHOT)); }
    'some'                   { return word(lx, at, c, TK(SOME)); }
    'sounds'                 { return word(lx, at, c, TK(SOUNDS)); }
    'spatial'                { return word(lx, at, c, TK(SPATIAL)); }
    'specific'               { return word(lx, at, c, TK(SPECIFIC)); }
    'sql'                    { return word(lx, at, c, TK(SQL)); }
    'sqlexception'           { return word(lx, at, c, TK(SQLEXCEPTION)); }
    'sqlstate'               { return word(lx, at, c, TK(SQLSTATE)); }
    'sqlwarning'             { return word(lx, at, c, TK(SQLWARNING)); }
    'sql_big_result'         { return word(lx, at, c, TK(SQL_BIG_RESULT)); }
    'sql_buffer_result'      { return word(lx, at, c, TK(SQL_BUFFER_RESULT)); }
    'sql_cache'              { return word(lx, at, c, TK(SQL_CACHE)); }
    'sql_calc_found_rows'    { return word(lx, at, c, TK(SQL_CALC_FOUND_ROWS)); }
    'sql_no_cache'           { return word(lx, at, c, TK(SQL_NO_CACHE)); }
    'sql_small_result'       { return word(lx, at, c, TK(SQL_SMALL_RESULT)); }
    'ssl'                    { return word(lx, at, c, TK(SSL)); }
    'start'                  { return word(lx, at, c, TK(START)); }
    'starting'               { return word(lx, at, c, TK(STARTING)); }
    'statement'              { return word(lx, at, c, TK(STATEMENT)); }
    'stop'                   { return word(lx, at, c, TK(STOP)); }
    'straight_join'          { return word(lx, at, c, TK(STRAIGHT_JOIN)); }
    'substr'                 { return call(lx, at, c, TK(SUBSTRING)); }
    'substring'              { return call(lx, at, c, TK(SUBSTRING)); }
    'system_time'            { return word(lx, at, c, TK(SYSTEM_TIME)); }
    'table'                  { return word(lx, at, c, TK(TABLE)); }
    'tables'                 { return word(lx, at, c, TK(TABLES)); }
    'temporary'              { return word(lx, at, c, TK(TEMPORARY)); }
    'terminated'             { return word(lx, at, c, TK(TERMINATED)); }
    'then'                   { return word(lx, at, c, TK(THEN)); }
    'ties'                   { return word(lx, at, c, TK(TIES)); }
    'time'                   { return word(lx, at, c, TK(TIME)); }
    'timestamp'              { return word(lx, at, c, TK(TIMESTAMP)); }
    'tinyblob'               { return word(lx, at, c, TK(TINYBLOB)); }
    'tinyint'                { return word(lx, at, c, TK(TINYINT)); }
    'tinytext'               { return word(lx, at, c, TK(TINYTEXT)); }
    'to'                     { return word(lx, at, c, TK(TO)); }
    'trailing'               { return word(lx, at, c, TK(TRAILING)); }
    'transaction'            { return word(lx, at, c, TK(TRANSACTION)); }
    'trigger'                { return word(lx, at, c, TK(TRIGGER)); }
    'trim'                   { return call(lx, at, c, TK(TRIM)); }
    'true'                   { return word(lx, at, c, TK(TRUE)); }
    'truncate'               { return word(lx, at, c, TK(TRUNCATE)); }
    'unbounded'              { return word(lx, at, c, TK(UNBOUNDED)); }
    'uncommitted'            { return word(lx, at, c, TK(UNCOMMITTED)); }
    'undo'                   { return word(lx, at, c, TK(UNDO)); }
    'uninstall'              { return word(lx, at, c, TK(UNINSTALL)); }
    'union'                  { return word(lx, at, c, TK(UNION)); }
    'unique'                 { return word(lx, at, c, TK(UNIQUE)); }
    'unknown'                { return word(lx, at, c, TK(UNKNOWN)); }
    'unlock'                 { return word(lx, at, c, TK(UNLOCK)); }
    'unsigned'               { return word(lx, at, c, TK(UNSIGNED)); }
    'update'                 { return word(lx, at, c, TK(UPDATE)); }
    'usage'                  { return word(lx, at, c, TK(USAGE)); }
    'use'                    { return word(lx, at, c, TK(USE)); }
    'using'                  { return word(lx, at, c, TK(USING)); }
    'utc_date'               { return word(lx, at, c, TK(UTC_DATE)); }
    'utc_time'               { return word(lx, at, c, TK(UTC_TIME)); }
    'utc_timestamp'          { return word(lx, at, c, TK(UTC_TIMESTAMP)); }
    'value'                  { return word(lx, at, c, TK(VALUE)); }
    'values'                 { return word(lx, at, c, TK(VALUES)); }
    'varbinary'              { return word(lx, at, c, TK(VARBINARY)); }
    'varchar'                { return word(lx, at, c, TK(VARCHAR)); }
    'varcharacter'           { return word(lx, at, c, TK(VARCHAR)); }
    'varying'                { return word(lx, at, c, TK(VARYING)); }
    'view'                   { return word(lx, at, c, TK(VIEW)); }
    'wait'                   { return word(lx, at, c, TK(WAIT)); }
    'warnings'               { return word(lx, at, c, TK(WARNINGS)); }
    'week'                   { return word(lx, at, c, TK(WEEK)); }
    'when'                   { return word(lx, at, c, TK(WHEN)); }
    'where'                  { return word(lx, at, c, TK(WHERE)); }
    'while'                  { return word(lx, at, c, TK(WHILE)); }
    'window'                 { return word(lx, at, c, TK(WINDOW)); }
    'with'                   { return word(lx, at, c, TK(WITH)); }
    'within'                 { return word(lx, at, c, TK(WITHIN)); }
    'without'                { return word(lx, at, c, TK(WITHOUT)); }
    'work'                   { return word(lx, at, c, TK(WORK)); }
    'write'                  { return word(lx, at, c, TK(WRITE)); }
    'xa'                     { return word(lx, at, c, TK(XA)); }
    'xml'                    { return word(lx, at, c, TK(XML)); }
    'xor'                    { return word(lx, at, c, TK(XOR)); }
    'year'                   { return word(lx, at, c, TK(YEAR)); }
    'year_month'             { return word(lx, at, c, TK(YEAR_MONTH)); }
    'zerofill'               { return word(lx, at, c, TK(ZEROFILL)); }
    'zone'                   { return word(lx, at, c, TK(ZONE)); }
    start inname*            { return word(lx, at, c, TK(IDENT)); }
    */
}
