/* keys.c - reads a mapping by its table of keys. SPDX-License-Identifier: Apache-2.0 */
#include "schema/keys.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/str.h"
#include "schema/units.h"

enum { MOST_TEXT = 4096, MOST_NAME = 63 /* fits weir_error.shard */ };
static const uint64_t MOST_TIME = UINT64_C(49) * 24 * 60 * 60 * 1000; /* what 32 bits hold in milliseconds */
static const uint64_t MOST_SIZE = UINT64_C(1) << 50;

static bool key_is(const weir__key *keys, weir_str name)
{
    for (; keys->kind; keys++)
        if (keys->kind == WEIR__KEY_SAME ? key_is(keys->keys, name) : weir__str_is(name, keys->name))
            return true;
    return false;
}

/* Counts *i down over the keys and those of other arrays. */
static const char *nth_key_of(const weir__key *keys, size_t *i)
{
    for (; keys->kind; keys++) {
        const char *found = NULL;
        if (keys->kind == WEIR__KEY_SAME)
            found = nth_key_of(keys->keys, i);
        else if ((*i)-- == 0)
            found = keys->name;
        if (found)
            return found;
    }
    return NULL;
}

static const char *nth_key(const void *list, size_t i)
{
    return nth_key_of(list, &i);
}

static const char *nth_word(const void *list, size_t i)
{
    return ((const weir__word *)list)[i].text;
}

bool weir__is_scalar(weir__reader *reader, weir__yaml *node, const char *what)
{
    if (node->bad)
        return false;
    if (node->kind == WEIR__YAML_SCALAR && !weir__yaml_is_empty(node))
        return true;
    weir__wrong(reader, node, "must be %s, not %s", what,
                node->kind == WEIR__YAML_MAP    ? "a mapping"
                : node->kind == WEIR__YAML_LIST ? "a list"
                                                : "empty");
    return false;
}

bool weir__read_text(weir__reader *reader, weir__yaml *node, const char *signs, size_t most, const char **text)
{
    if (!weir__is_scalar(reader, node, "a text"))
        return false;
    if (node->text.size == 0) {
        weir__wrong(reader, node, "must not be empty");
        return false;
    }
    if (node->text.size > most) {
        weir__wrong(reader, node, "is too long: at most %zu bytes", most);
        return false;
    }
    for (size_t i = 0; signs && i < node->text.size; i++) {
        char c = node->text.data[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!plain && !strchr(signs, c)) {
            weir__wrong(reader, node, "may hold only letters, digits and %s", signs);
            return false;
        }
    }
    const char *copy = weir__arena_text(reader->arena, node->text.data, node->text.size);
    if (copy)
        *text = copy;
    return copy != NULL;
}

bool weir__read_flag(weir__reader *reader, weir__yaml *node, bool *flag)
{
    if (!weir__is_scalar(reader, node, "true or false"))
        return false;
    if (node->plain && (weir__str_is(node->text, "true") || weir__str_is(node->text, "false"))) {
        *flag = weir__str_is(node->text, "true");
        return true;
    }
    weir__wrong(reader, node,
                weir__yaml_is_old_flag(node) ? "must be true or false; %s is a word of YAML 1.1"
                                             : "must be true or false, not %s",
                weir__shown(reader, node->text));
    return false;
}

bool weir__read_count(weir__reader *reader, weir__yaml *node, uint64_t least, uint64_t most, uint64_t *count)
{
    uint64_t value;
    if (!weir__is_scalar(reader, node, "a whole number"))
        return false;
    if (weir__unit_count(node->text, &value) || value < least || value > most) {
        weir__wrong(reader, node, "must be a whole number from %" PRIu64 " to %" PRIu64, least, most);
        return false;
    }
    *count = value;
    return true;
}

