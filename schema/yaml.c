/* yaml.c - libyaml's events made a tree. SPDX-License-Identifier: Apache-2.0
 * The builder is a stack of open containers; the depth is bounded, so the stack is an array. */
#include "schema/yaml.h"

#include <yaml.h>

#include "base/limits.h"
#include "base/str.h"
#include "base/utf8.h"
#include "schema/reader.h"

typedef struct open_node {
    weir__yaml *node;
    weir_str name; /* map: the key whose value comes next; NULL: a key comes next */
    uint32_t name_line, name_column;
    bool name_bad;
} open_node;

typedef struct builder {
    weir__reader *reader;
    open_node open[WEIR__MAX_CONFIG_DEPTH + 1];
    size_t depth;
    size_t nodes;
    weir__yaml *root;
    int documents;
    bool stopped; /* a mistake that hides the rest was told */
} builder;

static uint32_t line_of(yaml_mark_t mark)
{
    return (uint32_t)mark.line + 1;
}

static uint32_t column_of(yaml_mark_t mark)
{
    return (uint32_t)mark.column + 1;
}

/* The place of a byte of the text. */
static void place_of(weir_str text, size_t byte, uint32_t *line, uint32_t *column)
{
    *line = *column = 1;
    for (size_t i = 0; i < byte && i < text.size; i++) {
        if (text.data[i] == '\n') {
            ++*line;
            *column = 1;
        } else if (((unsigned char)text.data[i] & 0xC0) != 0x80) {
            ++*column;
        }
    }
}

static void stop(builder *b, yaml_mark_t mark, const char *text)
{
    weir__wrong_at(b->reader, line_of(mark), column_of(mark), "%s", text);
    b->stopped = true;
}

static bool has_control(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7F)
            return true;
    return false;
}

/* The first byte that no weir.yaml may hold; false: none. UTF-8 is looked at by lines, so that the place is near. */
static bool refuse_bytes(builder *b, weir_str text)
{
    uint32_t line = 1, column;
    for (size_t i = 0; i < text.size; line++) {
        const char *from = text.data + i, *end = memchr(from, '\n', text.size - i);
        size_t size = end ? (size_t)(end - from) : text.size - i;
        if (!weir__utf8_valid(from, size)) {
            weir__wrong_at(b->reader, line, 1, "this line is not UTF-8: save the file as UTF-8");
            return true;
        }
        for (size_t j = 0; j < size; j++)
            if (((unsigned char)from[j] < 0x20 && from[j] != '\t' && from[j] != '\r') || from[j] == 0x7F) {
                place_of(text, i + j, &line, &column);
                weir__wrong_at(b->reader, line, column,
                               from[j] ? "a control character (byte 0x%02x)" : "a NUL byte (0x%02x)",
                               (unsigned char)from[j]);
                return true;
            }
        i += size + 1;
    }
    return false;
}

static int same_name(const weir__name *a, const weir__name *b)
{
    return weir__str_equal(a->name, b->name);
}

static void refuse_twice(builder *b, weir__yaml *map)
{
    weir__names names;
    if (map->count < 2)
        return;
    weir__names_init(b->reader, &names, map->count);
    for (weir__yaml *child = map->first; child; child = child->next)
        if (!child->bad)
            weir__names_add(&names, child->name, child, NULL);
    /* The order of keys with one name is that of the values' places, which is the file's. */
    weir__names_sort(&names);
    for (size_t i = 1, first = 0; i < names.count; i++) {
        if (!same_name(&names.list[first], &names.list[i]))
            first = i;
        else
            weir__wrong_key(b->reader, names.list[i].node, "written twice; first on line %u",
                            (unsigned)names.list[first].node->name_line);
    }
}

/* A new node at the end of the open container, or the root; NULL when memory or the limit of nodes is out. */
static weir__yaml *add_node(builder *b, weir__yaml_kind kind, yaml_mark_t mark)
{
    if (++b->nodes > WEIR__MAX_CONFIG_NODES) {
        stop(b, mark, "too many values: weir.yaml may hold a million");
        return NULL;
    }
    weir__yaml *node = weir__arena_take(&b->reader->scratch, sizeof *node);
    if (!node)
        return NULL;
    node->kind = kind;
    node->line = line_of(mark);
    node->column = column_of(mark);
    if (b->depth == 0) {
        b->root = node;
        return node;
    }
    open_node *in = &b->open[b->depth - 1];
    node->parent = in->node;
    if (in->node->kind == WEIR__YAML_MAP) {
        if (!in->name.data) { /* a key that is a list or a map: it gets no place in the tree */
            weir__wrong_at(
                b->reader, node->line, node->column,
                "a key must be a word, not a list or mapping; {{..}} of a template must be filled in or quoted");
            in->name = weir__view("?");
            in->name_bad = true;
            in->node->bad = true;
            in->name_line = node->line;
            in->name_column = node->column;
            node->bad = true;
            return node;
        }
        node->name = in->name;
        node->name_line = in->name_line;
        node->name_column = in->name_column;
        node->bad = in->name_bad;
        in->name = (weir_str){NULL, 0};
        in->name_bad = false;
    }
    node->index = in->node->count++;
    if (in->node->last)
        in->node->last->next = node;
    else
        in->node->first = node;
    in->node->last = node;
    return node;
}

