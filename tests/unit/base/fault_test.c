/* fault_test.c - fault points are armed by name and fire on their pass.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/test.h"

#ifdef WEIR_FAULTS
TEST(fault, fires_on_its_pass_only)
{
    weir__env *env = test_env();
    EXPECT(!weir__fault(env, io_wait));
    EXPECT(weir__faults_parse(env->faults, "io_wait=fail@2,dial_refused=fail"));
    EXPECT(!weir__fault(env, io_wait));
    EXPECT(weir__fault(env, io_wait));
    EXPECT(!weir__fault(env, io_wait));
    EXPECT(weir__fault(env, dial_refused));
    EXPECT(weir__fault(env, dial_refused));
    EXPECT_INT(env->faults->passed[WEIR__FAULT_io_wait], 3);
}

TEST(fault, nonsense_is_not_understood)
{
    static const char *const bad[] = {
        "x", "io_wait", "io_wait=", "io_wait=boom", "nowhere=fail", "io_wait=fail@0", "io_wait=fail@1x"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        EXPECT_THAT(!weir__faults_parse(test_env()->faults, bad[i]), "understood: %s", bad[i]);
}
#endif