bool weir__read_word(weir__reader *reader, weir__yaml *node, const weir__word *words, int *value)
{
    char list[256];
    size_t size = 0;
    list[0] = '\0';
    for (const weir__word *word = words; word->text; word++) {
        size += (size_t)snprintf(list + size, sizeof list - size, "%s%s",
                                 word == words  ? ""
                                 : word[1].text ? ", "
                                                : " or ",
                                 word->text);
        if (!weir__yaml_is_empty(node) && node->kind == WEIR__YAML_SCALAR && weir__str_is(node->text, word->text)) {
            *value = word->value;
            return true;
        }
    }
    if (weir__is_scalar(reader, node, list))
        weir__wrong(reader, node, "must be %s, not %s%s", list, weir__shown(reader, node->text),
                    weir__hint(reader, node->text, nth_word, words));
    return false;
}

/* Is value from least to most? Else told. */
static bool is_within(weir__reader *reader, weir__yaml *node, uint64_t value, uint64_t least, uint64_t most,
                      void (*print)(char *text, size_t room, uint64_t value))
{
    char bound[24];
    if (value >= least && value <= most)
        return true;
    print(bound, sizeof bound, value < least ? least : most);
    weir__wrong(reader, node, "must be at %s %s", value < least ? "least" : "most", bound);
    return false;
}

static bool read_time(weir__reader *reader, weir__yaml *node, const weir__key *key, uint32_t *ms)
{
    uint64_t value = 0;
    if (!weir__is_scalar(reader, node, "a time, such as 250ms, 5s, 30m or 1h"))
        return false;
    const char *wrong = weir__unit_time(node->text, &value);
    if (wrong)
        weir__wrong(reader, node, "%s", wrong);
    if (wrong || !is_within(reader, node, value, key->least, key->most ? key->most : MOST_TIME, weir__unit_print_time))
        return false;
    *ms = (uint32_t)value;
    return true;
}

static bool read_size(weir__reader *reader, weir__yaml *node, const weir__key *key, uint64_t *bytes)
{
    uint64_t value = 0;
    if (!weir__is_scalar(reader, node, "a size, such as 16KiB or 64MiB"))
        return false;
    const char *wrong = weir__unit_size(node->text, &value);
    if (wrong)
        weir__wrong(reader, node, "%s", wrong);
    if (wrong || !is_within(reader, node, value, key->least, key->most ? key->most : MOST_SIZE, weir__unit_print_size))
        return false;
    *bytes = value;
    return true;
}

static void read_weight(weir__reader *reader, weir__yaml *node, double *weight)
{
    double value = 0;
    if (!weir__is_scalar(reader, node, "a number, such as 2 or 0.5"))
        return;
    const char *wrong = weir__unit_weight(node->text, &value);
    if (wrong)
        weir__wrong(reader, node, "%s", wrong);
    else if (value > 1000)
        weir__wrong(reader, node, "must be from 0 to 1000");
    else
        *weight = value;
}

static void read_percent(weir__reader *reader, weir__yaml *node, uint32_t *percent)
{
    uint64_t value = 0;
    if (!weir__is_scalar(reader, node, "from 0% to 100%"))
        return;
    const char *wrong = weir__unit_percent(node->text, &value);
    if (wrong)
        weir__wrong(reader, node, "%s", wrong);
    else
        *percent = (uint32_t)value;
}

static void read_one(weir__reader *reader, weir__yaml *node, const weir__key *key, void *base)
{
    void *member = (char *)base + key->offset;
    uint64_t number = 0;
    int word = 0;
    switch (key->kind) {
    case WEIR__KEY_TEXT:
        weir__read_text(reader, node, key->signs, key->most ? key->most : MOST_TEXT, member);
        break;
    case WEIR__KEY_FLAG:
        weir__read_flag(reader, node, member);
        break;
    case WEIR__KEY_COUNT:
        if (weir__read_count(reader, node, key->least, key->most ? key->most : UINT32_MAX, &number))
            *(uint32_t *)member = (uint32_t)number;
        break;
    case WEIR__KEY_AMOUNT:
        if (weir__read_count(reader, node, key->least, key->most ? key->most : INT64_MAX, &number))
            *(uint64_t *)member = number;
        break;
    case WEIR__KEY_TIME:
        read_time(reader, node, key, member);
        break;
    case WEIR__KEY_SIZE:
        read_size(reader, node, key, member);
        break;
    case WEIR__KEY_PERCENT:
        read_percent(reader, node, member);
        break;
    case WEIR__KEY_WEIGHT:
        read_weight(reader, node, member);
        break;
    case WEIR__KEY_WORD:
        if (weir__read_word(reader, node, key->words, &word))
            memcpy(member, &word, sizeof word);
        break;
    case WEIR__KEY_CHOICE:
        if (weir__read_word(reader, node, key->words, &word))
            *(bool *)member = word != 0;
        break;
    case WEIR__KEY_PART:
        weir__keys_read(reader, node, key->keys, base);
        break;
    case WEIR__KEY_BY:
        key->read(reader, node, member);
        break;
    case WEIR__KEY_SAME:
    case WEIR__KEY_LATER:
        break;
    }
}

