/* fuzz_parser.c - any bytes as a statement: a tree that keeps its promises, or a mistake in its place. SPDX-License-Identifier: Apache-2.0 */
#include "base/env.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "router/sql/ast.h"
#include "router/sql/effects.h"
#include "tests/fuzz/sql_input.h"

enum { ARENA = 16 * 1024 * 1024 };

static void check_node(const weir__tree *tree, const weir__node *node, uint32_t *parameters)
{
    uint32_t at = node->at.start;
    MUST(node->kind < WEIR__NODE_KINDS && node->depth <= WEIR__MAX_SQL_DEPTH);
    MUST(node->at.start < node->at.end && node->at.end <= tree->sql.size);
    if (node->kind == WEIR__NODE_PARAM)
        MUST(node->index == (*parameters)++);
    else if (node->name.end)
        MUST(node->name.start < node->name.end && node->name.start >= at && node->name.end <= node->at.end);
    for (const weir__node *child = node->first; child; child = child->next) {
        MUST(child->depth < node->depth);
        MUST(child->at.start >= at && child->at.end <= node->at.end);
        MUST((child->next == NULL) == (child == node->last));
        at = child->at.start;
        check_node(tree, child, parameters);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    weir__env env;
    weir__arena arena;
    weir__tree tree;
    weir__lex_options options;
    weir_error error = {0};
    weir_str sql = sql_input(data, size, &options);
    weir_status status;

    weir__env_init(&env);
    weir__arena_init(&arena, &env.mem, ARENA);
    status = weir__parse(sql, &options, &arena, &tree, &error);
    if (status == WEIR_OK) {
        weir__sql_effects effects = weir__sql_effects_of(sql, &options);
        uint32_t parameters = 0;
        weir__buf buf;
        MUST(!effects.more_than_one && !effects.unclosed && !effects.illegal);
        MUST(tree.parameters == effects.parameters);
        check_node(&tree, tree.root, &parameters);
        MUST(parameters == tree.parameters || tree.root->kind == WEIR__NODE_HEAD || tree.root->kind == WEIR__NODE_SHOW);
        weir__buf_init(&buf, &env.mem, ARENA);
        weir__tree_print(&tree, &buf);
        weir__buf_deinit(&buf);
    } else {
        MUST(status == WEIR_SYNTAX || status == WEIR_LIMIT);
        MUST(error.status == status && error.sql_offset <= sql.size && error.text[0]);
        MUST(weir__utf8_valid(error.text, strlen(error.text)) || !weir__utf8_valid(sql.data, sql.size));
    }
    weir__arena_deinit(&arena);
    return 0;
}
