/* place_list.c - keys that weir.yaml lists one by one. SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/str.h"
#include "router/route/place.h"

static bool fits(const weir__method *method, const weir__key_form *form)
{
    (void)method;
    return form->kind != WEIR__FORM_UNFIT;
}

static int compare(weir_str text, const weir__listed_key *key)
{
    size_t size = text.size < key->size ? text.size : key->size;
    int order = size ? memcmp(text.data, key->key, size) : 0;
    return order ? order : (text.size > key->size) - (text.size < key->size);
}

static bool unit(const weir__method *method, const weir__key *key, int64_t *out)
{
    size_t low = 0, high = method->key_count;
    while (key->text.data && low < high) {
        size_t middle = low + (high - low) / 2;
        const weir__listed_key *listed = &method->keys[middle];
        int order = compare(key->text, listed);
        if (order == 0) {
            *out = listed->shard - listed->shard->database->shards;
            return true;
        }
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return false;
}

static const weir__shard_config *shard(const weir__method *method, int64_t u)
{
    return &method->keys[0].shard->database->shards[u];
}

static int64_t last(const weir__method *method)
{
    return (int64_t)method->keys[0].shard->database->shard_count - 1;
}

const weir__placer weir__place_list = {.name = "list", .fits = fits, .unit = unit, .shard = shard, .last = last};
