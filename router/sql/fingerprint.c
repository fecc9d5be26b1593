/* fingerprint.c - see fingerprint.h. SPDX-License-Identifier: Apache-2.0
 * A small machine over the tokens. A stack of frames, one for each open parenthesis, knows which clause the text is in; inside
 * conditions and assignments `left` follows the operand before the literal:
 *
 *   START --name--> COLUMN --comparison--> VALUE        literal here, and an end behind it: lifted
 *                     | ^ '--IN, then a parenthesis--> frame LIST
 *                     v |'--BETWEEN--> LOW --AND--> HIGH
 *                    DOT                                anything else: NONE, until AND, OR, .. give START again
 *
 * Where it is not sure it lifts nothing: the text then keeps the literal, which costs a plan of its own and is never wrong. */
#include "router/sql/fingerprint.h"

#include <stddef.h>
#include <string.h>
#include <xxhash.h>

#include "router/sql/fingerprint_text.h"

/* No two releases may change it: it stands in people's logs. */
static const uint64_t SEED = 0x7765697220313031u;

enum { DEEPEST = 63, LONGEST_INTEGER = 18 };

typedef enum clause {
    OTHER,     /* nothing is lifted, blanks are one */
    ITEMS,     /* a select list */
    VERBATIM,  /* inside an item: every byte stays */
    KEPT,      /* GROUP BY, HAVING, ORDER BY with all in them: an expression must stay like that of an item */
    CONDITION, /* WHERE, ON */
    ASSIGNS,   /* SET of UPDATE and INSERT, ON DUPLICATE KEY UPDATE */
    ROWS,      /* VALUES of INSERT, between rows */
    ROW,
    LIST,  /* of IN */
    TUPLE, /* in a LIST */
    LIMITS,
} clause;

typedef enum left { NONE, START, COLUMN, DOTTED, VALUE, LOW, HIGH, IN_LIST } left;

typedef struct frame {
    uint8_t clause, left;
    uint8_t betweens; /* so many of the next ANDs belong to BETWEEN */
    bool bare;        /* and the next one to that of a bare column */
    uint8_t row;      /* so far only names (1), and commas (2): (a, b) */
    bool of_row;      /* COLUMN is such a row; of a LIST: it is compared with one */
    bool query;       /* has its own SELECT */
    bool in_item;     /* of ITEMS: its first token has come */
    bool kept;        /* a parenthesis in a KEPT clause */
    bool several;     /* of TUPLE: a comma has come */
} frame;

/* The list whose elements are compared. */
typedef struct elements {
    unsigned depth;       /* of its elements; 0: no list is open */
    uint32_t start;       /* the element that is being written: offsets in the buffer */
    uint32_t before, end; /* the one before it; end 0: none */
    uint32_t at;          /* bytes of the statement: where the element begins */
    uint32_t slots;       /* number of slots when the element began */
    uint32_t position;    /* elements before it */
    bool plus;            /* the one before has its plus */
    bool query;           /* the element has one in it */
    bool of_in;           /* an IN-list: its elements have the plus from the first on */
} elements;

typedef struct state {
    writer text;
    weir__slot *slots;
    weir__run *runs;
    size_t slot_room, run_room;
    weir__fingerprint *out;
    frame *top; /* frames[depth] */
    bool log;
    bool writes; /* INSERT, REPLACE or UPDATE: SET assigns to columns */
    bool inserts;
    unsigned depth;    /* open parentheses */
    uint32_t minus_at; /* where in the buffer the sign before this literal stands */
    bool minus;        /* there is one */
    elements list;
    weir__run run;             /* the one that the element before begins, or goes on with */
    frame frames[DEEPEST + 1]; /* set when they are entered */
} state;

static void put_slot(state *s, const weir__token *t, bool verbatim)
{
    uint32_t start = t->start, n = s->out->slots++, parameter = s->out->parameters;
    const frame *f = s->top;

    if (s->minus) {
        put_back(&s->text, s->minus_at);
        start = s->text.before.start;
    } else {
        put_gap(&s->text, t, verbatim);
    }
    put(&s->text,
        t->id == TK(PARAM)            ? "? "
        : t->id == TK(STRING)         ? "?s"
        : t->id == TK(DECIMAL_NUMBER) ? "?d"
                                      : "?n",
        t->id == TK(PARAM) ? 1 : 2);
    s->out->parameters += t->id == TK(PARAM);
    if (n < s->slot_room)
        s->slots[n] = (weir__slot){
            start, t->end, (uint16_t)t->id,
            (uint16_t)(f->clause == LIST || f->clause == TUPLE || f->clause == ROW ? s->out->lists : 0), parameter};
    else
        s->out->cut = true;
}

