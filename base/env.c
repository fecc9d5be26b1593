/* env.c - the environment of a real process. SPDX-License-Identifier: Apache-2.0 */
#include "base/env.h"

#include <sys/random.h>

void weir__env_init(weir__env *env)
{
    *env = (weir__env){.mem = weir__mem_system, .clock = weir__clock_system, .log = {NULL, NULL, WEIR_LOG_WARNING}};
    if (getrandom(&env->seed, sizeof env->seed, GRND_NONBLOCK) != (ssize_t)sizeof env->seed)
        env->seed = weir__now(&env->clock);
}

void weir__env_random(const weir__env *env, void *bytes, size_t size)
{
    unsigned char *out = bytes;
    size_t got = 0;
    while (got < size) {
        ssize_t n = getrandom(out + got, size - got, 0);
        if (n <= 0) /* a kernel that has none: the seed and the clock must do */
            for (uint64_t mixed = env->seed ^ weir__now(&env->clock); got < size;
                 mixed = mixed * 6364136223846793005 + 1)
                out[got++] = (unsigned char)(mixed >> 56);
        else
            got += (size_t)n;
    }
}
