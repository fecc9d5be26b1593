/* tables.c - see tables.h. SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/merge/tables.h"

#include "base/str.h"
#include "tests/support/test.h"

/* users and orders are spread by the same key, visits by a key of another type, items by another placement; countries is everywhere,
 * settings on one shard. */
static const struct {
    const char *table, *column, *type, *collation;
    uint64_t characters;
} columns[] = {
    {"users", "id", "bigint(20)", "", 0},
    {"users", "name", "varchar(50)", "utf8mb4_general_ci", 50},
    {"users", "code", "varchar(20)", "utf8mb4_bin", 20},
    {"users", "note", "text", "utf8mb4_general_ci", 65535},
    {"users", "age", "int(11)", "", 0},
    {"users", "score", "decimal(10,2)", "", 0},
    {"users", "ratio", "double", "", 0},
    {"users", "part", "float", "", 0},
    {"users", "seen", "timestamp", "", 0},
    {"users", "born", "date", "", 0},
    {"users", "kind", "enum('z','a')", "utf8mb4_general_ci", 1},
    {"users", "country", "char(2)", "ascii_bin", 2},
    {"orders", "user_id", "bigint(20)", "", 0},
    {"orders", "amount", "int(11)", "", 0},
    {"orders", "state", "varchar(10)", "utf8mb4_general_ci", 10},
    {"visits", "user_id", "varchar(20)", "utf8mb4_bin", 20},
    {"visits", "page", "int(11)", "", 0},
    {"items", "user_id", "bigint(20)", "", 0},
    {"countries", "code", "char(2)", "ascii_bin", 2},
    {"countries", "title", "varchar(30)", "utf8mb4_general_ci", 30},
    {"settings", "id", "int(11)", "", 0},
};

static weir__table *make_table(weir_str name)
{
    weir_error error;
    weir__table *table;
    weir__table_builder *b = weir__table_begin(&test_env()->mem, name);
    for (size_t i = 0; b && i < sizeof columns / sizeof *columns; i++) {
        if (!weir__str_is(name, columns[i].table))
            continue;
        weir__column c = {.name = columns[i].column, .type_text = columns[i].type, .characters = columns[i].characters};
        c.collation = columns[i].collation;
        c.charset = weir__str_is(weir__view(c.collation), "ascii_bin") ? "ascii" : *c.collation ? "utf8mb4" : "";
        c.preset = c.expression = "";
        weir__table_add_column(b, &c);
    }
    return b && weir__table_end(b, &table, &error) == WEIR_OK ? table : NULL;
}

void merge_place(const weir__plan_table *t, weir__merge_table *out)
{
    static const char first, second;
    *out = (weir__merge_table){.spread = WEIR__SPREAD_BY_KEY, .placement = &first, .key = "user_id"};
    if (t->source != WEIR__SOURCE_BASE)
        return;
    out->table = make_table(t->name);
    if (weir__str_is(t->name, "users"))
        out->key = "id";
    else if (weir__str_is(t->name, "items"))
        out->placement = &second;
    else if (weir__str_is(t->name, "countries"))
        out->spread = WEIR__SPREAD_ALIKE;
    else if (weir__str_is(t->name, "settings"))
        out->spread = WEIR__SPREAD_ELSEWHERE;
}
