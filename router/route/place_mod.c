/* place_mod.c - the remainder of an integer. SPDX-License-Identifier: Apache-2.0 */
#include "router/route/place.h"
#include "router/route/share.h"

static bool fits(const weir__method *method, const weir__key_form *form)
{
    (void)method;
    return form->kind == WEIR__FORM_INTEGER || (form->kind == WEIR__FORM_DECIMAL && form->scale == 0);
}

/* SQL's % has the sign of the key; the remainder is the positive one. */
static bool unit(const weir__method *method, const weir__key *key, int64_t *out)
{
    int64_t n = method->modulus, rest = (int64_t)(key->magnitude % method->modulus);
    if (key->text.data && !key->is_number)
        return false;
    *out = !key->text.data ? 0 : key->negative && rest ? n - rest : rest;
    return true;
}

const weir__placer weir__place_mod = {
    .name = "mod",
    .fits = fits,
    .unit = unit,
    .run = weir__share_run,
    .shard = weir__share_of,
    .last = weir__share_last,
};
