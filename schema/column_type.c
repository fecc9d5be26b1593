/* column_type.c - reading a type as the servers print it. SPDX-License-Identifier: Apache-2.0 */
#include "schema/column_type.h"

#include "base/str.h"

static const struct {
    const char *name;
    weir__type_class class;
    weir__key_type key;
} types[] = {
#define X(name, text, class, key) [WEIR__TYPE_##name] = {text, WEIR__CLASS_##class, WEIR__KEY_TYPE_##key},
    WEIR__TYPE_MAP(X)
#undef X
};

/* Other words for a type: of hand-written SQL, and of MySQL's and MariaDB's own printing. */
static const struct {
    const char *word;
    weir__type type;
} synonyms[] = {
    {"bool", WEIR__TYPE_TINYINT},
    {"boolean", WEIR__TYPE_TINYINT},
    {"dec", WEIR__TYPE_DECIMAL},
    {"fixed", WEIR__TYPE_DECIMAL},
    {"geomcollection", WEIR__TYPE_GEOMETRY},
    {"geometrycollection", WEIR__TYPE_GEOMETRY},
    {"int1", WEIR__TYPE_TINYINT},
    {"int2", WEIR__TYPE_SMALLINT},
    {"int3", WEIR__TYPE_MEDIUMINT},
    {"int4", WEIR__TYPE_INT},
    {"int8", WEIR__TYPE_BIGINT},
    {"integer", WEIR__TYPE_INT},
    {"linestring", WEIR__TYPE_GEOMETRY},
    {"middleint", WEIR__TYPE_MEDIUMINT},
    {"multilinestring", WEIR__TYPE_GEOMETRY},
    {"multipoint", WEIR__TYPE_GEOMETRY},
    {"multipolygon", WEIR__TYPE_GEOMETRY},
    {"numeric", WEIR__TYPE_DECIMAL},
    {"point", WEIR__TYPE_GEOMETRY},
    {"polygon", WEIR__TYPE_GEOMETRY},
};

const char *weir__type_name(weir__type type)
{
    return types[type].name;
}

weir__type_class weir__type_class_of(weir__type type)
{
    return types[type].class;
}

weir__key_type weir__type_key_type(weir__type type)
{
    return types[type].key;
}