/* ---- lists whose equal elements become one ---- */

/* at: where its first element begins. */
static void open_list(state *s, unsigned depth, uint32_t at, bool of_in)
{
    s->list = (elements){.depth = depth, .start = s->text.size, .at = at, .slots = s->out->slots, .of_in = of_in};
    s->out->lists += s->out->lists < UINT16_MAX;
    s->out->cut |= s->out->lists == UINT16_MAX;
}

/* The element that ends at this byte of the statement goes on with the run of those before it. */
static void go_on(state *s, uint32_t end)
{
    s->run.end = end;
    s->run.elements++;
    if (s->out->runs <= s->run_room)
        s->runs[s->out->runs - 1] = s->run;
}

static void begin_run(state *s)
{
    if (s->log)
        return;
    if (s->out->runs < s->run_room)
        s->runs[s->out->runs] = s->run;
    else
        s->out->cut = true;
    s->out->runs++;
}

/* An element has ended: drop it if it is like the one before and has slots (in a LOG text a question mark). */
static void end_element(state *s, uint32_t end)
{
    elements *l = &s->list;
    uint32_t size = s->text.size - l->start, gap = 0, position = l->position++;
    bool values = s->log ? memchr(s->text.buffer + l->start, '?', size) != NULL : s->out->slots > l->slots && !l->query;

    if (s->text.full)
        return;
    while (gap < size && s->text.buffer[l->start + gap] == ' ')
        gap++;
    if (l->end && values && l->end - l->before == size - gap &&
        memcmp(s->text.buffer + l->before, s->text.buffer + l->start + gap, size - gap) == 0) {
        put_back(&s->text, l->end + l->plus);
        if (!l->plus)
            begin_run(s);
        if (!s->log)
            go_on(s, end);
    } else {
        l->before = l->start + gap;
        l->end = s->text.size;
        l->plus = false;
        s->run = (weir__run){l->at, end, l->slots, s->out->slots - l->slots, 1, position, !l->of_in};
        if (!l->of_in || !values)
            return;
        begin_run(s);
    }
    if (!l->plus)
        put(&s->text, "+", 1);
    l->plus = true;
}

/* At a comma between elements: the next one begins behind it. When the element went, so does its comma. */
static void next_element(state *s, uint32_t at)
{
    s->list.start = s->text.size;
    s->list.slots = s->out->slots;
    s->list.at = at;
    s->list.query = false;
}

/* The parenthesis that opens a row of VALUES has been written. */
static void begin_row(state *s, uint32_t at)
{
    if (!s->list.depth)
        open_list(s, s->depth, at, false);
    next_element(s, at);
    s->list.start -= s->list.start > 0; /* with the parenthesis */
}

/* ---- where the text is ---- */

static bool is_comparison(int id)
{
    return id >= TK(EQ) && id <= TK(GE);
}

static bool is_literal(int id)
{
    return id >= TK(INTEGER_NUMBER) && id <= TK(BITS);
}

/* Does a comparison's right side end before this token? */
static bool ends_condition(int id)
{
    switch (id) {
    case TK(AND):
    case TK(ANDAND):
    case TK(COMMA):
    case TK(CROSS):
    case TK(EOF):
    case TK(EXCEPT):
    case TK(FOR):
    case TK(GROUP):
    case TK(HAVING):
    case TK(INNER):
    case TK(INTERSECT):
    case TK(INTO):
    case TK(JOIN):
    case TK(LEFT):
    case TK(LIMIT):
    case TK(LOCK):
    case TK(NATURAL):
    case TK(ON):
    case TK(OR):
    case TK(ORDER):
    case TK(PIPES):
    case TK(RETURNING):
    case TK(RIGHT):
    case TK(RP):
    case TK(SEMI):
    case TK(SET):
    case TK(STRAIGHT_JOIN):
    case TK(UNION):
    case TK(USING):
    case TK(WHERE):
    case TK(XOR):
        return true;
    default:
        return false;
    }
}

