/* lint_sample.c - values for a statement's parameters, so that it can be routed. SPDX-License-Identifier: Apache-2.0
 * A ? that is compared with a column, or stored in one, becomes a literal that the column's type takes unchanged. One value proves
 * nothing (two keys may be on one shard by chance): the caller tries several rounds of them. */
#include <stdio.h>

#include "base/limits.h"
#include "base/str.h"
#include "tools/lint.h"

weir__table *lint_table(const lint_rules *rules, const weir__plan_table *table, const weir__table_config **rule)
{
    const weir__config *config = rules->config;
    *rule = NULL;
    if (!rules->schema || !rules->schema->count || table->source != WEIR__SOURCE_BASE)
        return NULL;
    for (size_t i = 0; i < config->table_count && !*rule; i++)
        if (weir__str_is(table->name, config->tables[i].name))
            *rule = &config->tables[i];
    for (size_t i = 0; i < config->database_count; i++) {
        const weir__schema_file *file = rules->schema->files[i];
        bool own = !*rule || (*rule)->database == &config->databases[i];
        weir__table *found = !file || !own ? NULL
                             : *rule       ? weir__schema_file_find_rule(file, *rule)
                                           : weir__schema_file_find(file, table->name);
        if (found)
            return found;
    }
    return NULL;
}

/* The first table that has it, where its owner is not certain. */
static const weir__column *column_of(const lint_rules *rules, const weir__plan *plan, uint32_t number,
                                     weir__table **table)
{
    const weir__plan_column *c = &plan->columns[number];
    uint32_t first = c->table == WEIR__NONE ? c->first : c->table;
    uint32_t end = c->table == WEIR__NONE ? c->end : c->table + 1;
    for (uint32_t i = first; i < end && i < plan->table_count; i++) {
        const weir__table_config *rule;
        *table = lint_table(rules, &plan->tables[i], &rule);
        const weir__column *column = *table ? weir__table_column(*table, c->name) : NULL;
        if (column)
            return column;
        weir__table_unref(*table);
    }
    *table = NULL;
    return NULL;
}

/* Adds letters that are not the same for another seed. */
static void add_letters(weir__buf *out, uint64_t size, unsigned seed)
{
    weir__buf_addc(out, '\'');
    for (uint64_t i = 0; i < size; i++, seed /= 16)
        weir__buf_addc(out, (char)('a' + seed % 16));
    weir__buf_addc(out, '\'');
}

/* False: nothing is known that its type takes. */
static bool add_value(weir__buf *out, const weir__column *column, unsigned seed)
{
    uint64_t room = column->type.type == WEIR__TYPE_BINARY ? column->octets : column->characters;
    if (!room)
        room = column->octets;
    switch (weir__column_key_type(column)) {
    case WEIR__KEY_TYPE_INTEGER:
        weir__buf_addf(out, "%u", seed % 100 + 1);
        return true;
    case WEIR__KEY_TYPE_TEXT:
        add_letters(out, room < 6 ? room : 6, seed);
        return true;
    case WEIR__KEY_TYPE_BYTES:
        add_letters(out, column->type.type == WEIR__TYPE_BINARY ? room : room < 6 ? room : 6, seed);
        return true;
    case WEIR__KEY_TYPE_DATE:
        weir__buf_addf(out, "'20%02u-%02u-%02u'", seed % 20 + 10, seed / 3 % 12 + 1, seed % 28 + 1);
        return true;
    case WEIR__KEY_TYPE_UUID:
        weir__buf_addf(out, "'6ccd780c-baba-1026-9564-5b8c65%06x'", seed % 0xFFFFFF);
        return true;
    case WEIR__KEY_TYPE_NONE:
    case WEIR__KEY_TYPE_DATETIME: /* their fractions, scales and labels are not gone into */
    case WEIR__KEY_TYPE_DECIMAL:
    case WEIR__KEY_TYPE_ENUM:
        return false;
    }
    return false;
}

static bool wants_value(const weir__plan_value *v)
{
    return v->kind == WEIR__VALUE_PARAM && v->column != WEIR__NONE &&
           (v->use == WEIR__USE_COMPARED || v->use == WEIR__USE_INSERTED);
}

static unsigned seed_of(unsigned round, uint32_t value)
{
    return ((round + 1) * 2654435761U + value * 40503U) % 1000003U;
}

weir_status lint_sample_make(const lint_rules *rules, const weir__plan *plan, weir_str sql, unsigned round,
                             lint_sample *sample, weir_error *error)
{
    uint32_t from = 0;
    *sample = (lint_sample){.any = false};
    weir__buf_init(&sample->sql, &rules->env->mem, WEIR__MAX_STATEMENT_BYTES);
    sample->moves = weir__array(&rules->env->mem, plan->value_count + 1, sizeof *sample->moves);
    if (!sample->moves)
        return weir__fail_nomem(error);
    for (uint32_t i = 0; i < plan->value_count; i++) {
        const weir__plan_value *v = &plan->values[i];
        weir__table *table = NULL;
        const weir__column *column = wants_value(v) ? column_of(rules, plan, v->column, &table) : NULL;
        size_t before = sample->sql.size;
        if (!column)
            continue;
        weir__buf_add(&sample->sql, sql.data + from, v->start - from);
        if (add_value(&sample->sql, column, seed_of(round, v->parameter))) {
            sample->any = true;
            from = v->end;
            sample->moves[sample->count][0] = (uint32_t)sample->sql.size;
            sample->moves[sample->count++][1] = v->end;
        } else if (!sample->sql.failed) {
            sample->sql.size = before;
        }
        weir__table_unref(table);
    }
    weir__buf_add(&sample->sql, sql.data + from, sql.size - from);
    if (sample->sql.failed == WEIR_LIMIT)
        return weir__fail(error, WEIR_LIMIT, WEIR_RETRY_NEVER, "the statement is too long");
    return sample->sql.failed ? weir__fail_nomem(error) : WEIR_OK;
}

uint32_t lint_sample_place(const lint_sample *sample, uint32_t at)
{
    uint32_t place = at;
    for (size_t i = 0; i < sample->count && sample->moves[i][0] <= at; i++)
        place = sample->moves[i][1] + (at - sample->moves[i][0]);
    return place;
}

void lint_sample_free(lint_sample *sample, const weir__env *env)
{
    weir__buf_deinit(&sample->sql);
    if (sample->moves)
        weir__free(&env->mem, sample->moves);
    sample->moves = NULL;
}
