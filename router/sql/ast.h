/* ast.h - the tree of one statement: nodes in the caller's arena, ranges of bytes of the text. SPDX-License-Identifier: Apache-2.0
 * One kind of struct for all nodes; what a node's children are is said beside its kind below. Children stand in the order of the
 * text. A clause that is not there has no node. parse O(bytes); a statement of n bytes takes at most about 100 n bytes of arena.
 * Invariants: (1) children lie inside their parent's range; (2) depth of a node is above that of its children and at most
 * WEIR__MAX_SQL_DEPTH, so that walking by recursion is safe; (3) parameters are numbered in the order of the text. */
#ifndef WEIR_ROUTER_SQL_AST_H
#define WEIR_ROUTER_SQL_AST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "router/sql/lexer.h"
#include "weir.h"

/* X(kind, name in s-expressions) */
#define WEIR__NODE_MAP(X)                                                                                                  \
    /* queries */                                                                                                          \
    X(SELECT, "select") /* [WITH] [HINT] ITEMS and of INTO FROM WHERE GROUP HAVING WINDOWS ORDER LIMIT LOCK, flags */      \
    X(VALUES, "values") /* [WITH] ROW.. [ORDER] [LIMIT] */                                                                 \
    X(TABLE_QUERY, "table-query") /* [WITH] TABLE [ORDER] [LIMIT] */                                                       \
    X(SETOP, "set") /* op: UNION EXCEPT INTERSECT, flag ALL; [WITH] query query.. [ORDER] [LIMIT] [INTO] [LOCK] */         \
    X(NESTED,                                                                                                              \
      "nested")       /* a query in parentheses with a WITH before or clauses behind them: [WITH] query [ORDER] .. */      \
    X(WITH, "with")   /* CTE.., flag RECURSIVE */                                                                          \
    X(CTE, "cte")     /* name; [NAMES] query [NAMES of CYCLE] */                                                           \
    X(HINT, "hint")   /* its text with the comment's signs */                                                              \
    X(ITEMS, "items") /* ITEM or STAR.. */                                                                                 \
    X(ITEM, "item")   /* name: its alias, if it has one; expression */                                                     \
    X(STAR, "star")   /* [NAME [NAME]] of a table */                                                                       \
    X(FROM, "from")   /* table.. joined by commas; of UPDATE too */                                                        \
    X(WHERE, "where") /* expression */                                                                                     \
    X(GROUP, "group") /* ORDERED.., flag ROLLUP */                                                                         \
    X(HAVING, "having")   /* expression */                                                                                 \
    X(WINDOWS, "windows") /* WINDOW.. */                                                                                   \
    X(WINDOW,                                                                                                              \
      "window") /* name: what it is called; of a specification: the window it goes on from; [PARTITION] [ORDER] [FRAME] */ \
    X(PARTITION, "partition") /* expressions */                                                                            \
    X(FRAME, "frame")         /* op: ROWS RANGE GROUPS; BOUND [BOUND] */                                                   \
    X(BOUND, "bound")         /* op: PRECEDING FOLLOWING CURRENT; [expression], none: unbounded */                         \
    X(ORDER, "order")         /* ORDERED.. */                                                                              \
    X(ORDERED, "by")          /* expression, flag DESCENDING */                                                            \
    X(LIMIT, "limit")         /* [COUNT] [OFFSET], flags TIES, EXAMINED */                                                 \
    X(COUNT, "count")         /* literal, parameter or name; nothing: one row (FETCH FIRST ROW) */                         \
    X(OFFSET, "offset")       /* likewise */                                                                               \
    X(LOCK, "lock")           /* op: UPDATE SHARE; [NAMES] of OF; flags NOWAIT, SKIP_LOCKED */                             \
    X(INTO, "into")           /* op: OUTFILE DUMPFILE with LITERAL, or variables */                                        \
    X(PROCEDURE, "procedure") /* FUNCTION */                                                                               \
    /* tables */                                                                                                           \
    X(TABLE, "table")            /* name; [SCHEMA] [NAMES of PARTITION] [SYSTEM_TIME] [ALIAS] [INDEX_HINT..] */            \
    X(SCHEMA, "schema")          /* name */                                                                                \
    X(ALIAS, "as")               /* name; [NAMES] of columns */                                                            \
    X(DERIVED, "derived")        /* query ALIAS, flag LATERAL */                                                           \
    X(JSON_TABLE, "json-table")  /* expression LITERAL JSON_COLUMNS ALIAS */                                               \
    X(JSON_COLUMNS, "columns")   /* JSON_COLUMN.. */                                                                       \
    X(JSON_COLUMN, "column-def") /* name, none: NESTED; [TYPE] [LITERAL] [JSON_COLUMNS] */                                 \
    X(JOIN, "join")              /* op: JOIN LEFT RIGHT, flags NATURAL, STRAIGHT; table table [ON] [USING] */              \
    X(ON, "on")                  /* expression */                                                                          \
    X(USING, "using")            /* NAMES */                                                                               \
    X(TABLES, "tables")          /* tables joined by commas, in parentheses */                                             \
    X(DUAL, "dual")                                                                                                        \
    X(INDEX_HINT, "index")        /* op: USE FORCE IGNORE; [NAMES] */                                                      \
    X(SYSTEM_TIME, "system-time") /* expressions */                                                                        \
    X(PORTION, "portion")         /* name; expression expression */                                                        \
    X(NAMES, "names")             /* NAME.. */                                                                             \
    X(NAME, "name")               /* name */                                                                               \
    /* writes */                                                                                                           \
    X(INSERT,                                                                                                              \
      "insert") /* op: INSERT REPLACE, flags; [HINT] TABLE [COLUMNS] (query | SET) [ALIAS] [DUPLICATE] [RETURNING] */      \
    X(UPDATE, "update")        /* [WITH] [HINT] FROM [PORTION] SET [WHERE] [ORDER] [LIMIT] [RETURNING] */                  \
    X(DELETE, "delete")        /* [WITH] [HINT] [TARGETS] FROM [WHERE] [ORDER] [LIMIT] [RETURNING] */                      \
    X(TARGETS, "targets")      /* of a DELETE from joined tables: TABLE.. */                                               \
    X(COLUMNS, "into-columns") /* COLUMN.. */                                                                              \
    X(SET, "set-clause")       /* ASSIGN.. */                                                                              \
    X(ASSIGN, "assign")        /* COLUMN or variable, then the expression */                                               \
    X(DUPLICATE, "duplicate")  /* ON DUPLICATE KEY UPDATE: ASSIGN.. */                                                     \
    X(RETURNING, "returning")  /* ITEM or STAR.. */                                                                        \
    /* other statements */                                                                                                 \
    X(BEGIN, "begin")                     /* flag READ_ONLY */                                                             \
    X(COMMIT, "commit")                   /* flags CHAIN, RELEASE */                                                       \
    X(ROLLBACK, "rollback")               /* likewise */                                                                   \
    X(SAVEPOINT, "savepoint")             /* name */                                                                       \
    X(ROLLBACK_TO, "rollback-to")         /* name */                                                                       \
    X(RELEASE, "release")                 /* name */                                                                       \
    X(SET_STATEMENT, "set-variables")     /* ASSIGN, SET_NAMES.. */                                                        \
    X(SET_NAMES, "set-names")             /* op: NAMES CHARACTER; name, or of a string: LITERAL */                         \
    X(SET_TRANSACTION, "set-transaction") /* op: SESSION GLOBAL or 0 for the next one */                                   \
    X(VARIABLE, "variable") /* of SET without @@; op: GLOBAL SESSION PERSIST or 0; name; [NAME] before the dot */          \
    X(USE, "use")           /* name */                                                                                     \
    X(CALL, "call")         /* name; [SCHEMA] expressions */                                                               \
    X(DO, "do")             /* expressions */                                                                              \
    X(EXPLAIN, "explain")   /* statement or TABLE; op: EXPLAIN ANALYZE */                                                  \
    X(SHOW, "show")         /* op: its second word; the rest is not looked at */                                           \
    X(HEAD, "head")         /* op: first word; a statement known by its first words alone */                               \
    /* expressions; flag PAREN on any of them: its range has parentheses of its own around it */                           \
    X(COLUMN, "column") /* name; [[NAME of the schema] NAME of the table] */                                               \
    X(LITERAL,                                                                                                             \
      "literal") /* op: INTEGER_NUMBER DECIMAL_NUMBER FLOAT_NUMBER STRING NSTRING HEX BITS NULL TRUE FALSE; adjacent */    \
                 /* strings are one; op DATE TIME TIMESTAMP and flag TYPED: DATE '..'; flag CHARSET: _utf8'..' */          \
    X(PARAM, "param") /* index */                                                                                          \
    X(USERVAR, "uservar")                                                                                                  \
    X(SYSVAR, "sysvar")                                                                                                    \
    X(ASSIGN_EXPR, ":=") /* USERVAR expression */                                                                          \
    X(AND, "and")        /* two or more; OR too */                                                                         \
    X(OR, "or")                                                                                                            \
    X(XOR, "xor")                                                                                                          \
    X(NOT, "not")                                                                                                          \
    X(COMPARE, "compare")       /* op: EQ NULLSAFE NE LT LE GT GE; two */                                                  \
    X(ARITHMETIC, "arithmetic") /* op: a token; two or more, from left to right */                                         \
    X(UNARY, "unary")           /* op: MINUS PLUS TILDE BINARY */                                                          \
    X(IN, "in")                 /* flag NOT; expression, then LIST or SUBQUERY */                                          \
    X(LIST, "list")                                                                                                        \
    X(BETWEEN, "between")       /* flag NOT; three */                                                                      \
    X(LIKE, "like")             /* op: LIKE REGEXP SOUNDS, flag NOT; two, three with ESCAPE */                             \
    X(IS, "is")                 /* op: NULL TRUE FALSE UNKNOWN, flag NOT; one */                                           \
    X(MEMBER, "member")         /* two */                                                                                  \
    X(QUANTIFIED, "quantified") /* op: ANY ALL; SUBQUERY; right of a COMPARE */                                            \
    X(EXISTS, "exists")         /* SUBQUERY */                                                                             \
    X(SUBQUERY, "subquery")     /* query; its range has the parentheses */                                                 \
    X(ROW, "row")               /* expressions, also none in VALUES */                                                     \
    X(CASE, "case")             /* [expression] WHEN.. [ELSE] */                                                           \
    X(WHEN, "when")             /* two */                                                                                  \
    X(ELSE, "else")                                                                                                        \
    X(FUNCTION,                                                                                                            \
      "call-of") /* name, op: its token; flags DISTINCT, STAR; [SCHEMA] args [TYPE] [ORDER] [SEPARATOR] [LIMIT] [OVER] */  \
    X(SEPARATOR, "separator") /* LITERAL */                                                                                \
    X(OVER, "over")           /* name, or WINDOW */                                                                        \
    X(CAST, "cast")           /* expression TYPE, or name: CONVERT(expression USING name) */                               \
    X(TYPE, "type")           /* a range of text */                                                                        \
    X(INTERVAL, "interval")   /* op: a unit; expression */                                                                 \
    X(MATCH, "match")         /* LIST expression */                                                                        \
    X(COLLATE, "collate")     /* name; expression */                                                                       \
    X(DEFAULT, "default")     /* [COLUMN] */                                                                               \
    X(SEQUENCE, "sequence")   /* op: NEXT PREVIOUS; TABLE */                                                               \
    X(ODBC, "odbc")           /* name; expression: {d '2020-01-01'} */