static void read_known(weir__reader *reader, weir__yaml *map, const weir__key *keys, void *base)
{
    for (const weir__key *key = keys; key->kind; key++) {
        if (key->kind == WEIR__KEY_SAME) {
            read_known(reader, map, key->keys, (char *)base + key->offset);
            continue;
        }
        weir__yaml *node = weir__yaml_get(map, key->name);
        if (!node) {
            if ((key->flags & WEIR__KEY_REQUIRED) && !weir__yaml_has(map, key->name))
                weir__missing(reader, map, key->name, "is missing");
            continue;
        }
        if (key->flags & WEIR__KEY_NOT_YET) {
            weir__not_yet(reader, node, "");
            reader->quiet++;
        }
        read_one(reader, node, key, base);
        if (key->flags & WEIR__KEY_NOT_YET)
            reader->quiet--;
    }
}

bool weir__keys_read(weir__reader *reader, weir__yaml *map, const weir__key *keys, void *base)
{
    if (map->bad)
        return false;
    if (map->kind != WEIR__YAML_MAP) {
        const char *first = nth_key(keys, 0);
        weir__wrong(reader, map, "must be a mapping, such as {%s: ..}, not %s", first ? first : "",
                    map->kind == WEIR__YAML_LIST ? "a list"
                    : weir__yaml_is_empty(map)   ? "empty"
                                                 : "a single value");
        return false;
    }
    for (weir__yaml *child = map->first; child; child = child->next)
        if (!child->bad && !key_is(keys, child->name)) {
            if (weir__str_is(child->name, "on") && key_is(keys, weir__view("single")))
                weir__wrong_key(reader, child,
                                "unknown key, and YAML 1.1 reads it as true; write single: for one shard");
            else
                weir__wrong_key(reader, child, "unknown key%s", weir__hint(reader, child->name, nth_key, keys));
        }
    read_known(reader, map, keys, base);
    return true;
}

/* Letters, digits, _ - $ and whatever is not ASCII. */
static bool is_name(weir_str name, bool dotted)
{
    size_t dots = 0;
    for (size_t i = 0; i < name.size; i++) {
        unsigned char c = (unsigned char)name.data[i];
        bool inside = i > 0 && i + 1 < name.size;
        if (c == '.' && dotted && inside && dots++ == 0)
            continue;
        if (!(c >= 0x80 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              (c && strchr("_-$", c))))
            return false;
    }
    return name.size > 0;
}

bool weir__is_named(weir__reader *reader, weir__yaml *node, const char *what, bool dotted)
{
    if (node->bad)
        return false;
    if (node->kind != WEIR__YAML_MAP || node->count == 0) {
        weir__wrong(reader, node, "must name at least one %s", what);
        return false;
    }
    for (weir__yaml *child = node->first; child; child = child->next) {
        child->named_free = true;
        if (child->bad)
            continue;
        if (!is_name(child->name, dotted))
            weir__wrong_key(reader, child, "no name of a %s: letters, digits, _ - and $ may stand in it", what);
        else if (child->name.size > (size_t)MOST_NAME * (dotted ? 2 : 1))
            weir__wrong_key(reader, child, "too long a name: at most %d bytes", MOST_NAME);
    }
    return true;
}

weir__yaml *weir__items(weir__yaml *node, size_t *count)
{
    if (node->kind == WEIR__YAML_LIST) {
        *count = node->count;
        return node->first;
    }
    *count = 1;
    return node;
}
