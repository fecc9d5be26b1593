/* ast.c - looking at a tree, and printing it as an s-expression. SPDX-License-Identifier: Apache-2.0 */
#include "router/sql/ast.h"

#include "base/str.h"

#define TK(name) WEIR__TK_##name

weir__node *weir__child(const weir__node *node, weir__node_kind kind)
{
    for (weir__node *child = node ? node->first : NULL; child; child = child->next)
        if (child->kind == kind)
            return child;
    return NULL;
}

weir_str weir__name_of(const weir__tree *tree, weir__span name, weir__arena *arena)
{
    weir_str text = weir__text_of(tree, name);
    char *copy, *to, quote;

    if (text.size < 2 || (text.data[0] != '`' && text.data[0] != '"' && text.data[0] != '\''))
        return text;
    quote = text.data[0];
    text = weir__slice(text.data + 1, text.data + text.size - 1);
    if (!memchr(text.data, quote, text.size))
        return text;
    copy = to = weir__arena_take(arena, text.size);
    if (!copy)
        return (weir_str){NULL, 0};
    for (size_t i = 0; i < text.size; i++) {
        *to++ = text.data[i];
        i += text.data[i] == quote;
    }
    return weir__slice(copy, to);
}

const char *weir__node_name(weir__node_kind kind)
{
    static const char *const names[] = {
#define X(kind_, name) name,
        WEIR__NODE_MAP(X)
#undef X
    };
    return kind < WEIR__NODE_KINDS ? names[kind] : "?";
}

/* What an op is called; NULL: it has no name here. Sorted as the grammar's tokens do not matter. */
static const char *op_name(int op)
{
    switch (op) {
        /* clang-format off */
#define X(token, name)                                                                                                 \
    case WEIR__TK_##token:                                                                                             \
        return name;
        X(MOD, "%") X(EQ, "=") X(NULLSAFE, "<=>") X(NE, "<>") X(LT, "<") X(LE, "<=") X(GT, ">") X(GE, ">=") X(SHL, "<<")
        X(SHR, ">>") X(PLUS, "+") X(MINUS, "-") X(STAR, "*") X(SLASH, "/") X(PERCENT, "%")
        X(DIV, "div") X(CARET, "^") X(TILDE, "~") X(AMP, "&") X(BAR, "|") X(CONCAT, "||") X(ARROW, "->")
        X(ARROW2, "->>") X(BINARY, "binary") X(UNION, "union") X(EXCEPT, "except") X(INTERSECT, "intersect")
        X(ROWS, "rows") X(RANGE, "range") X(GROUPS, "groups") X(PRECEDING, "preceding")
        X(FOLLOWING, "following") X(CURRENT, "current") X(UPDATE, "update") X(SHARE, "share")
        X(OUTFILE, "outfile") X(DUMPFILE, "dumpfile") X(JOIN, "inner") X(LEFT, "left") X(RIGHT, "right")
        X(USE, "use") X(FORCE, "force") X(IGNORE, "ignore") X(INSERT, "insert") X(REPLACE, "replace")
        X(SESSION, "session") X(GLOBAL, "global") X(PERSIST, "persist") X(ANALYZE, "analyze") X(LIKE, "like")
        X(REGEXP, "regexp") X(SOUNDS, "sounds") X(NULL, "null") X(TRUE, "true") X(FALSE, "false")
        X(UNKNOWN, "unknown") X(ANY, "any") X(ALL, "all") X(NEXT, "next") X(PREVIOUS, "previous")
        X(MICROSECOND, "microsecond") X(SECOND, "second") X(MINUTE, "minute") X(HOUR, "hour") X(DAY, "day")
        X(WEEK, "week") X(MONTH, "month") X(QUARTER, "quarter") X(YEAR, "year") X(YEAR_MONTH, "year_month")
        X(DAY_HOUR, "day_hour") X(DAY_MINUTE, "day_minute") X(DAY_SECOND, "day_second")
        X(DAY_MICROSECOND, "day_microsecond") X(HOUR_MINUTE, "hour_minute") X(HOUR_SECOND, "hour_second")
        X(HOUR_MICROSECOND, "hour_microsecond") X(MINUTE_SECOND, "minute_second")
        X(MINUTE_MICROSECOND, "minute_microsecond") X(SECOND_MICROSECOND, "second_microsecond")
#undef X
            /* clang-format on */
            default : return NULL;
    }
}

/* Kinds whose op says what they are; of the others it is not printed. */
static bool prints_op(int kind)
{
    switch (kind) {
    case WEIR__NODE_FUNCTION:
    case WEIR__NODE_LITERAL:
    case WEIR__NODE_HEAD:
    case WEIR__NODE_SHOW:
    case WEIR__NODE_SET_NAMES:
        return false;
    default:
        return true;
    }
}

