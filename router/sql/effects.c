/* effects.c - see effects.h. One look at each token, with the three before it. SPDX-License-Identifier: Apache-2.0 */
#include "router/sql/effects.h"

#include "base/str.h"
#include "router/sql/functions.h"

#define TK(name) WEIR__TK_##name

enum { HEAD = 4 };

typedef struct scan {
    weir_str sql;
    const weir__lex_options *options;
    weir__sql_effects *out;
    uint16_t head[HEAD]; /* the statement's first tokens, without parentheses before them */
    unsigned heads;
    uint16_t with_verb;    /* behind WITH: the statement proper, once it has come */
    weir__token before[3]; /* the tokens before, newest first; id EOF where there is none */
    unsigned depth;        /* of parentheses */
    bool create_header;    /* CREATE or ALTER, and the kind of thing has not come yet */
    bool insert_id_call;   /* the token before is the parenthesis of LAST_INSERT_ID( */
    bool into, writes, server_own, executes;
    bool limits, unites, table; /* LIMIT or FETCH; UNION and its like; the word TABLE */
} scan;

/* The bits of WEIR__FN_READS functions. */
uint8_t weir__ask_of_function(weir_str name)
{
    if (weir__str_is_nocase(name, "last_insert_id"))
        return WEIR__ASK_INSERT_ID;
    if (weir__str_is_nocase(name, "row_count"))
        return WEIR__ASK_ROW_COUNT;
    if (weir__str_is_nocase(name, "found_rows"))
        return WEIR__ASK_FOUND_ROWS;
    return WEIR__ASK_CONNECTION;
}

/* @@x, @@session.x: some of them tell of the statements before. What is global is none of the session's. */
uint8_t weir__ask_of_variable(weir_str name)
{
    static const struct {
        const char *name;
        uint8_t ask;
    } rows[] = {
        {"error_count", WEIR__ASK_ERROR_COUNT},     {"identity", WEIR__ASK_INSERT_ID},
        {"in_transaction", WEIR__ASK_CONNECTION},   {"insert_id", WEIR__ASK_CONNECTION},
        {"last_gtid", WEIR__ASK_CONNECTION},        {"last_insert_id", WEIR__ASK_INSERT_ID},
        {"pseudo_thread_id", WEIR__ASK_CONNECTION}, {"rand_seed1", WEIR__ASK_CONNECTION},
        {"rand_seed2", WEIR__ASK_CONNECTION},       {"timestamp", WEIR__ASK_CONNECTION},
        {"warning_count", WEIR__ASK_WARNING_COUNT},
    };
    const weir_str global = {"@@global.", 9};
    bool is_global = name.size > global.size && strncasecmp(name.data, global.data, global.size) == 0;
    for (size_t i = name.size; i-- > 0;)
        if (name.data[i] == '.' || name.data[i] == '@') {
            name = weir__slice(name.data + i + 1, name.data + name.size);
            break;
        }
    if (name.size >= 2 && name.data[0] == '`')
        name = weir__slice(name.data + 1, name.data + name.size - 1);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (weir__str_is_nocase(name, rows[i].name))
            return is_global ? WEIR__ASK_CONNECTION : rows[i].ask;
    return 0;
}

static weir__verb with_verb(uint16_t id)
{
    switch (id) {
    case TK(UPDATE):
        return WEIR__VERB_UPDATE;
    case TK(DELETE):
        return WEIR__VERB_DELETE;
    case TK(INSERT):
        return WEIR__VERB_INSERT;
    case TK(REPLACE):
        return WEIR__VERB_REPLACE;
    case TK(EOF):
        return WEIR__VERB_OTHER;
    default:
        return WEIR__VERB_SELECT;
    }
}

