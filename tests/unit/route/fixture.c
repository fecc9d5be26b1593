/* fixture.c - see fixture.h. SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/route/fixture.h"

#include <stdlib.h>

#include "base/limits.h"

static weir_str trim(weir_str text)
{
    while (text.size && text.data[0] == ' ')
        text = weir__slice(text.data + 1, text.data + text.size);
    while (text.size && text.data[text.size - 1] == ' ')
        text.size--;
    return text;
}

/* Up to the separator, outside of parentheses. */
static weir_str cut(weir_str *rest, char separator)
{
    int depth = 0;
    size_t i = 0;
    for (; i < rest->size && (depth > 0 || rest->data[i] != separator); i++)
        depth += (rest->data[i] == '(') - (rest->data[i] == ')');
    weir_str part = {rest->data, i};
    *rest = i < rest->size ? weir__slice(rest->data + i + 1, rest->data + rest->size) : (weir_str){rest->data, 0};
    return trim(part);
}

static void add_unique(weir__table_builder *b, weir_str item, unsigned number)
{
    char name[16];
    snprintf(name, sizeof name, "u%u", number);
    const char *open = memchr(item.data, '(', item.size);
    weir_str parts = weir__slice(open + 1, item.data + item.size - 1);
    while (parts.size) {
        weir_str part = cut(&parts, '+');
        const char *colon = memchr(part.data, ':', part.size);
        uint32_t prefix = colon ? (uint32_t)strtoul(colon + 1, NULL, 10) : 0;
        weir__table_add_key_part(b, weir__view(name), weir__view("BTREE"), true,
                                 colon ? weir__slice(part.data, colon) : part, prefix);
    }
}

static void add_column(weir__table_builder *b, weir_str item)
{
    weir__column column = {.charset = "", .collation = "", .preset = "", .expression = ""};
    weir__column_type type = {.length = 0};
    column.name = weir__table_text(b, cut(&item, ' '));
    column.type_text = weir__table_text(b, cut(&item, ' '));
    while (item.size) {
        weir_str word = cut(&item, ' ');
        if (weir__str_is(word, "null"))
            column.nullable = true;
        else if (weir__str_is(word, "auto"))
            column.auto_increment = true;
        else if (weir__str_is(word, "invisible"))
            column.invisible = true;
        else if (word.size) {
            column.collation = weir__table_text(b, word);
            column.charset = weir__table_text(b, cut(&(weir_str){word.data, word.size}, '_'));
        }
    }
    (void)weir__column_type_parse(weir__table_arena(b), weir__view(column.type_text), &type);
    column.characters = column.octets = type.length;
    weir__table_add_column(b, &column);
}

static const weir__table *make_table(weir_str line)
{
    weir_str name = cut(&line, ':');
    weir__table_builder *b = weir__table_begin(&test_env()->mem, name);
    weir__table *table = NULL;
    weir_error error;
    unsigned number = 0;
    if (!b)
        return NULL;
    weir__table_set_kind(b, false, weir__view("InnoDB"));
    while (line.size) {
        weir_str item = cut(&line, ',');
        if (item.size >= 6 && strncmp(item.data, "unique", 6) == 0) {
            add_unique(b, item, number++);
        } else if (weir__str_is(item, "view")) {
            weir__table_set_kind(b, true, weir__view(""));
        } else if (item.size >= 7 && strncmp(item.data, "trigger", 7) == 0) {
            cut(&item, ' ');
            weir_str timing = cut(&item, ' '), event = cut(&item, ' ');
            weir__table_add_trigger(b, weir__view("trg"), timing, event, item);
        } else if (item.size) {
            add_column(b, item);
        }
    }
    return weir__table_end(b, &table, &error) == WEIR_OK ? table : NULL;
}

bool route_tables_init(route_tables *t, const char *yaml, const char *lines)
{
    weir_error error;
    weir_str rest = weir__view(lines);
    *t = (route_tables){.count = 0};
    weir_status status = weir__config_parse(test_env(), "weir.yaml", weir__view(yaml), &t->config, NULL, &error);
    EXPECT_THAT(status == WEIR_OK || status == WEIR_NOMEM, "%s", error.text); /* NOMEM: somebody tortures */
    while (status == WEIR_OK && rest.size) {
        weir_str line = cut(&rest, '\n');
        if (line.size)
            t->list[t->count++] = make_table(line);
    }
    return status == WEIR_OK;
}

void route_tables_deinit(route_tables *t)
{
    for (size_t i = 0; i < t->count; i++)
        weir__table_unref(t->list[i]);
    weir__config_free(test_env(), t->config);
}

static weir_status find(void *context, const weir__table_config *rule, const weir__shard_config *shard, weir_str name,
                        const weir__table **table, weir_error *error)
{
    route_tables *t = context;
    (void)shard;
    (void)error;
    *table = NULL;
    t->asked++;
    for (size_t i = 0; i < t->count; i++)
        if (t->list[i] && (rule ? strcmp(rule->name, t->list[i]->name) == 0 : weir__str_is(name, t->list[i]->name)))
            *table = weir__table_ref(t->list[i]);
    return WEIR_OK;
}

const weir__routing_context *route_context(const route_tables *t, const char *database, weir__routing_context *to)
{
    *to = (weir__routing_context){
        .env = test_env(),
        .config = t->config,
        .database = database ? weir__config_database(t->config, database) : t->config->databases,
        .find = find,
        .context = (void *)(uintptr_t)t,
    };
    return to;
}

weir_status route_text(route_tables *t, const char *database, weir_str sql, weir_args args, bool describe,
                       weir__buf *out, weir_error *error)
{
    static const weir__lex_options maria = {.flavour = WEIR__MARIADB, .version = 101106};
    weir__routing_context context;
    weir__routing *routing = NULL;
    weir__route *route = NULL;
    weir__plan *plan = NULL;
    weir__arena arena;
    weir__lookup *lookup = weir__new(&test_env()->mem, sizeof *lookup);
    if (!lookup)
        return WEIR_NOMEM;
    weir__arena_init(&arena, &test_env()->mem, 64 * 1024 * 1024);
    weir_status status = weir__plan_build(sql, &maria, test_env(), &plan, error);
    if (status == WEIR_OK) {
        lookup->plan = plan;
        lookup->sql = sql;
        lookup->reading = maria;
        lookup->parameters = plan->parameters;
        status = weir__routing_new(lookup, route_context(t, database, &context), &routing, error);
    }
    weir__route_options options = {.args = args, .describe = describe};
    if (status == WEIR_OK)
        status = weir__route_new(routing, lookup, &options, &arena, &route, error);
    if (status == WEIR_OK) {
        weir__route_print(route, out);
        status = out->failed;
    }
    weir__arena_deinit(&arena);
    weir__routing_free(routing);
    weir__plan_unref(plan);
    weir__free(&test_env()->mem, lookup);
    return status;
}
