/* lifting.h - compares the fingerprint's slots with the tree. SPDX-License-Identifier: Apache-2.0
 * The fingerprint sees tokens, the grammar sees what they mean: where both know a statement, each lifted literal must
 * stand where HAZARDS 21 allows it. */
#ifndef WEIR_TESTS_SQL_LIFTING_H
#define WEIR_TESTS_SQL_LIFTING_H

#include "router/sql/ast.h"
#include "router/sql/fingerprint.h"

/* NULL, or what is wrong with a slot; *slot is its index. */
const char *lifting_mistake(const weir__tree *tree, const weir__slot *slots, size_t count, size_t *slot);

/* Writes other values of the same length into the text where the slots are. */
void lifting_change_values(char *sql, const weir__slot *slots, size_t count);

#endif