static bool ends_assignment(int id)
{
    switch (id) {
    case TK(AS):
    case TK(COMMA):
    case TK(EOF):
    case TK(LIMIT):
    case TK(ON):
    case TK(ORDER):
    case TK(RETURNING):
    case TK(SEMI):
    case TK(WHERE):
        return true;
    default:
        return false;
    }
}

static bool can_lift(const state *s, const frame *f, const weir__token *t, int ahead)
{
    bool number = t->id == TK(INTEGER_NUMBER) && t->end - t->start <= LONGEST_INTEGER;
    bool string = t->id == TK(STRING) && !s->minus;
    bool value = number || string || t->id == TK(DECIMAL_NUMBER);
    bool first = s->minus || s->text.before.id == TK(LP) || s->text.before.id == TK(COMMA);

    switch (f->clause) {
    case CONDITION:
        if (!number && !string)
            return false;
        return f->left == LOW ? ahead == TK(AND) : (f->left == VALUE || f->left == HIGH) && ends_condition(ahead);
    case LIST:
        if (f->of_row) /* one value beside a row: a mistake */
            return false;
        return (number || string) && first && (ahead == TK(COMMA) || ahead == TK(RP));
    case TUPLE:
        return (number || string) && first && (ahead == TK(COMMA) || ahead == TK(RP));
    case ROW:
        return value && first && (ahead == TK(COMMA) || ahead == TK(RP));
    case ASSIGNS:
        return value && f->left == VALUE && ends_assignment(ahead);
    case LIMITS:
        return number && !s->minus &&
               (s->text.before.id == TK(LIMIT) || s->text.before.id == TK(COMMA) || s->text.before.id == TK(OFFSET));
    default:
        return false;
    }
}

/* A sign that may belong to a literal. */
static bool may_be_sign(const state *s, const frame *f, int ahead)
{
    if (ahead != TK(INTEGER_NUMBER) && ahead != TK(DECIMAL_NUMBER))
        return false;
    switch (f->clause) {
    case CONDITION:
    case ASSIGNS:
        return f->left == VALUE || f->left == LOW || f->left == HIGH;
    case LIST:
    case TUPLE:
    case ROW:
        return s->text.before.id == TK(LP) || s->text.before.id == TK(COMMA);
    default:
        return false;
    }
}

static void open_parenthesis(state *s, const weir__token *t, int ahead)
{
    frame *f = s->top, *inner;
    bool grouping =
        f->clause == CONDITION && !weir__token_is_name(s->text.before.id) && (f->left == START || f->left == VALUE);
    bool query = ahead == TK(SELECT) || ahead == TK(WITH) || ahead == TK(TABLE) || ahead == TK(VALUES);
    uint8_t inside = OTHER;

    s->list.query |= query;
    if (s->depth == DEEPEST) { /* too deep for the stack: nothing more is lifted */
        s->out->cut = true;
        return;
    }
    if ((s->log ? s->text.before.id == TK(IN) : f->left == IN_LIST) && !query && !s->list.depth)
        inside = LIST;
    else if (f->clause == ITEMS || f->clause == VERBATIM)
        inside = VERBATIM;
    else if (f->clause == KEPT)
        inside = KEPT;
    else if (f->clause == ROWS)
        inside = ROW;
    else if (f->clause == LIST && f->of_row && !query &&
             (s->text.before.id == TK(LP) || s->text.before.id == TK(COMMA)))
        inside = TUPLE;
    else if (grouping)
        inside = CONDITION;
    s->depth++;
    inner = ++s->top;
    *inner = (frame){.clause = inside, .kept = inside == KEPT, .of_row = inside == LIST && f->of_row};
    if (inside == CONDITION) {
        inner->row = f->left == START;
        inner->left = START;
    }
    f->row = 0; /* (f(a), b) is no row of columns */
    if (inside == LIST)
        open_list(s, s->depth, t->end, true);
}

static void close_parenthesis(state *s, int ahead)
{
    frame *inner = s->top, *f;
    uint8_t row = inner->row;

    if (inner->clause == TUPLE && !(inner->several && (ahead == TK(COMMA) || ahead == TK(RP))) && !s->log)
        s->out->cut = true; /* (1) or (1, 2) = x: no row that is an element, and its values are gone */
    if (s->list.depth && s->depth == s->list.depth && inner->clause == LIST)
        s->list.depth = 0;
    if (s->depth == 0)
        return;
    s->depth--;
    f = --s->top;
    f->left = row ? COLUMN : NONE;
    if (f->clause == CONDITION)
        f->of_row = row == 2;
}

