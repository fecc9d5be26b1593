/* lifting.c - see lifting.h. SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/sql/lifting.h"

#include <string.h>

#include "base/limits.h"

/* The nodes from the root to the literal that fills the slot's range. */
typedef struct path {
    const weir__node *nodes[WEIR__MAX_SQL_DEPTH + 1];
    size_t length;
} path;

static bool covers(weir__span outer, const weir__slot *slot)
{
    return outer.start <= slot->start && outer.end >= slot->end;
}

static void find(const weir__tree *tree, const weir__slot *slot, path *p)
{
    const weir__node *node = tree->root;
    p->length = 0;
    while (node && p->length < WEIR__MAX_SQL_DEPTH + 1) {
        const weir__node *inner = NULL;
        p->nodes[p->length++] = node;
        for (const weir__node *child = node->first; child; child = child->next)
            if (covers(child->at, slot))
                inner = child;
        node = inner;
    }
}

static bool is_column(const weir__node *node)
{
    return node->kind == WEIR__NODE_COLUMN;
}

static bool is_row_of_columns(const weir__node *node)
{
    if (node->kind != WEIR__NODE_ROW)
        return false;
    for (const weir__node *child = node->first; child; child = child->next)
        if (!is_column(child))
            return false;
    return true;
}

/* What may stand around the literal. p->nodes[at] is the literal, or the minus before it. */
static bool may_be_lifted(const path *p, size_t at)
{
    const weir__node *literal = p->nodes[at], *parent = at ? p->nodes[at - 1] : NULL,
                     *above = at > 1 ? p->nodes[at - 2] : NULL;

    if (!parent || !above)
        return false;
    switch (parent->kind) {
    case WEIR__NODE_COMPARE:
    case WEIR__NODE_BETWEEN:
        return is_column(parent->first) && parent->first != literal;
    case WEIR__NODE_LIST:
        return above->kind == WEIR__NODE_IN && is_column(above->first);
    case WEIR__NODE_ASSIGN:
        return is_column(parent->first) && parent->first != literal;
    case WEIR__NODE_COUNT:
    case WEIR__NODE_OFFSET:
        return true;
    case WEIR__NODE_ROW:
        if (above->kind == WEIR__NODE_VALUES)
            return at > 2 && p->nodes[at - 3]->kind == WEIR__NODE_INSERT;
        return above->kind == WEIR__NODE_LIST && at > 2 && p->nodes[at - 3]->kind == WEIR__NODE_IN &&
               is_row_of_columns(p->nodes[at - 3]->first);
    default:
        return false;
    }
}

const char *lifting_mistake(const weir__tree *tree, const weir__slot *slots, size_t count, size_t *slot)
{
    static path p;
    uint32_t parameters = 0;

    for (*slot = 0; *slot < count; ++*slot) {
        const weir__slot *s = &slots[*slot];
        size_t at;
        find(tree, s, &p);
        at = p.length - 1;
        if (s->id == WEIR__TK_PARAM) {
            if (p.nodes[at]->kind != WEIR__NODE_PARAM || p.nodes[at]->index != parameters++)
                return "it is not this parameter in the tree";
            continue;
        }
        if (p.nodes[at]->kind != WEIR__NODE_LITERAL && p.nodes[at]->kind != WEIR__NODE_UNARY)
            return "there is no literal in the tree";
        if (p.nodes[at]->flags & WEIR__FLAG_PAREN && p.nodes[at - 1]->kind != WEIR__NODE_LIST)
            return "it has parentheses of its own";
        for (size_t i = 0; i < at; i++)
            if (p.nodes[i]->kind == WEIR__NODE_ITEM || p.nodes[i]->kind == WEIR__NODE_GROUP ||
                (p.nodes[i]->kind == WEIR__NODE_ORDER && i + 1 < at && p.nodes[i + 1]->kind != WEIR__NODE_ORDERED))
                return "it stands in a select list, GROUP BY or ORDER BY";
        if (!may_be_lifted(&p, at))
            return "it may not be lifted there";
    }
    return tree->parameters == parameters ? NULL : "the tree has more parameters";
}

void lifting_change_values(char *sql, const weir__slot *slots, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char *text = sql + slots[i].start, *end = sql + slots[i].end;
        if (slots[i].id == WEIR__TK_STRING)
            memset(text + 1, 'x', (size_t)(end - text) - 2);
        else
            for (; text < end; text++)
                if (*text >= '0' && *text <= '9')
                    *text = '7';
    }
}