typedef enum weir__node_kind {
#define X(kind, name) WEIR__NODE_##kind,
    WEIR__NODE_MAP(X)
#undef X
        WEIR__NODE_KINDS
} weir__node_kind;

/* Bits of weir__node.flags; one means the same on every kind. */
enum {
    WEIR__FLAG_PAREN = 1 << 0,
    WEIR__FLAG_NOT = 1 << 1,
    WEIR__FLAG_DISTINCT = 1 << 2, /* SELECT, function */
    WEIR__FLAG_ALL = 1 << 3,      /* UNION ALL */
    WEIR__FLAG_DESCENDING = 1 << 4,
    WEIR__FLAG_IGNORE = 1 << 5, /* INSERT, UPDATE, DELETE */
    WEIR__FLAG_RECURSIVE = 1 << 6,
    WEIR__FLAG_ROLLUP = 1 << 7,
    WEIR__FLAG_NOWAIT = 1 << 8,
    WEIR__FLAG_SKIP_LOCKED = 1 << 9,
    WEIR__FLAG_STAR = 1 << 10,       /* COUNT(*) */
    WEIR__FLAG_FOUND_ROWS = 1 << 11, /* SQL_CALC_FOUND_ROWS */
    WEIR__FLAG_SPECIAL = 1 << 12,    /* LATERAL; NATURAL; TYPED; TIES; READ ONLY; CHAIN */
    WEIR__FLAG_SPECIAL2 = 1 << 13,   /* STRAIGHT_JOIN; CHARSET; ROWS EXAMINED; RELEASE */
};
#define WEIR__FLAG_LATERAL WEIR__FLAG_SPECIAL
#define WEIR__FLAG_NATURAL WEIR__FLAG_SPECIAL
#define WEIR__FLAG_TYPED WEIR__FLAG_SPECIAL
#define WEIR__FLAG_TIES WEIR__FLAG_SPECIAL
#define WEIR__FLAG_READ_ONLY WEIR__FLAG_SPECIAL
#define WEIR__FLAG_CHAIN WEIR__FLAG_SPECIAL
#define WEIR__FLAG_STRAIGHT WEIR__FLAG_SPECIAL2
#define WEIR__FLAG_CHARSET WEIR__FLAG_SPECIAL2
#define WEIR__FLAG_EXAMINED WEIR__FLAG_SPECIAL2
#define WEIR__FLAG_RELEASE WEIR__FLAG_SPECIAL2