static inline void follow_name(frame *f, int ahead)
{
    f->left = (f->left == START || f->left == DOTTED) && ahead != TK(LP) ? COLUMN : NONE;
    f->of_row = false;
}

/* Follows the operand in a condition or an assignment. */
static void follow(frame *f, const weir__token *t, int ahead)
{
    uint8_t was = f->left;
    if (weir__token_is_name(t->id)) {
        follow_name(f, ahead);
        return;
    }
    f->left = NONE;
    if (is_comparison(t->id)) {
        f->left = was == COLUMN && (f->clause == CONDITION || t->id == TK(EQ)) ? VALUE : NONE;
        return;
    }
    switch (t->id) {
    case TK(DOT):
        if (was == COLUMN)
            f->left = DOTTED;
        break;
    case TK(ASSIGN):
        if (was == COLUMN && f->clause == ASSIGNS)
            f->left = VALUE;
        break;
    case TK(NOT):
        f->left = was == COLUMN ? COLUMN : was == START ? START : NONE;
        break;
    case TK(IN):
        if (was == COLUMN)
            f->left = IN_LIST;
        break;
    case TK(BETWEEN):
        f->bare = was == COLUMN && f->betweens == 0;
        f->left = f->bare ? LOW : NONE;
        f->betweens += f->betweens < UINT8_MAX;
        break;
    case TK(CASE): /* may have ANDs of its own before BETWEEN's */
        f->bare = false;
        break;
    case TK(AND):
        f->left = f->bare ? HIGH : f->betweens || f->clause == ASSIGNS ? NONE : START;
        f->betweens -= f->betweens > 0;
        f->bare = false;
        break;
    case TK(ANDAND):
    case TK(OR):
    case TK(PIPES):
    case TK(XOR):
        if (f->clause == CONDITION)
            f->left = START;
        break;
    case TK(COMMA):
        if (f->clause == ASSIGNS || f->row)
            f->left = START;
        break;
    default:
        break;
    }
}

static void enter(frame *f, clause c)
{
    f->clause = (uint8_t)c;
    f->left = c == CONDITION || c == ASSIGNS ? START : NONE;
    f->betweens = 0;
    f->bare = false;
    f->row = 0;
}

/* Words that begin or end a clause. False: t is none of them. */
static bool change_clause(state *s, frame *f, const weir__token *t, int ahead)
{
    if (f->clause == VERBATIM || f->clause == ROW || f->clause == LIST || f->clause == TUPLE || f->kept)
        return false;
    switch (t->id) {
    case TK(SELECT):
        enter(f, ITEMS);
        f->query = true;
        f->in_item = false;
        return true;
    case TK(WHERE):
        enter(f, CONDITION);
        return true;
    case TK(ON):
        enter(f, ahead == TK(DUPLICATE) || f->clause == ITEMS ? OTHER : CONDITION);
        return true;
    case TK(SET):
        enter(f, s->writes && s->depth == 0 ? ASSIGNS : OTHER);
        return true;
    case TK(UPDATE):
        if (s->text.before.id == TK(KEY) && s->inserts && s->depth == 0)
            enter(f, ASSIGNS);
        else
            enter(f, OTHER);
        s->writes |= s->depth == 0 && s->text.before.id != TK(FOR);
        return true;
    case TK(VALUES):
    case TK(VALUE):
        if (ahead != TK(LP) || !s->inserts || s->depth > 0 || f->clause != OTHER)
            return false;
        if (t->id == TK(VALUE) && s->text.before.id != TK(RP) && !weir__token_is_name(s->text.before.id))
            return false;
        enter(f, ROWS);
        return true;
    case TK(LIMIT):
        enter(f, s->depth == 0 || f->query ? LIMITS : OTHER);
        return true;
    case TK(RETURNING):
        enter(f, s->depth == 0 ? ITEMS : OTHER);
        f->in_item = false;
        return true;
    case TK(AS):
        if (f->clause != ROWS)
            return false;
        enter(f, OTHER);
        return true;
    case TK(STRAIGHT_JOIN):
        if (f->clause != ITEMS)
            enter(f, OTHER);
        return true;
    case TK(FOR):
        if (s->text.before.id == TK(VALUE))
            return false; /* NEXT VALUE FOR */
        enter(f, OTHER);
        return true;
    case TK(GROUP):
        if (s->text.before.id == TK(WITHIN))
            return false;
        enter(f, KEPT);
        return true;
    case TK(HAVING):
    case TK(ORDER):
        enter(f, KEPT);
        return true;
    case TK(CROSS):
    case TK(EXCEPT):
    case TK(FROM):
    case TK(INNER):
    case TK(INTERSECT):
    case TK(JOIN):
    case TK(LOCK):
    case TK(NATURAL):
    case TK(PROCEDURE):
    case TK(UNION):
    case TK(USING):
        enter(f, OTHER);
        return true;
    case TK(INTO):
        if (f->clause != ITEMS) /* in a select list FROM is still to come */
            enter(f, OTHER);
        return true;
    default:
        return false;
    }
}