/* Verbs that their first word decides. */
static weir__verb plain_verb(uint16_t first)
{
    static const struct {
        uint16_t token;
        uint8_t verb;
    } rows[] = {
#define X(token, verb) {WEIR__TK_##token, WEIR__VERB_##verb},
        /* clang-format off */
        X(ALTER, DDL) X(CACHE, DDL) X(CALL, CALL) X(CHECK, DDL) X(COMMIT, COMMIT) X(CREATE, DDL) X(DEALLOCATE, PREPARE)
        X(DELETE, DELETE) X(DESC, EXPLAIN) X(DESCRIBE, EXPLAIN) X(DROP, DDL) X(EOF, EMPTY) X(EXECUTE, PREPARE)
        X(EXPLAIN, EXPLAIN) X(FLUSH, DDL) X(GRANT, DDL) X(IMPORT, DDL) X(INSERT, INSERT) X(INSTALL, DDL) X(LOAD, LOAD)
        X(LOCK, LOCK) X(OPTIMIZE, DDL) X(PREPARE, PREPARE) X(RENAME, DDL) X(REPAIR, DDL) X(REPLACE, REPLACE) X(RESET, DDL)
        X(REVOKE, DDL) X(SAVEPOINT, SAVEPOINT) X(SELECT, SELECT) X(SET, SET) X(SHOW, SHOW) X(TABLE, SELECT)
        X(TRUNCATE, DDL) X(UNINSTALL, DDL) X(UNLOCK, LOCK) X(UPDATE, UPDATE) X(USE, USE) X(VALUES, SELECT) X(XA, XA)
    /* clang-format on */
#undef X
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].token == first)
            return (weir__verb)rows[i].verb;
    return WEIR__VERB_OTHER;
}

static weir__verb verb_of(const scan *s)
{
    const uint16_t *head = s->head;
    switch (head[0]) {
    case TK(WITH):
        return with_verb(s->with_verb);
    case TK(ANALYZE):
        return head[1] == TK(TABLE) || head[1] == TK(TABLES) || head[1] == TK(LOCAL) ||
                       head[1] == TK(NO_WRITE_TO_BINLOG)
                   ? WEIR__VERB_DDL
                   : WEIR__VERB_EXPLAIN;
    case TK(BEGIN):
        return head[1] == TK(NOT) ? WEIR__VERB_OTHER : WEIR__VERB_BEGIN;
    case TK(DROP):
        return head[1] == TK(PREPARE) ? WEIR__VERB_PREPARE : WEIR__VERB_DDL;
    case TK(RELEASE):
        return head[1] == TK(SAVEPOINT) ? WEIR__VERB_SAVEPOINT : WEIR__VERB_OTHER;
    case TK(ROLLBACK):
        return head[1] == TK(TO) || head[2] == TK(TO) ? WEIR__VERB_SAVEPOINT : WEIR__VERB_ROLLBACK;
    case TK(SET):
        return head[1] == TK(STATEMENT) ? WEIR__VERB_OTHER : WEIR__VERB_SET;
    case TK(START):
        return head[1] == TK(TRANSACTION) ? WEIR__VERB_BEGIN : WEIR__VERB_OTHER;
    default:
        return plain_verb(head[0]);
    }
}

/* MariaDB's statements that hold statements: their semicolons belong to them. */
static bool is_compound(const uint16_t *head)
{
    switch (head[0]) {
    case TK(BEGIN):
        return head[1] == TK(NOT);
    case TK(CASE):
    case TK(DECLARE):
    case TK(FOR):
    case TK(IF):
    case TK(LOOP):
    case TK(REPEAT):
    case TK(WHILE):
        return true;
    default:
        return false;
    }
}

/* CREATE [OR REPLACE] [AGGREGATE] [DEFINER = who] PROCEDURE: finds out whether a body follows. */
static void create_header(scan *s, const weir__token *t)
{
    switch (t->id) {
    case TK(EVENT):
    case TK(FUNCTION):
    case TK(PACKAGE):
    case TK(PROCEDURE):
    case TK(TRIGGER):
        if (s->before[0].id == TK(EQ))
            return; /* who has a strange name */
        s->out->body = true;
        s->create_header = false;
        return;
    case TK(AGGREGATE):
    case TK(CURRENT_USER):
    case TK(DEFINER):
    case TK(EQ):
    case TK(LP):
    case TK(OR):
    case TK(REPLACE):
    case TK(RP):
    case TK(USERVAR):
        return;
    default:
        if (s->before[0].id != TK(EQ))
            s->create_header = false;
    }
}

static bool is_comparison(int id)
{
    return id >= TK(EQ) && id <= TK(GE);
}

