/* share.c - see share.h. SPDX-License-Identifier: Apache-2.0 */
#include "router/route/share.h"

static const weir__share *find(const weir__method *method, int64_t unit)
{
    return &method->shares[method->share_of[unit]];
}

const weir__shard_config *weir__share_of(const weir__method *method, int64_t unit)
{
    return find(method, unit)->shard;
}

int64_t weir__share_run(const weir__method *method, int64_t unit)
{
    return find(method, unit)->range.to;
}

int64_t weir__share_last(const weir__method *method)
{
    return (int64_t)method->modulus - 1;
}