/* Words behind SELECT that are not yet its first item. */
static bool is_select_option(int id)
{
    switch (id) {
    case TK(ALL):
    case TK(DISTINCT):
    case TK(DISTINCTROW):
    case TK(HIGH_PRIORITY):
    case TK(HINT):
    case TK(SQL_BIG_RESULT):
    case TK(SQL_CALC_FOUND_ROWS):
    case TK(SQL_SMALL_RESULT):
    case TK(STRAIGHT_JOIN):
        return true;
    default:
        return false;
    }
}

/* Is what stands before this token a part of an item, or of a statement that keeps its text? */
static inline bool is_inside(const state *s, const frame *f, const weir__token *t)
{
    static_assert(VERBATIM == ITEMS + 1, "one comparison finds the two");
    if ((unsigned)f->clause - ITEMS > VERBATIM - ITEMS || s->log || s->text.before.end == 0)
        return false;
    return f->clause == VERBATIM || (f->in_item && t->id != TK(COMMA) && t->id != TK(RP));
}

/* Writes a name and follows where the text goes. */
static inline void pass_name(state *s, const weir__token *t, uint64_t set, int ahead)
{
    frame *f = s->top;
    put_token(&s->text, t, set, is_inside(s, f, t));
    f->in_item = true;
    if (f->clause == CONDITION || f->clause == ASSIGNS)
        follow_name(f, ahead);
}

/* The same of a parenthesis. */
static void pass_parenthesis(state *s, frame *f, const weir__token *t, int ahead)
{
    if (t->id == TK(LP)) {
        open_parenthesis(s, t, ahead);
        if (s->top->clause == ROW)
            begin_row(s, t->start);
    } else {
        if (f->clause == ROW)
            end_element(s, t->end);
        close_parenthesis(s, ahead);
    }
}

/* The same of any other token that is not lifted. */
static inline void pass(state *s, const weir__token *t, uint64_t set, int ahead)
{
    frame *f = s->top;

    if (t->id >= TK(ACCESSIBLE)) {
        if ((weir__token_is_reserved(t->id) || t->id == TK(RETURNING) || t->id == TK(VALUE)) &&
            change_clause(s, f, t, ahead)) {
            put_token(&s->text, t, set, false);
            return;
        }
    } else if (f->clause == LIST && (set & (SET(RP) | SET(COMMA)))) {
        end_element(s, s->text.before.end);
    }
    put_token(&s->text, t, set, is_inside(s, f, t));
    if (f->clause == ITEMS)
        f->in_item = t->id != TK(COMMA) && (f->in_item || !is_select_option(t->id));
    if (set & (SET(LP) | SET(RP))) {
        pass_parenthesis(s, f, t, ahead);
    } else if (f->clause == LIST && t->id == TK(COMMA)) {
        next_element(s, t->end);
    } else if (f->clause == CONDITION || f->clause == ASSIGNS) {
        if (t->id == TK(COMMA))
            f->row = f->row ? 2 : 0;
        else if (!weir__token_is_name(t->id) && t->id != TK(DOT))
            f->row = 0;
        follow(f, t, ahead);
    } else if (f->clause == TUPLE && t->id == TK(COMMA)) {
        f->several = true;
    }
}

