/* mistakes.c - the list of mistakes, paths, and the nearest known word. SPDX-License-Identifier: Apache-2.0
 * A mistake is put where its place in the file says, so the list is in the order of the file whatever order the checks have, and
 * a full list holds the first ones. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/str.h"
#include "base/utf8.h"
#include "schema/reader.h"

enum { FIRST_ROOM = 16, TEXT_ROOM = 512, SHOWN = 60, MOST_CANDIDATES = 500, LONGEST_HINT = 32 };

/* Room for one more in the list, after those at or before the place; NULL when the list is full or memory is out. */
static weir__mistake *make_room(weir__mistakes *m, uint32_t line, uint32_t column)
{
    size_t at = m->count;
    while (at > 0 && (m->list[at - 1].line > line || (m->list[at - 1].line == line && m->list[at - 1].column > column)))
        at--;
    if (m->count == WEIR__MAX_CONFIG_MISTAKES) {
        m->more++;
        if (at == m->count)
            return NULL;
        m->count--;
    }
    if (m->count == m->room) {
        size_t room = m->room ? m->room * 2 : FIRST_ROOM;
        weir__mistake *list = weir__arena_array(&m->arena, room, sizeof *list);
        if (!list)
            return NULL;
        if (m->count)
            memcpy(list, m->list, m->count * sizeof *list);
        m->list = list;
        m->room = room;
    }
    memmove(m->list + at + 1, m->list + at, (m->count - at) * sizeof *m->list);
    m->count++;
    return &m->list[at];
}

static void add(weir__reader *reader, const char *path, uint32_t line, uint32_t column, const char *text)
{
    weir__mistakes *m = reader->mistakes;
    weir__mistake *mistake = make_room(m, line, column);
    size_t size = strlen(text);
    if (!mistake)
        return;
    if (size == TEXT_ROOM - 1)
        size = weir__utf8_cut(text, size - 1);
    *mistake = (weir__mistake){.line = line, .column = column};
    mistake->path = weir__arena_text(&m->arena, path, strlen(path));
    mistake->text = weir__arena_text(&m->arena, text, size);
}

void weir__wrong_at(weir__reader *reader, uint32_t line, uint32_t column, const char *format, ...)
{
    char text[TEXT_ROOM];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    add(reader, "", line, column, text);
}

void weir__wrong(weir__reader *reader, weir__yaml *node, const char *format, ...)
{
    char text[TEXT_ROOM];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    add(reader, weir__path(reader, node, false), node->line, node->column, text);
    node->bad = true;
}

void weir__wrong_key(weir__reader *reader, weir__yaml *node, const char *format, ...)
{
    char text[TEXT_ROOM];
    bool named = node->name.data != NULL;
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    add(reader, weir__path(reader, node, false), named ? node->name_line : node->line,
        named ? node->name_column : node->column, text);
    node->bad = true;
}

void weir__missing(weir__reader *reader, const weir__yaml *map, const char *key, const char *format, ...)
{
    char path[TEXT_ROOM + 64], text[TEXT_ROOM];
    bool named = map->name.data != NULL;
    const char *above = weir__path(reader, map, false);
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (weir__is_meant(map, key))
        return;
    snprintf(path, sizeof path, "%s%s%s", above, *above ? "." : "", key);
    add(reader, path, named ? map->name_line : map->line, named ? map->name_column : map->column, text);
}

const char *weir__shown(weir__reader *reader, weir_str text)
{
    if (text.size <= SHOWN)
        return text.data;
    size_t size = weir__utf8_cut(text.data, SHOWN);
    char *cut = weir__arena_text(&reader->scratch, text.data, size + 2);
    if (!cut)
        return "";
    memcpy(cut + size, "..", 3);
    return cut;
}

const char *weir__path(weir__reader *reader, const weir__yaml *node, bool general)
{
    const weir__yaml *chain[WEIR__MAX_CONFIG_DEPTH + 2] = {NULL};
    char path[TEXT_ROOM];
    size_t depth = 0, size = 0;
    for (; node && node->parent && depth < sizeof chain / sizeof chain[0]; node = node->parent)
        chain[depth++] = node;
    path[0] = '\0';
    while (depth-- > 0 && size < sizeof path - SHOWN - 8) {
        const weir__yaml *step = chain[depth];
        if (!step->name.data)
            size += (size_t)snprintf(path + size, sizeof path - size, general ? "[]" : "[%u]", (unsigned)step->index);
        else
            size += (size_t)snprintf(path + size, sizeof path - size, "%s%s", size ? "." : "",
                                     general && step->named_free ? "*" : weir__shown(reader, step->name));
    }
    const char *copy = weir__arena_text(&reader->scratch, path, size);
    return copy ? copy : "";
}

void weir__not_yet(weir__reader *reader, const weir__yaml *node, const char *extra)
{
    weir__config *config = reader->config;
    char key[TEXT_ROOM];
    if (reader->quiet)
        return;
    snprintf(key, sizeof key, "%s%s", weir__path(reader, node, true), extra);
    weir__not_yet_setting **end = &config->not_yet;
    for (; *end; end = &(*end)->next)
        if (strcmp((*end)->key, key) == 0) {
            (*end)->count++;
            if (node->name_line < (*end)->line)
                (*end)->line = node->name_line;
            return;
        }
    weir__not_yet_setting *setting = weir__arena_take(reader->arena, sizeof *setting);
    char *copy = weir__arena_text(reader->arena, key, strlen(key));
    if (setting && copy) {
        *setting = (weir__not_yet_setting){.key = copy, .line = node->name_line, .count = 1};
        *end = setting;
    }
}

