/* routing_definition.c - which shards a definition is for. SPDX-License-Identifier: Apache-2.0
 * Of tables, indexes and triggers: where their table is, by its rule. Views and stored programs: everywhere. Read from the first words
 * alone, for the grammar does not know definitions. What would put rows where no rule says, or speaks of a server, is refused. */
#include <string.h>

#include "base/str.h"
#include "router/route/routing_impl.h"
#include "router/sql/tokens.h"

enum { FIRST_WORDS = 24 };

typedef struct reader {
    weir__routing_work *w;
    weir__lexer lexer;
    weir__token token;
    const weir__shard_config *single; /* of the tables met so far; NULL: all shards */
    bool everywhere, named;
} reader;

static void next(reader *r)
{
    r->token = weir__lex(&r->lexer);
}

static weir_str text_of(const reader *r)
{
    return weir__token_text(r->w->lookup->sql, r->token);
}

static bool is_word(const reader *r, const char *word)
{
    return weir__str_is_nocase(text_of(r), word);
}

static bool at_end(const reader *r)
{
    return r->token.id == WEIR__TK_EOF || r->token.id == WEIR__TK_SEMI;
}

static void refuse(reader *r, const char *why)
{
    weir__routing_refuse(r->w, WEIR__REFUSAL_definition, "%s", why);
}

static const weir__table_config *rule_of(const reader *r, weir_str name)
{
    const weir__config *config = r->w->context->config;
    for (size_t i = 0; i < config->table_count; i++)
        if (config->tables[i].database == r->w->routing->database && weir__str_is(name, config->tables[i].name))
            return &config->tables[i];
    return NULL;
}

static void add_place(reader *r, const weir__shard_config *single)
{
    if (r->named && (r->everywhere || single != r->single) && !(r->everywhere && !single))
        refuse(r, "its tables are not on the same shards: one statement for each of them");
    r->named = true;
    r->single = single;
    r->everywhere = single == NULL;
}

/* The name of a table is at hand; the token behind it is next. */
static void take_table(reader *r)
{
    weir_str name = text_of(r);
    if (!weir__token_is_name(r->token.id)) {
        refuse(r, "the name of its table was not found");
        return;
    }
    if (r->token.id == WEIR__TK_QUOTED)
        name = (weir_str){name.data + 1, name.size - 2};
    next(r);
    const weir__table_config *rule = rule_of(r, name);
    const weir__database_config *database = r->w->routing->database;
    if (r->token.id == WEIR__TK_DOT)
        refuse(r, "name its tables without a schema: the shards may have others");
    else if (rule && rule->physical.kind != WEIR__PHYSICAL_SAME)
        refuse(r, "its table has other names on the shards: run it there for each of them");
    else if (rule)
        add_place(r, rule->kind == WEIR__TABLE_SINGLE ? rule->single : NULL);
    else if (database->other_tables)
        add_place(r, database->other_tables);
    else
        weir__routing_refuse(r->w, WEIR__REFUSAL_no_rule,
                             "weir.yaml says nothing of %.*s: under tables write where it is to be, then define it",
                             WEIR__STR(name));
}

static void skip_if_exists(reader *r)
{
    if (!is_word(r, "IF"))
        return;
    next(r);
    if (is_word(r, "NOT"))
        next(r);
    next(r);
}

/* CREATE TABLE .. LIKE t, .. SELECT; ALTER TABLE .. RENAME TO t: to the end. */
static void read_rest(reader *r)
{
    while (!at_end(r)) {
        bool renames = is_word(r, "RENAME"), like = is_word(r, "LIKE");
        if (is_word(r, "SELECT") || is_word(r, "WITH"))
            refuse(
                r,
                "rows of a query would stay on the shard where they are read: define the table, then INSERT .. SELECT");
        if (is_word(r, "EXCHANGE"))
            refuse(r, "it moves rows between tables of one server");
        next(r);
        if (renames && (is_word(r, "COLUMN") || is_word(r, "INDEX") || is_word(r, "KEY")))
            continue;
        if (renames && (is_word(r, "TO") || is_word(r, "AS") || is_word(r, "=")))
            next(r);
        if (renames || like)
            take_table(r);
    }
}

/* a, b or a TO b, c TO d. */
static void read_list(reader *r)
{
    while (r->w->routing->refusal == WEIR__REFUSAL_none) {
        take_table(r);
        if (r->token.id != WEIR__TK_COMMA && !is_word(r, "TO"))
            return;
        next(r);
    }
}

static void read_on(reader *r)
{
    while (!at_end(r) && !is_word(r, "ON"))
        next(r);
    next(r);
    take_table(r);
}

/* CREATE, ALTER or DROP of what? */
static void read_kind(reader *r, bool drops)
{
    static const char *const kinds[] = {
        "TABLE", "INDEX",  "TRIGGER",  "VIEW",       "PROCEDURE", "FUNCTION", "DATABASE", "SCHEMA",  "USER", "ROLE",
        "EVENT", "SERVER", "SEQUENCE", "TABLESPACE", "PACKAGE",   "LOGFILE",  "RESOURCE", "SPATIAL", NULL};
    size_t kind = 0;
    for (int words = 0; words < FIRST_WORDS && !at_end(r); words++, next(r)) {
        for (kind = 0; kinds[kind] && !is_word(r, kinds[kind]);)
            kind++;
        if (kinds[kind] && !(kind == 17)) /* SPATIAL INDEX is one */
            break;
    }
    next(r);
    if (kind == 0) {
        skip_if_exists(r);
        if (drops)
            read_list(r);
        else
            take_table(r);
        if (!drops)
            read_rest(r);
    } else if (kind == 1 || (kind == 2 && !drops)) {
        read_on(r);
    } else if (kind > 5) {
        refuse(r, "it is about one server: run it on each of them");
    }
}

void weir__routing_definition(weir__routing_work *w)
{
    reader r = {.w = w};
    weir__lexer_init(&r.lexer, w->lookup->sql, &w->lookup->reading);
    next(&r);
    bool drops = is_word(&r, "DROP"), renames = is_word(&r, "RENAME"), truncates = is_word(&r, "TRUNCATE");
    bool other = !drops && !renames && !truncates && !is_word(&r, "CREATE") && !is_word(&r, "ALTER");
    if (other || w->plan->effects.changes_session) {
        refuse(&r, "it is about one server, or one connection: run it on each server");
        return;
    }
    next(&r);
    if (renames || truncates) {
        if (is_word(&r, "TABLE") || is_word(&r, "TABLES"))
            next(&r);
        else if (renames)
            refuse(&r, "it is about one server: run it on each of them");
        if (w->routing->refusal == WEIR__REFUSAL_none)
            read_list(&r);
    } else {
        read_kind(&r, drops);
    }
    w->routing->defines = true;
    w->routing->defined_on = r.named && !r.everywhere ? r.single : NULL;
}