/* A LOG text has a question mark for any literal; adjacent strings are one. */
static bool log_literal(state *s, const weir__token *t)
{
    if (t->id == TK(INTRODUCER))
        return true;
    if (!is_literal(t->id) && t->id != TK(PARAM))
        return false;
    if (t->id == TK(STRING) && (s->text.before.id == TK(STRING) || s->text.before.id == TK(NSTRING)) && s->text.size &&
        s->text.buffer[s->text.size - 1] == '?')
        return true;
    put_gap(&s->text, t, false);
    put(&s->text, "?", 1);
    return true;
}

static void begin(state *s, int first)
{
    frame *f = s->top;
    switch (first) {
    case TK(INSERT):
    case TK(REPLACE):
        s->inserts = s->writes = true;
        break;
    case TK(UPDATE):
        s->writes = true;
        break;
    case TK(DELETE):
    case TK(LP):
    case TK(SELECT):
    case TK(WITH):
        break;
    default: /* what is no statement on rows keeps its text whole */
        f->clause = VERBATIM;
    }
}

/* True: it went. */
static inline bool lift(state *s, const weir__token *t, int ahead)
{
    frame *f = s->top;
    if (s->log) {
        if (!log_literal(s, t))
            return false;
        if (f->clause == CONDITION || f->clause == ASSIGNS)
            f->left = NONE;
        return true;
    }
    if (t->id != TK(PARAM) && !(is_literal(t->id) && can_lift(s, f, t, ahead)))
        return false;
    s->minus &= t->id != TK(PARAM);
    put_slot(s, t, is_inside(s, f, t));
    f->in_item = true;
    f->left = NONE;
    f->row = 0;
    return true;
}

static inline void one_token(state *s, const weir__token *t, int ahead)
{
    const uint64_t names = SET(IDENT) | SET(QUOTED), set = set_of(t->id);
    const uint64_t literals = SET(PARAM) | SET(INTEGER_NUMBER) | SET(DECIMAL_NUMBER) | SET(FLOAT_NUMBER) | SET(STRING) |
                              SET(NSTRING) | SET(HEX) | SET(BITS) | SET(INTRODUCER);
    bool sign = false;

    if (set & names) {
        pass_name(s, t, set, ahead);
    } else if (t->id == TK(MINUS) && !s->log && may_be_sign(s, s->top, ahead)) {
        put_gap(&s->text, t, false);
        s->minus_at = s->text.size;
        put(&s->text, "-", 1);
        sign = true;
    } else if (!(set & literals) || !lift(s, t, ahead)) {
        pass(s, t, set, ahead);
    }
    s->minus = sign;
    s->text.before = *t;
    s->text.before_set = set;
}

void weir__fingerprint_of(weir_str sql, const weir__lex_options *options, weir__fingerprint_kind kind,
                          const weir__fingerprint_room *room, weir__fingerprint *out)
{
    const uint64_t bad = SET(ILLEGAL) | SET(UNCLOSED_STRING) | SET(UNCLOSED_NAME) | SET(UNCLOSED_COMMENT);
    state s;
    weir__lexer lexer;
    weir__token t, ahead;

    memset(&s, 0, offsetof(state, run));
    s.text.sql = sql;
    s.text.buffer = room->text;
    s.text.room = room->bytes < UINT32_MAX ? (uint32_t)room->bytes : UINT32_MAX;
    s.slots = room->slots;
    s.slot_room = room->slot_count;
    s.runs = room->runs;
    s.run_room = room->run_count;
    s.out = out;
    s.log = kind == WEIR__FINGERPRINT_LOG;
    s.top = s.frames;
    s.frames[0] = (frame){0};
    *out = (weir__fingerprint){0};
    weir__lexer_init(&lexer, sql, options);
    t = weir__lex(&lexer);
    begin(&s, t.id);
    while (!(set_of(t.id) & (SET(EOF) | SET(SEMI) | bad))) {
        ahead = weir__lex(&lexer);
        one_token(&s, &t, ahead.id);
        t = ahead;
    }
    out->bad = set_of(t.id) & bad;
    while (t.id == TK(SEMI))
        t = weir__lex(&lexer);
    out->more = !out->bad && t.id != TK(EOF);
    out->cut |= s.text.full;
    out->conditional = lexer.conditional;
    out->size = s.text.size;
    out->hash = XXH3_64bits_withSeed(s.text.buffer, s.text.size, SEED);
    out->hash += out->hash == 0;
}