typedef struct weir__span {
    uint32_t start, end; /* bytes of the text: [start, end) */
} weir__span;

typedef struct weir__node weir__node;
struct weir__node {
    uint16_t kind; /* weir__node_kind */
    uint16_t op;   /* a token's id, or 0 */
    uint16_t flags;
    uint16_t depth;
    weir__span at;
    union {
        weir__span name; /* with its quotes, if it has any; empty: none */
        uint32_t index;  /* of a PARAM, from 0 */
    };
    weir__node *first, *last; /* children */
    weir__node *next;         /* sibling */
};

typedef struct weir__tree {
    weir_str sql;
    weir__node *root; /* the statement */
    uint32_t parameters;
} weir__tree;

/** Makes the tree of one statement; a semicolon may end it.
 *  sql must live as long as the tree. Nodes come from the arena (its limit bounds them).
 *  Returns: OK; SYNTAX, with line, column and byte offset (error->sql_offset); LIMIT: nested too deep, or the arena is full; NOMEM.
 *  Threads: any. */
WEIR_MUST_USE weir_status weir__parse(weir_str sql, const weir__lex_options *options, weir__arena *arena,
                                      weir__tree *tree, weir_error *error);

/* The first child of this kind, or NULL. */
weir__node *weir__child(const weir__node *node, weir__node_kind kind);

static inline weir_str weir__text_of(const weir__tree *tree, weir__span range)
{
    weir_str text = {tree->sql.data + range.start, range.end - range.start};
    return text;
}

/* The name without its quotes, doubled ones undone, in the arena if it must be copied. {NULL, 0} when there is no memory. */
weir_str weir__name_of(const weir__tree *tree, weir__span name, weir__arena *arena);

/* "select" */
const char *weir__node_name(weir__node_kind kind);

/* Adds the tree as one line: (select (items (item (column a))) (from (table t))). */
void weir__tree_print(const weir__tree *tree, weir__buf *out);

#endif
