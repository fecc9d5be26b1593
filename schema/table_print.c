/* table_print.c - a table's description as text, and whether two are equal. SPDX-License-Identifier: Apache-2.0
 * All that is described is printed, so that equal texts are equal tables. */
#include "base/limits.h"
#include "base/str.h"
#include "schema/table.h"

static void print_preset(const weir__column *column, weir__buf *to)
{
    switch (column->preset_kind) {
    case WEIR__DEFAULT_NONE:
        return;
    case WEIR__DEFAULT_NULL:
        weir__buf_adds(to, " DEFAULT NULL");
        return;
    case WEIR__DEFAULT_VALUE:
        weir__buf_addf(to, " DEFAULT '%s'", column->preset);
        return;
    case WEIR__DEFAULT_EXPRESSION:
        weir__buf_addf(to, " DEFAULT (%s)", column->preset);
        return;
    }
}

static void print_column(const weir__column *column, weir__buf *to)
{
    weir__buf_addf(to, "  %s %s", column->name, column->type_text);
    if (*column->charset)
        weir__buf_addf(to, " CHARACTER SET %s COLLATE %s", column->charset, column->collation);
    if (column->octets)
        weir__buf_addf(to, " [%llu characters, %llu bytes]", (unsigned long long)column->characters,
                       (unsigned long long)column->octets);
    weir__buf_adds(to, column->nullable ? "" : " NOT NULL");
    if (column->generated)
        weir__buf_addf(to, " AS (%s)", column->expression);
    print_preset(column, to);
    weir__buf_adds(to, column->on_update ? " ON UPDATE" : "");
    weir__buf_adds(to, column->auto_increment ? " AUTO_INCREMENT" : "");
    weir__buf_adds(to, column->invisible ? " INVISIBLE" : "");
    weir__buf_addc(to, '\n');
}

static void print_index(const weir__index *index, weir__buf *to)
{
    weir__buf_addf(to, "  %s%s %s (", index->unique ? "UNIQUE " : "", index->kind, index->name);
    for (uint32_t i = 0; i < index->part_count; i++) {
        const weir__key_part *part = &index->parts[i];
        weir__buf_addf(to, "%s%s", i ? ", " : "", *part->column ? part->column : "(expression)");
        if (part->prefix)
            weir__buf_addf(to, "(%u)", part->prefix);
    }
    weir__buf_adds(to, ")\n");
}

static void print_foreign_key(const weir__foreign_key *key, weir__buf *to)
{
    weir__buf_addf(to, "  FOREIGN KEY %s TO %s.%s (", key->name, key->to_schema, key->to_table);
    for (uint32_t i = 0; i < key->pair_count; i++)
        weir__buf_addf(to, "%s%s = %s", i ? ", " : "", key->pairs[i].column, key->pairs[i].to_column);
    weir__buf_addf(to, ") ON UPDATE %s ON DELETE %s\n", key->on_update, key->on_delete);
}

void weir__table_print(const weir__table *table, weir__buf *to)
{
    weir__buf_addf(to, "%s %s\n", table->name, table->is_view ? "VIEW" : table->engine);
    for (uint32_t i = 0; i < table->column_count; i++)
        print_column(&table->columns[i], to);
    for (uint32_t i = 0; i < table->index_count; i++)
        print_index(&table->indexes[i], to);
    for (uint32_t i = 0; i < table->foreign_key_count; i++)
        print_foreign_key(&table->foreign_keys[i], to);
    for (uint32_t i = 0; i < table->trigger_count; i++)
        weir__buf_addf(to, "  TRIGGER %s %s %s: %s\n", table->triggers[i].name, table->triggers[i].timing,
                       table->triggers[i].event, table->triggers[i].body);
}

bool weir__table_equal(const weir__table *a, const weir__table *b)
{
    weir__buf texts[2];
    for (int i = 0; i < 2; i++) {
        const weir__table *table = i ? b : a;
        weir__buf_init(&texts[i], table->arena.mem, 2 * (size_t)WEIR__MAX_TABLE_BYTES);
        weir__table_print(table, &texts[i]);
    }
    bool equal = !texts[0].failed && !texts[1].failed && strcmp(texts[0].data, texts[1].data) == 0;
    weir__buf_deinit(&texts[0]);
    weir__buf_deinit(&texts[1]);
    return equal;
}
