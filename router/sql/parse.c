/* parse.c - runs the grammar over the lexer's tokens. SPDX-License-Identifier: Apache-2.0
 * The parser lives on the stack (20 KiB). Between lexer and grammar stands one token of lookahead, which settles what an LALR(1)
 * grammar cannot: a few words mean different things by the token that follows. */
#include <stddef.h>

#include "base/error.h"
#include "base/str.h"
#include "router/sql/build.h"
#include "router/sql/effects.h"

static void weir__builder_too_deep(weir__builder *b)
{
    if (!b->failed) {
        b->failed = WEIR_LIMIT;
        b->at = b->ahead;
    }
}

static void weir__builder_unexpected(weir__builder *b, int major, weir__token t)
{
    (void)major;
    if (!b->failed) {
        b->failed = WEIR_SYNTAX;
        b->at = t;
    }
}

/* lemon's output leaves parameters unused and has no prototypes. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wunused-variable"
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wmissing-prototypes"
#pragma GCC diagnostic ignored "-Wundef"
#define weir__grammar_ENGINEALWAYSONSTACK 1
#include "router/sql/grammar.c"
#pragma GCC diagnostic pop

static bool before_predicate(int id)
{
    return id == TK(IN) || id == TK(LIKE) || id == TK(BETWEEN) || id == TK(REGEXP) || id == TK(RLIKE);
}

static void skip_ahead(weir__builder *b)
{
    b->ahead = weir__lex(&b->lexer);
}

static bool is_explain(int id)
{
    return id == TK(EXPLAIN) || id == TK(DESCRIBE) || id == TK(DESC);
}

/* Words that are special only before (or behind) certain tokens, and names elsewhere. */
static int word_in_its_place(weir__builder *b, const weir__token *t)
{
    int ahead = b->ahead.id, before = b->before;
    switch (t->id) {
    case TK(ANY):
    case TK(JSON_TABLE):
    case TK(LATERAL):
    case TK(SOME):
        return ahead == TK(LP) ? t->id : TK(IDENT);
    case TK(EXTENDED):
    case TK(PARTITIONS):
        return is_explain(before) ? t->id : TK(IDENT);
    case TK(FORMAT):
        return ahead == TK(EQ) && (is_explain(before) || before == TK(ANALYZE)) ? t->id : TK(IDENT);
    case TK(OFFSET):
        return ahead == TK(INTEGER_NUMBER) || ahead == TK(PARAM) || before == TK(INTEGER_NUMBER) || before == TK(PARAM)
                   ? t->id
                   : TK(IDENT);
    case TK(RETURNING):
        return ahead == TK(DOT) || before == TK(DOT) ? TK(IDENT) : t->id;
    case TK(WINDOW):
        return weir__token_is_name(ahead) && before != TK(DOT) ? t->id : TK(IDENT);
    case TK(MEMBER):
        return ahead == TK(OF) ? t->id : TK(IDENT);
    case TK(SOUNDS):
        return ahead == TK(LIKE) ? t->id : TK(IDENT);
    case TK(NEXT):
    case TK(PREVIOUS):
        return ahead == TK(VALUE) || before == TK(FETCH) ? t->id : TK(IDENT);
    case TK(ROW):
        return ahead == TK(LP) || before == TK(CURRENT) || before == TK(FIRST) || before == TK(NEXT) ||
                       before == TK(INTEGER_NUMBER) || before == TK(PARAM)
                   ? t->id
                   : TK(IDENT);
    case TK(VALUE):
        return before == TK(NEXT) || before == TK(PREVIOUS) ||
                       (ahead == TK(LP) && (before == TK(RP) || weir__token_is_name(before)))
                   ? t->id
                   : TK(IDENT);
    default:
        return t->id;
    }
}