/* Anchors and tags: told at the place where they stand. */
static void refuse_marks(builder *b, weir__yaml *node, const yaml_char_t *anchor, const yaml_char_t *tag,
                         yaml_mark_t mark)
{
    if (anchor)
        weir__wrong_at(b->reader, line_of(mark), column_of(mark), "anchors (&%s) are not taken: write the value out",
                       weir__shown(b->reader, weir__view((const char *)anchor)));
    if (tag)
        weir__wrong_at(b->reader, line_of(mark), column_of(mark), "tags (%s) are not taken: write the value alone",
                       weir__shown(b->reader, weir__view((const char *)tag)));
    if (node && (anchor || tag))
        node->bad = true;
}

static void on_key(builder *b, open_node *in, const yaml_event_t *event)
{
    const char *text = (const char *)event->data.scalar.value;
    size_t size = event->data.scalar.length;
    uint32_t line = line_of(event->start_mark), column = column_of(event->start_mark);
    in->name.data = weir__arena_text(&b->reader->scratch, text, size);
    in->name.size = size;
    in->name_line = line;
    in->name_column = column;
    in->name_bad = true;
    if (!in->name.data)
        return;
    if (event->data.scalar.anchor || event->data.scalar.tag)
        refuse_marks(b, NULL, event->data.scalar.anchor, event->data.scalar.tag, event->start_mark);
    else if (size == 0)
        weir__wrong_at(b->reader, line, column, "an empty key");
    else if (has_control(text, size))
        weir__wrong_at(b->reader, line, column, "a key with a control character");
    else if (event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && weir__str_is(in->name, "<<"))
        weir__wrong_at(b->reader, line, column, "merge keys (<<) are not taken: write the keys out");
    else
        in->name_bad = false;
    if (in->name_bad && has_control(in->name.data, size))
        in->name = weir__view("?");
}

static void on_scalar(builder *b, const yaml_event_t *event)
{
    open_node *in = b->depth ? &b->open[b->depth - 1] : NULL;
    if (in && in->node->kind == WEIR__YAML_MAP && !in->name.data) {
        if (++b->nodes > WEIR__MAX_CONFIG_NODES)
            stop(b, event->start_mark, "too many values: weir.yaml may hold a million");
        else
            on_key(b, in, event);
        return;
    }
    weir__yaml *node = add_node(b, WEIR__YAML_SCALAR, event->start_mark);
    if (!node)
        return;
    node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    node->text.size = event->data.scalar.length;
    node->text.data = weir__arena_text(&b->reader->scratch, (const char *)event->data.scalar.value, node->text.size);
    refuse_marks(b, node, event->data.scalar.anchor, event->data.scalar.tag, event->start_mark);
    if (node->text.data && !node->bad && has_control(node->text.data, node->text.size))
        weir__wrong(b->reader, node, "holds a line break or another control character");
}

static void on_alias(builder *b, const yaml_event_t *event)
{
    weir__wrong_at(b->reader, line_of(event->start_mark), column_of(event->start_mark),
                   "aliases (*%s) are not taken: write the value out",
                   weir__shown(b->reader, weir__view((const char *)event->data.alias.anchor)));
    open_node *in = b->depth ? &b->open[b->depth - 1] : NULL;
    if (in && in->node->kind == WEIR__YAML_MAP && !in->name.data) {
        in->name = weir__view("?");
        in->name_bad = true;
        return;
    }
    weir__yaml *node = add_node(b, WEIR__YAML_SCALAR, event->start_mark);
    if (node) {
        node->text = weir__view("");
        node->bad = true;
    }
}