/* May a parenthesis behind this word, which is not reserved, open something else than a call? */
static bool opens_something_else(const scan *s)
{
    uint16_t word = s->before[0].id, earlier = s->before[1].id;
    switch (word) {
    case TK(ANY):
    case TK(SOME):
        return is_comparison(earlier);
    case TK(AGAINST):
        return earlier == TK(RP);
    case TK(COLUMNS):
        return earlier == TK(STRING) || earlier == TK(INTRODUCER);
    case TK(JSON_TABLE):
    case TK(ROW):
        return true;
    case TK(LATERAL):
        return earlier == TK(FROM) || earlier == TK(JOIN);
    default:
        return earlier == TK(AS); /* a type: CAST(x AS datetime(6)) */
    }
}

/* t is an opening parenthesis: is it the one of a call, and of what? */
static void note_call(scan *s, const weir__token *t)
{
    const weir__token *name = &s->before[0];
    weir__sql_effects *out = s->out;
    bool qualified = s->before[1].id == TK(DOT);

    if (!weir__token_is_name(name->id) && !weir__token_is_word(name->id))
        return;
    const weir__function *f =
        name->id == TK(QUOTED) || qualified ? NULL : weir__function_find(weir__token_text(s->sql, *name));
    if (f && f->flags & (s->options->flavour == WEIR__MYSQL ? WEIR__FN_MARIADB : WEIR__FN_MYSQL))
        f = NULL;
    if (f && f->flags & WEIR__FN_TIGHT && name->end != t->start && !(s->options->sql_mode & WEIR__IGNORE_SPACE))
        f = NULL;
    if (!f) {
        bool syntax = !qualified && (weir__token_is_reserved(name->id) || opens_something_else(s));
        out->unknown_call |= !syntax;
        return;
    }
    if (f->flags & WEIR__FN_READS && !weir__str_is(weir__view(f->name), "last_insert_id"))
        out->asks |= weir__ask_of_function(weir__view(f->name));
    out->changes_session |= (f->flags & WEIR__FN_CHANGES) != 0;
    out->varies |= (f->flags & WEIR__FN_VARIES) != 0;
    out->aggregates |= (f->flags & WEIR__FN_AGGREGATE) != 0;
    out->unknown_call |= !(f->flags & (WEIR__FN_PLAIN | WEIR__FN_READS | WEIR__FN_CHANGES | WEIR__FN_HARMLESS));
    s->server_own |= (f->flags & WEIR__FN_HARMLESS) != 0;
    s->insert_id_call = weir__str_is(weir__view(f->name), "last_insert_id");
}

/* user@host of an account is no variable. */
static bool is_account(const scan *s, const weir__token *t)
{
    int id = s->before[0].id;
    return s->before[0].end == t->start && (weir__token_is_name(id) || id == TK(STRING));
}