void weir__integer_bounds(const weir__column_type *type, int64_t *least, uint64_t *greatest)
{
    static const unsigned bits[] = {
        [WEIR__TYPE_TINYINT] = 8, [WEIR__TYPE_SMALLINT] = 16, [WEIR__TYPE_MEDIUMINT] = 24,
        [WEIR__TYPE_INT] = 32,    [WEIR__TYPE_BIGINT] = 64,
    };
    unsigned width = types[type->type].class == WEIR__CLASS_INTEGER ? bits[type->type] : 64;
    uint64_t all = UINT64_MAX >> (64 - width);
    *greatest = type->is_unsigned ? all : all >> 1;
    *least = type->is_unsigned ? 0 : -(int64_t)(all >> 1) - 1;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* Goes over blanks and comments. */
static void skip_blanks(weir_str *text)
{
    for (;;) {
        if (text->size && (*text->data == ' ' || *text->data == '\t' || *text->data == '\n' || *text->data == '\r')) {
            text->data++;
            text->size--;
        } else if (text->size > 1 && text->data[0] == '/' && text->data[1] == '*') {
            const char *end = memmem(text->data + 2, text->size - 2, "*/", 2);
            size_t gone = end ? (size_t)(end + 2 - text->data) : text->size;
            text->data += gone;
            text->size -= gone;
        } else {
            return;
        }
    }
}

static weir_str take_word(weir_str *text)
{
    skip_blanks(text);
    weir_str word = {text->data, 0};
    while (word.size < text->size && is_letter(word.data[word.size]))
        word.size++;
    text->data += word.size;
    text->size -= word.size;
    return word;
}

static bool take_sign(weir_str *text, char sign)
{
    skip_blanks(text);
    if (!text->size || *text->data != sign)
        return false;
    text->data++;
    text->size--;
    return true;
}

/* Saturates: no type has so many. */
static uint32_t take_number(weir_str *text)
{
    uint64_t n = 0;
    skip_blanks(text);
    for (; text->size && *text->data >= '0' && *text->data <= '9'; text->data++, text->size--)
        n = n * 10 + (uint64_t)(*text->data - '0') > UINT32_MAX ? UINT32_MAX : n * 10 + (uint64_t)(*text->data - '0');
    return (uint32_t)n;
}

static weir__type find(weir_str word)
{
    for (size_t i = 1; i < sizeof types / sizeof *types; i++)
        if (weir__str_is_nocase(word, types[i].name))
            return (weir__type)i;
    for (size_t i = 0; i < sizeof synonyms / sizeof *synonyms; i++)
        if (weir__str_is_nocase(word, synonyms[i].word))
            return synonyms[i].type;
    return WEIR__TYPE_OTHER;
}

/* What \n and the like stand for in a label, as both servers print it. */
static char unescape(char c)
{
    switch (c) {
    case '0':
        return '\0';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    case 'Z':
        return '\x1a';
    default:
        return c;
    }
}

/* One quoted label into room (of text->size bytes at least); its size, or SIZE_MAX when there is none. */
static size_t take_label(weir_str *text, char *room)
{
    size_t size = 0;
    if (!take_sign(text, '\''))
        return SIZE_MAX;
    while (text->size) {
        char c = *text->data;
        text->data++;
        text->size--;
        if (c == '\'') {
            if (!text->size || *text->data != '\'')
                return size;
            text->data++;
            text->size--;
        } else if (c == '\\' && text->size) {
            c = unescape(*text->data);
            text->data++;
            text->size--;
        }
        room[size++] = c;
    }
    return SIZE_MAX;
}

/* The list between the parentheses. A text that is no such list leaves OTHER. */
static void take_labels(weir__arena *arena, weir_str *text, weir__column_type *type)
{
    size_t most = 1;
    for (size_t i = 0; i < text->size; i++)
        most += text->data[i] == ',';
    weir_str *labels = weir__arena_array(arena, most, sizeof *labels);
    char *room = weir__arena_take(arena, text->size + most);
    bool more = labels && room;
    while (more) {
        size_t size = take_label(text, room);
        if (size == SIZE_MAX) {
            type->type = WEIR__TYPE_OTHER;
            return;
        }
        labels[type->label_count++] = (weir_str){room, size};
        room += size + 1; /* the arena is cleared: a NUL */
        more = take_sign(text, ',');
    }
    type->labels = labels;
}

static bool is_real(weir__type type)
{
    return type == WEIR__TYPE_FLOAT || type == WEIR__TYPE_DOUBLE;
}

/* What stands between the parentheses. */
static void take_sizes(weir__arena *arena, weir_str *text, weir__column_type *type)
{
    if (type->type == WEIR__TYPE_ENUM || type->type == WEIR__TYPE_SET) {
        take_labels(arena, text, type);
        return;
    }
    uint32_t first = take_number(text), second = take_sign(text, ',') ? take_number(text) : 0;
    switch (type->type) {
    case WEIR__TYPE_DECIMAL:
    case WEIR__TYPE_FLOAT:
    case WEIR__TYPE_DOUBLE:
        type->precision = (uint16_t)first;
        type->scale = (uint16_t)second;
        return;
    case WEIR__TYPE_TIME:
    case WEIR__TYPE_DATETIME:
    case WEIR__TYPE_TIMESTAMP:
        type->scale = (uint16_t)first;
        return;
    default:
        type->length = first;
    }
}

/* What the server takes where no size is printed; SHOW CREATE TABLE prints it, people leave it out. */
static void default_sizes(weir__column_type *type, bool printed)
{
    bool one = type->type == WEIR__TYPE_CHAR || type->type == WEIR__TYPE_BINARY || type->type == WEIR__TYPE_BIT;
    if (printed)
        return;
    if (one)
        type->length = 1;
    if (type->type == WEIR__TYPE_DECIMAL)
        type->precision = 10;
}

bool weir__column_type_parse(weir__arena *arena, weir_str text, weir__column_type *type)
{
    memset(type, 0, sizeof *type);
    type->type = find(take_word(&text));
    bool printed = take_sign(&text, '(');
    if (printed)
        take_sizes(arena, &text, type);
    default_sizes(type, printed);
    if (printed && !take_sign(&text, ')') && arena->failed == WEIR_OK)
        type->type = WEIR__TYPE_OTHER;
    if (is_real(type->type) && type->scale == 0)
        type->precision = 0; /* float(24) says the size in memory */
    for (weir_str word; (word = take_word(&text)).size;) {
        bool zerofill = weir__str_is_nocase(word, "zerofill");
        type->zerofill |= zerofill;
        type->is_unsigned |= zerofill || weir__str_is_nocase(word, "unsigned");
    }
    return arena->failed == WEIR_OK;
}