static void on_start(builder *b, weir__yaml_kind kind, const yaml_char_t *anchor, const yaml_char_t *tag,
                     yaml_mark_t mark)
{
    if (b->depth > WEIR__MAX_CONFIG_DEPTH) {
        stop(b, mark, "nested too deeply");
        return;
    }
    weir__yaml *node = add_node(b, kind, mark);
    if (!node)
        return;
    refuse_marks(b, node, anchor, tag, mark);
    b->open[b->depth++] = (open_node){.node = node};
}

static void on_end(builder *b)
{
    weir__yaml *node = b->depth ? b->open[--b->depth].node : NULL;
    if (node && node->kind == WEIR__YAML_MAP)
        refuse_twice(b, node);
}

/* False: the end of the text, or no sense in going on. */
static bool on_event(builder *b, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_STREAM_END_EVENT:
        return false;
    case YAML_DOCUMENT_START_EVENT:
        if (++b->documents > 1)
            stop(b, event->start_mark, "a second document (---): weir.yaml is one");
        break;
    case YAML_ALIAS_EVENT:
        on_alias(b, event);
        break;
    case YAML_SCALAR_EVENT:
        on_scalar(b, event);
        break;
    case YAML_SEQUENCE_START_EVENT:
        on_start(b, WEIR__YAML_LIST, event->data.sequence_start.anchor, event->data.sequence_start.tag,
                 event->start_mark);
        break;
    case YAML_MAPPING_START_EVENT:
        on_start(b, WEIR__YAML_MAP, event->data.mapping_start.anchor, event->data.mapping_start.tag, event->start_mark);
        break;
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        on_end(b);
        break;
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_DOCUMENT_END_EVENT:
        break;
    }
    return !b->stopped && !b->reader->scratch.failed;
}

static void on_error(builder *b, const yaml_parser_t *parser, weir_str text)
{
    uint32_t line = line_of(parser->problem_mark), column = column_of(parser->problem_mark);
    if (parser->error == YAML_MEMORY_ERROR) {
        b->reader->scratch.failed = WEIR_NOMEM;
        return;
    }
    if (parser->error == YAML_READER_ERROR)
        place_of(text, parser->problem_offset, &line, &column);
    weir__wrong_at(b->reader, line, column, "not YAML: %s%s%s", parser->problem ? parser->problem : "it cannot be read",
                   parser->context ? ", " : "", parser->context ? parser->context : "");
    b->stopped = true;
}

weir__yaml *weir__yaml_read(weir__reader *reader, weir_str text)
{
    yaml_parser_t parser;
    builder b = {.reader = reader};
    if (text.size > WEIR__MAX_CONFIG_BYTES) {
        weir__wrong_at(reader, 1, 1, "larger than %d MiB", WEIR__MAX_CONFIG_BYTES / (1024 * 1024));
        return NULL;
    }
    if (refuse_bytes(&b, text))
        return NULL;
    if (!yaml_parser_initialize(&parser)) {
        reader->scratch.failed = WEIR_NOMEM;
        return NULL;
    }
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)(text.data ? text.data : ""), text.size);
    for (bool more = true; more;) {
        yaml_event_t event;
        if (!yaml_parser_parse(&parser, &event)) {
            on_error(&b, &parser, text);
            break;
        }
        more = on_event(&b, &event);
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    if (b.stopped || reader->scratch.failed)
        return NULL;
    if (!b.root)
        weir__wrong_at(reader, 1, 1, "empty: it needs databases: with one primary");
    return b.root;
}

weir__yaml *weir__yaml_get(const weir__yaml *map, const char *name)
{
    if (!map || map->kind != WEIR__YAML_MAP)
        return NULL;
    for (weir__yaml *child = map->first; child; child = child->next)
        if (!child->bad && weir__str_is(child->name, name))
            return child;
    return NULL;
}

bool weir__yaml_has(const weir__yaml *map, const char *name)
{
    for (const weir__yaml *child = map->kind == WEIR__YAML_MAP ? map->first : NULL; child; child = child->next)
        if (weir__str_is(child->name, name))
            return true;
    return false;
}

bool weir__yaml_is_empty(const weir__yaml *node)
{
    return node->kind == WEIR__YAML_SCALAR && node->plain &&
           (node->text.size == 0 || weir__str_is(node->text, "~") || weir__str_is_nocase(node->text, "null"));
}

bool weir__yaml_is_old_flag(const weir__yaml *node)
{
    static const char *const words[] = {"yes", "no", "on", "off", "y", "n"};
    for (size_t i = 0; node->plain && i < sizeof words / sizeof words[0]; i++)
        if (weir__str_is_nocase(node->text, words[i]))
            return true;
    return false;
}