/* Kinds that are their op: (= a b), (+ a b), (insert ..). */
static bool is_its_op(int kind)
{
    switch (kind) {
    case WEIR__NODE_ARITHMETIC:
    case WEIR__NODE_COMPARE:
    case WEIR__NODE_INSERT:
    case WEIR__NODE_LIKE:
    case WEIR__NODE_QUANTIFIED:
    case WEIR__NODE_SETOP:
    case WEIR__NODE_UNARY:
        return true;
    default:
        return false;
    }
}

static void print_flags(const weir__node *node, weir__buf *out)
{
    static const struct {
        uint16_t bit;
        const char *name;
    } names[] = {
        {WEIR__FLAG_NOT, "not"},         {WEIR__FLAG_DISTINCT, "distinct"},     {WEIR__FLAG_ALL, "all"},
        {WEIR__FLAG_DESCENDING, "desc"}, {WEIR__FLAG_IGNORE, "ignore"},         {WEIR__FLAG_RECURSIVE, "recursive"},
        {WEIR__FLAG_ROLLUP, "rollup"},   {WEIR__FLAG_NOWAIT, "nowait"},         {WEIR__FLAG_SKIP_LOCKED, "skip-locked"},
        {WEIR__FLAG_STAR, "star"},       {WEIR__FLAG_FOUND_ROWS, "found-rows"},
    };
    const char *special = NULL, *special2 = NULL;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (node->flags & names[i].bit)
            weir__buf_addf(out, " %s", names[i].name);
    switch (node->kind) {
    case WEIR__NODE_DERIVED:
        special = "lateral";
        break;
    case WEIR__NODE_JOIN:
        special = "natural";
        special2 = "straight";
        break;
    case WEIR__NODE_SELECT:
        special2 = "straight";
        break;
    case WEIR__NODE_LIMIT:
        special = "ties";
        special2 = "examined";
        break;
    case WEIR__NODE_BEGIN:
        special = "read-only";
        break;
    default: /* COMMIT and ROLLBACK; of a LITERAL they are not printed */
        special = "chain";
        special2 = "release";
    }
    if (special && node->flags & WEIR__FLAG_SPECIAL)
        weir__buf_addf(out, " %s", special);
    if (special2 && node->flags & WEIR__FLAG_SPECIAL2)
        weir__buf_addf(out, " %s", special2);
}

static void print_node(const weir__tree *tree, const weir__node *node, weir__buf *out)
{
    weir_str text = weir__text_of(tree, node->at);
    const char *op = node->op && prints_op(node->kind) ? op_name(node->op) : NULL;
    bool whole = node->kind == WEIR__NODE_LITERAL || node->kind == WEIR__NODE_USERVAR ||
                 node->kind == WEIR__NODE_SYSVAR || node->kind == WEIR__NODE_HINT || node->kind == WEIR__NODE_TYPE;

    if (node->kind == WEIR__NODE_COLUMN && !node->first) { /* a */
        weir__buf_addf(out, "%.*s", WEIR__STR(weir__text_of(tree, node->name)));
        return;
    }
    if (whole) { /* 'x', @a: as they stand in the text, without parentheses of their own */
        while (node->flags & WEIR__FLAG_PAREN && text.size >= 2 && (text.data[0] == '(' || text.data[0] == ' '))
            text = weir__slice(text.data + 1, text.data + text.size);
        while (node->flags & WEIR__FLAG_PAREN && text.size > 0 &&
               (text.data[text.size - 1] == ')' || text.data[text.size - 1] == ' '))
            text.size--;
        weir__buf_addf(out, "%.*s", WEIR__STR(text));
        return;
    }
    if (node->kind == WEIR__NODE_PARAM) {
        weir__buf_addf(out, "?%u", node->index);
        return;
    }
    weir__buf_addf(out, "(%s", op && is_its_op(node->kind) ? op : weir__node_name(node->kind));
    if (op && !is_its_op(node->kind))
        weir__buf_addf(out, " %s", op);
    print_flags(node, out);
    if (node->name.end && node->kind != WEIR__NODE_COLUMN)
        weir__buf_addf(out, " %.*s", WEIR__STR(weir__text_of(tree, node->name)));
    if (node->kind == WEIR__NODE_HEAD || node->kind == WEIR__NODE_SHOW)
        weir__buf_addf(out, " %.*s", WEIR__STR(text));
    for (const weir__node *child = node->first; child; child = child->next) {
        weir__buf_addc(out, ' ');
        print_node(tree, child, out);
    }
    if (node->kind == WEIR__NODE_COLUMN)
        weir__buf_addf(out, " %.*s", WEIR__STR(weir__text_of(tree, node->name)));
    weir__buf_addc(out, ')');
}

void weir__tree_print(const weir__tree *tree, weir__buf *out)
{
    if (tree->root)
        print_node(tree, tree->root, out);
}