static void note_word(scan *s, const weir__token *t)
{
    weir__sql_effects *out = s->out;
    uint16_t before = s->before[0].id, earlier = s->before[1].id, first = s->head[0];

    switch (t->id) {
    case TK(UPDATE):
    case TK(SHARE):
        if (before == TK(FOR))
            out->locking_read = true;
        else if (t->id == TK(UPDATE))
            s->writes = true;
        break;
    case TK(IN):
        out->locking_read |= before == TK(LOCK);
        break;
    case TK(DELETE):
        s->writes = true;
        break;
    case TK(INSERT): /* also functions, further on */
    case TK(REPLACE):
        s->writes |= s->heads < HEAD;
        break;
    case TK(INTO):
        s->into = true;
        break;
    case TK(PROCEDURE): /* SELECT .. PROCEDURE analyse() */
        s->server_own |= first == TK(SELECT);
        out->odd_count |= first == TK(SELECT);
        break;
    case TK(RETURNING):
        out->returning = true;
        break;
    case TK(SQL_CALC_FOUND_ROWS):
        out->counts_rows = true;
        break;
    case TK(SELECT):
        out->selects = true;
        break;
    case TK(TABLE):
        s->table = true;
        break;
    case TK(VIEW):
        out->defines |= (first == TK(CREATE) || first == TK(ALTER)) && !s->table;
        break;
    case TK(FETCH):
    case TK(LIMIT):
        s->limits = true;
        break;
    case TK(EXCEPT):
    case TK(INTERSECT):
    case TK(UNION):
        s->unites = true;
        break;
    case TK(EXAMINED):
    case TK(OFFSET):
    case TK(TIES):
        out->odd_count = true;
        break;
    case TK(FOR):
        if (before == TK(VALUE) && (earlier == TK(NEXT) || earlier == TK(PREVIOUS))) {
            out->changes_session = true;
            if (earlier == TK(PREVIOUS))
                out->asks |= WEIR__ASK_CONNECTION;
        }
        s->server_own |= first == TK(EXPLAIN) || first == TK(DESCRIBE) || first == TK(DESC); /* FOR CONNECTION */
        break;
    case TK(TEMPORARY):
        out->changes_session |= first == TK(CREATE) || first == TK(DROP);
        break;
    case TK(WARNINGS):
    case TK(ERRORS):
        if (first == TK(SHOW))
            out->asks |= WEIR__ASK_MESSAGES;
        break;
    case TK(CHAIN):
        out->chains |= before == TK(AND);
        break;
    case TK(RELEASE):
        out->releases |= before != TK(NO) && (first == TK(COMMIT) || first == TK(ROLLBACK));
        out->chains |= out->releases;
        break;
    case TK(ONLY):
        out->read_only |= first == TK(START) && before == TK(READ);
        break;
    case TK(SNAPSHOT):
        out->snapshot |= first == TK(START);
        break;
    case TK(ANALYZE):
        s->executes = true;
        break;
    case TK(CURRENT_DATE):
    case TK(CURRENT_TIME):
    case TK(CURRENT_TIMESTAMP):
    case TK(LOCALTIME):
    case TK(LOCALTIMESTAMP):
    case TK(UTC_DATE):
    case TK(UTC_TIME):
    case TK(UTC_TIMESTAMP):
        out->varies = true;
        break;
    default:
        break;
    }
}

/* Behind WITH: the first word outside parentheses that begins a statement, or a parenthesis directly behind a query's. */
static void look_behind_with(scan *s, const weir__token *t)
{
    if (s->depth > 0)
        return;
    switch (t->id) {
    case TK(DELETE):
    case TK(INSERT):
    case TK(REPLACE):
    case TK(SELECT):
    case TK(TABLE):
    case TK(UPDATE):
    case TK(VALUES):
        s->with_verb = t->id;
        break;
    case TK(LP):
        if (s->before[0].id == TK(RP))
            s->with_verb = TK(SELECT);
        break;
    default:
        break;
    }
}

static void note(scan *s, const weir__token *t)
{
    weir__sql_effects *out = s->out;

    if (s->heads == 0 && t->id == TK(LP)) {
        s->depth++;
        return;
    }
    if (s->heads < HEAD)
        s->head[s->heads++] = t->id;
    if (s->heads == 1)
        s->create_header = t->id == TK(CREATE) || t->id == TK(ALTER);
    else if (s->create_header)
        create_header(s, t);
    if (s->head[0] == TK(WITH) && !s->with_verb && s->heads > 1)
        look_behind_with(s, t);
    if (s->insert_id_call) {
        s->insert_id_call = false;
        out->sets_insert_id |= t->id != TK(RP);
        if (t->id == TK(RP))
            out->asks |= WEIR__ASK_INSERT_ID;
    }
    switch (t->id) {
    case TK(LP):
        note_call(s, t);
        s->depth++;
        break;
    case TK(RP):
        s->depth -= s->depth > 0;
        break;
    case TK(PARAM):
        out->parameters++;
        break;
    case TK(USERVAR):
        out->user_variable |= !is_account(s, t);
        break;
    case TK(COMMA):
        out->odd_count |= s->before[1].id == TK(LIMIT); /* LIMIT 2, 3 */
        break;
    case TK(SYSVAR):
        out->system_variable = true;
        out->asks |= weir__ask_of_variable(weir__token_text(s->sql, *t));
        break;
    default:
        note_word(s, t);
    }
    s->before[2] = s->before[1];
    s->before[1] = s->before[0];
    s->before[0] = *t;
}

/* SHOW of what is the same on each server that holds the data. */
static bool shows_data(const scan *s)
{
    uint16_t what = s->head[1];
    if (what == TK(FULL) || what == TK(EXTENDED))
        what = s->head[2];
    return what == TK(COLUMNS) || what == TK(CREATE) || what == TK(DATABASES) || what == TK(INDEX) ||
           what == TK(KEYS) || what == TK(SCHEMAS) || what == TK(TABLE) || what == TK(TABLES);
}