/* The next token for the grammar; gives its number there, which may not be its own id. */
static int next(weir__builder *b, weir__token *t)
{
    int major;
    *t = b->ahead;
    if (t->id != TK(EOF))
        skip_ahead(b);
    major = t->id;
    switch (t->id) {
    case TK(NOT):
    case TK(NOT2):
        if (before_predicate(b->ahead.id))
            major = TK(PNOT);
        break;
    case TK(FOR):
        if (b->ahead.id == TK(SYSTEM_TIME) || b->ahead.id == TK(PORTION)) {
            major = b->ahead.id == TK(PORTION) ? TK(FOR_PORTION) : TK(FOR_SYSTEM_TIME);
            t->end = b->ahead.end;
            skip_ahead(b);
        }
        break;
    case TK(ON):
        if (b->ahead.id == TK(DUPLICATE)) {
            major = TK(ON_DUPLICATE);
            skip_ahead(b);
        }
        break;
    case TK(DATE):
    case TK(TIME):
    case TK(TIMESTAMP):
        if (b->ahead.id == TK(STRING))
            major = b->before == TK(LBRACE) ? TK(IDENT) : TK(TEMPORAL); /* {d '..'} */
        break;
    case TK(STRING):
    case TK(NSTRING):
        while (b->ahead.id == TK(STRING) && b->before != TK(TEMPORAL)) {
            t->end = b->ahead.end;
            skip_ahead(b);
        }
        break;
    case TK(LP):
        b->parens += b->parens < 63;
        if (b->before == TK(POSITION))
            b->positions |= (uint64_t)1 << b->parens;
        else
            b->positions &= ~((uint64_t)1 << b->parens);
        break;
    case TK(RP):
        b->positions &= ~((uint64_t)1 << b->parens);
        b->parens -= b->parens > 0;
        break;
    case TK(IN):
        if (b->positions >> b->parens & 1)
            major = TK(COMMA); /* POSITION(a IN b) */
        break;
    default:
        major = word_in_its_place(b, t);
    }
    b->before = (uint16_t)(major == TK(TEMPORAL) ? major : t->id);
    return major;
}

static void run_grammar(weir__builder *b)
{
    yyParser parser;
    weir__token t;
    int major;

    weir__grammarInit(&parser);
    do {
        uint16_t before = b->before;
        major = next(b, &t);
        if (major == TK(ILLEGAL) || weir__token_is_unclosed(major))
            weir__builder_unexpected(b, major, t);
        else
            weir__grammar(&parser, major, t, b);
        if (b->failed == WEIR_SYNTAX)
            b->second = before == TK(SEMI);
    } while (major != TK(EOF) && !b->failed && !b->arena->failed);
    weir__grammarFinalize(&parser);
}

/* Does the grammar know the statement? id: its first token; ahead: its second. */
static bool in_grammar(int id, int ahead)
{
    switch (id) {
    case TK(CALL):
    case TK(COMMIT):
    case TK(DELETE):
    case TK(DO):
    case TK(INSERT):
    case TK(LP):
    case TK(RELEASE):
    case TK(REPLACE):
    case TK(ROLLBACK):
    case TK(SAVEPOINT):
    case TK(SELECT):
    case TK(TABLE):
    case TK(UPDATE):
    case TK(USE):
    case TK(VALUES):
    case TK(WITH):
        return true;
    case TK(BEGIN):
        return ahead != TK(NOT);
    case TK(START):
        return ahead == TK(TRANSACTION);
    case TK(SET):
        return ahead != TK(PASSWORD) && ahead != TK(ROLE) && ahead != TK(DEFAULT) && ahead != TK(STATEMENT);
    case TK(DESC):
    case TK(DESCRIBE):
    case TK(EXPLAIN):
        return ahead != TK(FOR);
    case TK(ANALYZE):
        return ahead != TK(TABLE) && ahead != TK(TABLES) && ahead != TK(LOCAL) && ahead != TK(NO_WRITE_TO_BINLOG);
    default:
        return false;
    }
}

/* Other words that statements begin with. Those that are no words of the lexer's: CHANGE is, KILL is; CHECKSUM, GET, HELP are. */
static bool is_head(int id)
{
    static const uint16_t heads[] = {
        TK(ALTER),    TK(ANALYZE),   TK(BACKUP),  TK(BEGIN),   TK(BINLOG),     TK(CACHE),   TK(CASE),  TK(CHANGE),
        TK(CHECK),    TK(CHECKSUM),  TK(CLONE),   TK(CREATE),  TK(DEALLOCATE), TK(DECLARE), TK(DESC),  TK(DESCRIBE),
        TK(DROP),     TK(EXECUTE),   TK(EXPLAIN), TK(FLUSH),   TK(FOR),        TK(GET),     TK(GRANT), TK(HANDLER),
        TK(HELP),     TK(IF),        TK(IMPORT),  TK(INSTALL), TK(KILL),       TK(LOAD),    TK(LOCK),  TK(LOOP),
        TK(OPTIMIZE), TK(PREPARE),   TK(PURGE),   TK(RENAME),  TK(REPAIR),     TK(REPEAT),  TK(RESET), TK(RESIGNAL),
        TK(RESTART),  TK(REVOKE),    TK(SET),     TK(SHOW),    TK(SHUTDOWN),   TK(SIGNAL),  TK(START), TK(STOP),
        TK(TRUNCATE), TK(UNINSTALL), TK(UNLOCK),  TK(WHILE),   TK(XA),
    };
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        if (heads[i] == id)
            return true;
    return false;
}