/* Edits (insert, delete, change, swap of neighbours) that make b of a; more than most: most + 1. */
static size_t distance(weir_str a, weir_str b, size_t most)
{
    size_t row[3][LONGEST_HINT + 1];
    size_t *before = row[0], *last = row[1], *now = row[2];
    if (a.size > LONGEST_HINT || b.size > LONGEST_HINT || a.size + most < b.size || b.size + most < a.size)
        return most + 1;
    for (size_t j = 0; j <= b.size; j++)
        last[j] = j;
    for (size_t i = 1; i <= a.size; i++) {
        now[0] = i;
        for (size_t j = 1; j <= b.size; j++) {
            size_t best = last[j - 1] + (a.data[i - 1] != b.data[j - 1]);
            best = last[j] + 1 < best ? last[j] + 1 : best;
            best = now[j - 1] + 1 < best ? now[j - 1] + 1 : best;
            if (i > 1 && j > 1 && a.data[i - 1] == b.data[j - 2] && a.data[i - 2] == b.data[j - 1] &&
                before[j - 2] + 1 < best)
                best = before[j - 2] + 1;
            now[j] = best;
        }
        size_t *spare = before;
        before = last;
        last = now;
        now = spare;
    }
    return last[b.size] <= most ? last[b.size] : most + 1;
}

/* How far a word may be from what was meant; of one or two letters nobody knows. */
static size_t most_edits(weir_str text)
{
    return text.size <= 2 ? 0 : text.size <= 4 ? 1 : 2;
}

bool weir__is_meant(const weir__yaml *map, const char *key)
{
    for (const weir__yaml *child = map->kind == WEIR__YAML_MAP ? map->first : NULL; child; child = child->next) {
        size_t most = most_edits(child->name);
        if (child->bad && most && distance(child->name, weir__view(key), most) <= most)
            return true;
    }
    return false;
}

const char *weir__hint(weir__reader *reader, weir_str text, const char *(*word)(const void *list, size_t i),
                       const void *list)
{
    const char *nearest = NULL;
    char hint[128];
    size_t most = most_edits(text), least = most + 1;
    for (size_t i = 0; most && i < MOST_CANDIDATES && word(list, i); i++) {
        size_t far = distance(text, weir__view(word(list, i)), most);
        if (far < least) {
            least = far;
            nearest = word(list, i);
        }
    }
    if (!nearest)
        return "";
    snprintf(hint, sizeof hint, "; did you mean %s?", nearest);
    const char *copy = weir__arena_text(&reader->scratch, hint, strlen(hint));
    return copy ? copy : "";
}

void weir__mistakes_deinit(weir__mistakes *mistakes)
{
    weir__arena_deinit(&mistakes->arena);
    mistakes->list = NULL;
    mistakes->count = mistakes->more = mistakes->room = 0;
}

void weir__names_init(weir__reader *reader, weir__names *names, size_t room)
{
    *names = (weir__names){.list = weir__arena_array(&reader->scratch, room, sizeof *names->list)};
    names->room = names->list ? room : 0;
}

void weir__names_add(weir__names *names, weir_str name, weir__yaml *node, void *value)
{
    if (names->count < names->room)
        names->list[names->count++] = (weir__name){name, node, value};
}

static int compare_text(weir_str a, weir_str b)
{
    size_t size = a.size < b.size ? a.size : b.size;
    int order = size ? memcmp(a.data, b.data, size) : 0;
    return order ? order : (a.size > b.size) - (a.size < b.size);
}

static int compare_names(const void *left, const void *right)
{
    const weir__name *a = left, *b = right;
    int order = compare_text(a->name, b->name);
    if (order == 0 && a->node && b->node)
        order = a->node->line != b->node->line
                    ? (a->node->line > b->node->line ? 1 : -1)
                    : (a->node->column > b->node->column) - (a->node->column < b->node->column);
    return order;
}

void weir__names_sort(weir__names *names)
{
    if (names->count > 1)
        qsort(names->list, names->count, sizeof *names->list, compare_names);
}

weir__name *weir__names_find(const weir__names *names, weir_str name)
{
    size_t low = 0, high = names->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_text(names->list[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < names->count && weir__str_equal(names->list[low].name, name) ? &names->list[low] : NULL;
}

static const char *nth_name(const void *list, size_t i)
{
    const weir__names *names = list;
    return i < names->count ? names->list[i].name.data : NULL;
}

void *weir__names_resolve(weir__reader *reader, const weir__names *names, weir__yaml *node, const char *what)
{
    if (node->bad)
        return NULL;
    if (node->kind != WEIR__YAML_SCALAR || weir__yaml_is_empty(node)) {
        weir__wrong(reader, node, "must be the name of a %s", what);
        return NULL;
    }
    weir__name *found = weir__names_find(names, node->text);
    if (found)
        return found->value;
    weir__wrong(reader, node, "there is no %s %s%s", what, weir__shown(reader, node->text),
                weir__hint(reader, node->text, nth_name, names));
    return NULL;
}

void *weir__names_resolve_key(weir__reader *reader, const weir__names *names, weir__yaml *node, const char *what)
{
    weir__name *found = weir__names_find(names, node->name);
    if (found)
        return found->value;
    weir__wrong_key(reader, node, "there is no %s %s%s", what, weir__shown(reader, node->name),
                    weir__hint(reader, node->name, nth_name, names));
    return NULL;
}
