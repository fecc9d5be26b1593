/* schema_diff.c - the SQL between two schemas. SPDX-License-Identifier: Apache-2.0
 * One ALTER TABLE a table: keys go before what they stand on, and come after it. Foreign keys are dropped and added in statements of their
 * own, for a server refuses both of one name at once. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "tools/schema.h"

static const schema_part *find_part(const schema_table *table, const schema_part *like)
{
    for (size_t i = 0; i < table->part_count; i++) {
        const schema_part *part = &table->parts[i];
        bool same_name = *like->name ? strcasecmp(part->name, like->name) == 0 : strcmp(part->plain, like->plain) == 0;
        if (part->kind == like->kind && same_name)
            return part;
    }
    return NULL;
}

/* One ALTER TABLE that is being written. */
typedef struct altering {
    weir__buf *out;
    const char *table;
    bool begun;
} altering;

static void next_clause(altering *a)
{
    if (a->begun)
        weir__buf_adds(a->out, ",\n  ");
    else
        weir__buf_addf(a->out, "ALTER TABLE `%s`\n  ", a->table);
    a->begun = true;
}

static void end_clauses(altering *a)
{
    if (a->begun)
        weir__buf_adds(a->out, ";\n");
    a->begun = false;
}

static void drop_part(altering *a, const schema_part *part)
{
    next_clause(a);
    if (part->kind == SCHEMA_COLUMN)
        weir__buf_addf(a->out, "DROP COLUMN `%s`", part->name);
    else if (part->kind == SCHEMA_KEY && strcmp(part->name, "PRIMARY") == 0)
        weir__buf_adds(a->out, "DROP PRIMARY KEY");
    else if (part->kind == SCHEMA_KEY)
        weir__buf_addf(a->out, "DROP KEY `%s`", part->name);
    else
        weir__buf_addf(a->out, "DROP %s `%s`", part->kind == SCHEMA_CHECK ? "CONSTRAINT" : "FOREIGN KEY", part->name);
}

/* The column before it that both tables have; NULL: it is the first one. */
static const schema_part *neighbour(const schema_table *table, const schema_part *column, const schema_table *other)
{
    const schema_part *before = NULL;
    for (const schema_part *part = table->parts; part != column; part++)
        if (part->kind == SCHEMA_COLUMN && find_part(other, part))
            before = part;
    return before;
}

static void place_column(altering *a, const schema_table *wanted, const schema_part *column)
{
    const schema_part *before = NULL;
    for (const schema_part *part = wanted->parts; part != column; part++)
        if (part->kind == SCHEMA_COLUMN)
            before = part;
    if (before)
        weir__buf_addf(a->out, " AFTER `%s`", before->name);
    else
        weir__buf_adds(a->out, " FIRST");
}

static void diff_column(altering *a, const schema_table *wanted, const schema_table *is, const schema_part *column)
{
    const schema_part *there = find_part(is, column);
    const schema_part *here_before = neighbour(wanted, column, is),
                      *there_before = there ? neighbour(is, there, wanted) : NULL;
    bool moved = there && (!here_before != !there_before ||
                           (here_before && strcasecmp(here_before->name, there_before->name) != 0));
    if (there && !moved && strcmp(there->plain, column->plain) == 0)
        return;
    next_clause(a);
    weir__buf_addf(a->out, "%s COLUMN %s", there ? "MODIFY" : "ADD", column->text);
    if (!there || moved)
        place_column(a, wanted, column);
}

static bool differs(const schema_table *other, const schema_part *part)
{
    const schema_part *there = find_part(other, part);
    return !there || strcmp(there->plain, part->plain) != 0;
}

static void drop_where(altering *a, const schema_table *wanted, const schema_table *is, schema_part_kind kind)
{
    for (size_t i = 0; i < is->part_count; i++)
        if (is->parts[i].kind == kind &&
            (kind == SCHEMA_COLUMN ? !find_part(wanted, &is->parts[i]) : differs(wanted, &is->parts[i])))
            drop_part(a, &is->parts[i]);
}

static void add_where(altering *a, const schema_table *wanted, const schema_table *is, schema_part_kind kind)
{
    for (size_t i = 0; i < wanted->part_count; i++)
        if (wanted->parts[i].kind == kind && differs(is, &wanted->parts[i])) {
            next_clause(a);
            weir__buf_addf(a->out, "ADD %s", wanted->parts[i].text);
        }
}

static void diff_table(const schema_table *wanted, const schema_table *is, weir__buf *out)
{
    altering a = {out, is->name, false};
    drop_where(&a, wanted, is, SCHEMA_FOREIGN_KEY);
    end_clauses(&a);
    drop_where(&a, wanted, is, SCHEMA_CHECK);
    drop_where(&a, wanted, is, SCHEMA_KEY);
    drop_where(&a, wanted, is, SCHEMA_COLUMN);
    for (size_t i = 0; i < wanted->part_count; i++)
        if (wanted->parts[i].kind == SCHEMA_COLUMN)
            diff_column(&a, wanted, is, &wanted->parts[i]);
    add_where(&a, wanted, is, SCHEMA_KEY);
    add_where(&a, wanted, is, SCHEMA_CHECK);
    if (*wanted->plain_options && strcmp(wanted->plain_options, is->plain_options) != 0) {
        end_clauses(&a);
        next_clause(&a);
        weir__buf_adds(out, wanted->options);
    }
    end_clauses(&a);
    add_where(&a, wanted, is, SCHEMA_FOREIGN_KEY);
    end_clauses(&a);
}

void schema_diff(const schema_tables *wanted, const schema_tables *is, weir__buf *out)
{
    for (size_t i = 0; i < is->count; i++)
        if (!schema_find(wanted, is->list[i].name))
            weir__buf_addf(out, "DROP %s `%s`;\n", is->list[i].is_view ? "VIEW" : "TABLE", is->list[i].name);
    for (int views = 0; views < 2; views++) /* views stand on tables */
        for (size_t i = 0; i < wanted->count; i++) {
            const schema_table *w = &wanted->list[i], *there = schema_find(is, w->name);
            if (w->is_view != (views == 1))
                continue;
            if (there && there->is_view != w->is_view) {
                weir__buf_addf(out, "DROP %s `%s`;\n", there->is_view ? "VIEW" : "TABLE", w->name);
                there = NULL;
            }
            if (!there || (views && strcmp(there->text, w->text) != 0))
                weir__buf_addf(out, "%s;\n", w->text);
            else if (!views)
                diff_table(w, there, out);
        }
}
