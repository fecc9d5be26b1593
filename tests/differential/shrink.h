/* shrink.h - the smallest statement that is still answered wrongly. SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_TESTS_DIFFERENTIAL_SHRINK_H
#define WEIR_TESTS_DIFFERENTIAL_SHRINK_H

#include "tests/differential/statement.h"

/* Leaves words out as long as it stays wrong, and tells the rest on stderr. A statement with parameters is only asked again. */
void shrink(const statement *s, weir__arena *arena, bool (*wrong)(void *context, const statement *s), void *context);

#endif
