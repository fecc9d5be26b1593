/* env.c - the environment of a real process. SPDX-License-Identifier: Apache-2.0 */
#include "base/env.h"

#include <sys/random.h>

void weir__env_init(weir__env *env)
{
    *env = (weir__env){.mem = weir__mem_system, .clock = weir__clock_system, .log = {NULL, NULL, WEIR_LOG_WARNING}};
    if (getrandom(&env->seed, sizeof env->seed, GRND_NONBLOCK) != (ssize_t)sizeof env->seed)
        env->seed = weir__now(&env->clock);
}