/* A statement that is known by its first words: its tokens are only looked through. */
static void read_head(weir__builder *b, weir__token first)
{
    weir__sql_effects effects = weir__sql_effects_of(b->sql, &b->lexer.options);
    bool show = first.id == TK(SHOW);

    b->root = leaf(b, show ? NODE(SHOW) : NODE(HEAD), show ? b->ahead.id : first.id, first);
    b->parameters = effects.parameters;
    if (effects.unclosed || effects.illegal)
        weir__builder_unexpected(b, 0, (weir__token){effects.bad_at, effects.bad_at + 1, effects.bad_token});
    b->second = effects.more_than_one && !b->failed;
    if (b->second)
        weir__builder_unexpected(b, 0, (weir__token){effects.second_at, effects.second_at + 1, TK(IDENT)});
    for (; b->ahead.id != TK(EOF); skip_ahead(b))
        if (b->ahead.id != TK(SEMI))
            until(b->root, b->ahead);
}

/* Line and column, both from 1; columns are characters. */
static void place_of(weir_str sql, uint32_t offset, unsigned *line, unsigned *column)
{
    *line = *column = 1;
    for (uint32_t i = 0; i < offset && i < sql.size; i++) {
        if (sql.data[i] == '\n') {
            ++*line;
            *column = 1;
        } else if (((unsigned char)sql.data[i] & 0xC0) != 0x80) {
            ++*column;
        }
    }
}

static weir_status fail(const weir__builder *b, weir_error *error)
{
    unsigned line, column;
    uint32_t at = b->at.start, size = b->at.end - b->at.start;
    weir_status status = b->failed ? b->failed : b->arena->failed;
    const char *where = b->sql.data + at;

    place_of(b->sql, at, &line, &column);
    if (size > 40)
        size = 40;
    while (size > 0 && size < b->at.end - at && ((unsigned char)where[size] & 0xC0) == 0x80)
        size--;
    if (status == WEIR_NOMEM)
        return weir__fail_nomem(error);
    if (b->failed == WEIR_LIMIT)
        weir__fail(error, status, WEIR_RETRY_NEVER,
                   "line %u, column %u: nested too deep (at most %d levels); split the statement", line, column,
                   WEIR__MAX_SQL_DEPTH);
    else if (status == WEIR_LIMIT)
        weir__fail(error, status, WEIR_RETRY_NEVER, "the statement needs more than %zu bytes of memory; split it",
                   b->arena->limit);
    else if (b->second)
        weir__fail(error, status, WEIR_RETRY_NEVER, "line %u, column %u: a second statement; send one at a time", line,
                   column);
    else if (b->at.id == TK(UNCLOSED_STRING) || b->at.id == TK(UNCLOSED_NAME) || b->at.id == TK(UNCLOSED_COMMENT))
        weir__fail(error, status, WEIR_RETRY_NEVER, "line %u, column %u: this %s has no end", line, column,
                   b->at.id == TK(UNCLOSED_STRING) ? "string"
                   : b->at.id == TK(UNCLOSED_NAME) ? "quoted name"
                                                   : "comment");
    else if (b->at.id == TK(EOF))
        weir__fail(error, status, WEIR_RETRY_NEVER, "line %u, column %u: the statement ends too early", line, column);
    else
        weir__fail(error, status, WEIR_RETRY_NEVER, "line %u, column %u: \"%.*s\" is not expected here", line, column,
                   (int)size, where);
    error->sql_offset = at;
    return status;
}

weir_status weir__parse(weir_str sql, const weir__lex_options *options, weir__arena *arena, weir__tree *tree,
                        weir_error *error)
{
    weir__builder b = {.sql = sql, .arena = arena};
    weir__token first;

    *tree = (weir__tree){.sql = sql};
    weir__lexer_init(&b.lexer, sql, options);
    skip_ahead(&b);
    first = b.ahead;
    if (is_head(first.id) || in_grammar(first.id, TK(EOF))) {
        weir__lexer peek = b.lexer;
        int second = weir__lex(&peek).id;
        if (in_grammar(first.id, second)) {
            run_grammar(&b);
        } else {
            skip_ahead(&b);
            read_head(&b, first);
        }
    } else {
        weir__builder_unexpected(&b, first.id, first);
    }
    if (b.failed || arena->failed)
        return fail(&b, error);
    tree->root = b.root;
    tree->parameters = b.parameters;
    return WEIR_OK;
}
