/* catch.h - is the suite able to find what it is for? SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_TESTS_DIFFERENTIAL_CATCH_H
#define WEIR_TESTS_DIFFERENTIAL_CATCH_H

#include "tests/differential/run.h"

/* Each seeded bug (a fault point whose name begins with wrong_) is switched on by itself for a run; false: one was not found.
 * only: this one alone, NULL: all. */
bool catch_all(const run_options *o, const char *only);

#endif