static bool changes_session(const scan *s, weir__verb verb)
{
    switch (verb) {
    case WEIR__VERB_SET:
        return s->head[1] != TK(TRANSACTION);
    case WEIR__VERB_LOCK:
    case WEIR__VERB_PREPARE:
    case WEIR__VERB_USE:
    case WEIR__VERB_XA:
        return true;
    default:
        /* FLUSH TABLES .. WITH READ LOCK */
        return s->head[0] == TK(HANDLER) || s->head[0] == TK(FLUSH) || s->head[0] == TK(SET) || is_compound(s->head);
    }
}

static void conclude(scan *s)
{
    weir__sql_effects *out = s->out;
    bool read;

    out->verb = verb_of(s);
    out->changes_session |= changes_session(s, out->verb);
    if (s->head[0] == TK(GET))
        out->asks |= WEIR__ASK_DIAGNOSTICS;
    out->reads_session = out->asks != 0;
    out->body |= is_compound(s->head);
    out->defines |= out->body;
    out->odd_count |= (s->unites && s->limits) || s->head[0] == TK(VALUES) || s->head[0] == TK(TABLE);
    out->selects |= s->head[0] == TK(VALUES) || s->head[0] == TK(TABLE);
    out->into = s->into && out->verb == WEIR__VERB_SELECT;
    out->read_only &= out->verb == WEIR__VERB_BEGIN;
    out->snapshot &= out->verb == WEIR__VERB_BEGIN;
    out->chains &= out->verb == WEIR__VERB_COMMIT || out->verb == WEIR__VERB_ROLLBACK;
    out->releases &= out->chains;
    out->returning &= out->verb == WEIR__VERB_INSERT || out->verb == WEIR__VERB_REPLACE ||
                      out->verb == WEIR__VERB_UPDATE || out->verb == WEIR__VERB_DELETE;
    read = out->verb == WEIR__VERB_SELECT || (out->verb == WEIR__VERB_SHOW && shows_data(s)) ||
           (out->verb == WEIR__VERB_EXPLAIN && !s->writes && !s->into && !s->executes);
    out->plain_read = read && !out->more_than_one && !out->unclosed && !out->illegal && !out->reads_session &&
                      !out->changes_session && !out->sets_insert_id && !out->user_variable && !out->system_variable &&
                      !out->locking_read && !out->into && !out->unknown_call && !s->server_own && !s->executes &&
                      !(out->conditional && s->options->version == 0);
    out->may_write = !(read || out->verb == WEIR__VERB_SHOW) || out->into || out->unknown_call ||
                     out->changes_session || out->sets_insert_id || s->executes ||
                     (out->conditional && s->options->version == 0);
}

weir__sql_effects weir__sql_effects_of(weir_str sql, const weir__lex_options *options)
{
    weir__sql_effects out = {0};
    scan s = {.sql = sql, .options = options, .out = &out};
    weir__lexer lexer;

    weir__lexer_init(&lexer, sql, options);
    for (;;) {
        weir__token t = weir__lex(&lexer);
        if (t.id == TK(EOF))
            break;
        if (t.id == TK(ILLEGAL) || weir__token_is_unclosed(t.id)) {
            out.unclosed = t.id != TK(ILLEGAL);
            out.illegal = t.id == TK(ILLEGAL);
            out.bad_at = t.start;
            out.bad_token = t.id;
            break;
        }
        if (t.id == TK(SEMI) && !out.body && !is_compound(s.head)) {
            do
                t = weir__lex(&lexer);
            while (t.id == TK(SEMI));
            if (t.id != TK(EOF)) {
                out.more_than_one = true;
                out.second_at = t.start;
            }
            break;
        }
        note(&s, &t);
    }
    out.conditional = lexer.conditional;
    conclude(&s);
    return out;
}

const char *weir__verb_name(weir__verb verb)
{
    switch (verb) {
#define X(name, text)                                                                                                  \
    case WEIR__VERB_##name:                                                                                            \
        return #name;
        WEIR__VERB_MAP(X)
#undef X
    }
    return "?";
}
