/* place_slots.c - CRC32(key) % slots, and the shard that holds the slot. SPDX-License-Identifier: Apache-2.0 */
#include "base/crc32.h"
#include "router/route/place.h"
#include "router/route/share.h"

static bool fits(const weir__method *method, const weir__key_form *form)
{
    (void)method;
    return form->kind != WEIR__FORM_UNFIT;
}

static bool unit(const weir__method *method, const weir__key *key, int64_t *out)
{
    *out = key->text.data ? weir__crc32(key->text.data, key->text.size) % method->modulus : 0;
    return true;
}

const weir__placer weir__place_slots = {
    .name = "slots",
    .fits = fits,
    .unit = unit,
    .run = weir__share_run,
    .shard = weir__share_of,
    .last = weir__share_last,
};
