/* store.c - the tables of both sides: made, filled, spread, compared. SPDX-License-Identifier: Apache-2.0 */
#include "tests/differential/store.h"

#include <inttypes.h>
#include <stdio.h>

#include "schema/own_tables.h"

enum { MAX_TEXT = 1 << 22, ROWS_AT_ONCE = 40 };

static weir__buf new_text(void)
{
    weir__buf text;
    weir__buf_init(&text, &weir__mem_system, MAX_TEXT);
    return text;
}

/* Runs the text and empties it. */
static bool run(store *s, weir__buf *sql)
{
    bool fine = !sql->failed && reference_do(s->ref, weir__buf_text(sql));
    weir__buf_reset(sql);
    return fine;
}

static uint32_t parts_of(const table *t)
{
    return t->physical ? t->physical : 1;
}

static bool create_schema(store *s, weir__buf *sql, const char *schema, bool physical, uint32_t shard)
{
    weir__buf_addf(sql, "DROP SCHEMA IF EXISTS `%s`", schema);
    bool fine = run(s, sql);
    weir__buf_addf(sql, "CREATE SCHEMA `%s` CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci", schema);
    fine = fine && run(s, sql);
    for (size_t i = 0; i < weir__own_table_count && fine && physical; i++) {
        const weir__own_table *own = &weir__own_tables[i];
        weir__buf_addf(sql, "CREATE TABLE `%s`.%s (%s)%s", schema, own->name, own->columns, weir__own_table_options);
        fine = run(s, sql);
    }
    for (uint32_t i = 0; i < table_count && fine; i++) {
        const table *t = &tables[i];
        for (uint32_t p = 0; fine && p < (physical ? parts_of(t) : 1) && (!physical || lives_on(t, shard)); p++) {
            char name[64];
            snprintf(name, sizeof name, physical && t->physical ? "%s_%02u" : "%s", t->name, p);
            add_create(sql, t, schema, name);
            fine = run(s, sql);
        }
    }
    return fine;
}

bool store_create(store *s)
{
    weir__buf sql = new_text();
    char schema[64];
    /* A throw-away server: nothing of it has to survive a crash. */
    bool fine = reference_do(s->ref, "SET GLOBAL innodb_flush_log_at_trx_commit=0, GLOBAL sync_binlog=0") &&
                create_schema(s, &sql, REFERENCE, false, 0);
    for (uint32_t i = 0; i < s->shards && fine; i++) {
        snprintf(schema, sizeof schema, "%s_%u_%u", s->prefix, s->shards, i);
        fine = create_schema(s, &sql, schema, true, i);
        weir__buf_addf(&sql, "GRANT ALL ON `%s`.* TO app", schema);
        fine = fine && run(s, &sql);
    }
    weir__buf_deinit(&sql);
    return fine;
}

void store_drop(store *s)
{
    weir__buf sql = new_text();
    weir__buf_addf(&sql, "DROP SCHEMA IF EXISTS `%s`", REFERENCE);
    (void)run(s, &sql);
    for (uint32_t i = 0; i < s->shards; i++) {
        weir__buf_addf(&sql, "DROP SCHEMA IF EXISTS `%s_%u_%u`", s->prefix, s->shards, i);
        (void)run(s, &sql);
        weir__buf_addf(&sql, "REVOKE ALL ON `%s_%u_%u`.* FROM app", s->prefix, s->shards, i);
        (void)run(s, &sql);
    }
    weir__buf_deinit(&sql);
}

/* Rows of keys that are there already are left out. */
static bool fill_table(store *s, weir__buf *sql, const table *t, rng *r)
{
    bool fine = true;
    weir__buf_addf(sql, "DELETE FROM `%s`.`%s`", REFERENCE, t->name);
    fine = run(s, sql);
    if (t->columns[0].flags & AUTO) {
        weir__buf_addf(sql, "ALTER TABLE `%s`.`%s` AUTO_INCREMENT = 1", REFERENCE, t->name);
        fine = fine && run(s, sql);
    }
    for (uint32_t row = 0; row < t->rows && fine; row++) {
        weir__buf_addf(sql, row % ROWS_AT_ONCE ? ", (" : "INSERT IGNORE INTO `%s`.`%s` VALUES (", REFERENCE, t->name);
        for (uint32_t i = 0; i < t->count; i++) {
            datum d;
            datum_for(&d, r, &t->columns[i]);
            weir__buf_adds(sql, i ? ", " : "");
            if (t->columns[i].flags & AUTO)
                weir__buf_adds(sql, "NULL");
            else
                datum_add(sql, &d);
        }
        weir__buf_addc(sql, ')');
        if (row + 1 == t->rows || (row + 1) % ROWS_AT_ONCE == 0)
            fine = run(s, sql);
    }
    return fine;
}

bool store_fill(store *s, uint64_t seed)
{
    weir__buf sql = new_text();
    rng r = {seed};
    bool fine = true;
    for (uint32_t i = 0; i < table_count && fine; i++)
        fine = fill_table(s, &sql, &tables[i], &r);
    weir__buf_deinit(&sql);
    return fine && store_spread(s, ALL_TABLES);
}

static bool spread_to(store *s, weir__buf *sql, const table *t, uint32_t shard, uint32_t part, int64_t next_id)
{
    char schema[64];
    snprintf(schema, sizeof schema, "`%s_%u_%u`.", s->prefix, s->shards, shard);
    weir__buf_addf(sql, "DELETE FROM %s", schema);
    add_physical_name(sql, t, part);
    bool fine = run(s, sql);
    weir__buf_addf(sql, "INSERT INTO %s", schema);
    add_physical_name(sql, t, part);
    weir__buf_addf(sql, " SELECT * FROM `%s`.`%s` WHERE ", REFERENCE, t->name);
    add_belongs(sql, t, shard, s->shards, t->physical ? (int)part : -1);
    fine = fine && run(s, sql);
    if (next_id > 0) {
        weir__buf_addf(sql, "ALTER TABLE %s", schema);
        add_physical_name(sql, t, part);
        weir__buf_addf(sql, " AUTO_INCREMENT = %" PRId64, next_id);
        fine = fine && run(s, sql);
    }
    return fine;
}

bool store_spread(store *s, uint64_t which)
{
    weir__buf sql = new_text();
    bool fine = true;
    for (uint32_t i = 0; i < table_count && fine; i++) {
        const table *t = &tables[i];
        int64_t next_id = 0;
        if (!(which >> i & 1))
            continue;
        if (t->columns[0].flags & AUTO) {
            char ask[200];
            snprintf(ask, sizeof ask,
                     "SELECT AUTO_INCREMENT FROM information_schema.TABLES WHERE TABLE_SCHEMA='%s' AND TABLE_NAME='%s'",
                     REFERENCE, t->name);
            next_id = reference_number(s->ref, ask);
        }
        for (uint32_t shard = 0; shard < s->shards && fine; shard++)
            for (uint32_t part = 0; part < parts_of(t) && fine && lives_on(t, shard); part++)
                fine = spread_to(s, &sql, t, shard, part, next_id);
    }
    weir__buf_deinit(&sql);
    return fine;
}

/* Count and sum of the rows of one table, and how many are at a wrong place. */
static void add_sum(weir__buf *sql, const table *t)
{
    weir__buf_adds(sql, "SELECT COUNT(*) AS n, COALESCE(SUM(CRC32(CONCAT_WS('|'");
    for (uint32_t i = 0; i < t->count; i++)
        weir__buf_addf(sql, ", QUOTE(`%s`)", t->columns[i].name);
    weir__buf_adds(sql, "))), 0) AS h, COALESCE(SUM(NOT (");
}

static void add_shard_sum(store *s, weir__buf *sql, const table *t, uint32_t shard, uint32_t part)
{
    add_sum(sql, t);
    add_belongs(sql, t, shard, s->shards, t->physical ? (int)part : -1);
    weir__buf_addf(sql, ")), 0) AS bad FROM `%s_%u_%u`.", s->prefix, s->shards, shard);
    add_physical_name(sql, t, part);
}

static bool cell_is(const outcome *o, size_t row, uint32_t at, weir_str want)
{
    weir_str cell = o->cells[row * o->column_count + at];
    return cell.size == want.size && memcmp(cell.data, want.data, want.size) == 0;
}

static bool check_table(store *s, weir__buf *sql, weir__arena *arena, const table *t, char *difference, size_t size)
{
    bool apart = t->placed == P_EVERYWHERE; /* each copy by itself */
    outcome sums;
    add_sum(sql, t);
    weir__buf_addf(sql, "0)), 0) AS bad FROM `%s`.`%s`", REFERENCE, t->name);
    weir__buf_adds(sql, apart ? "" : " UNION ALL SELECT SUM(n), SUM(h), SUM(bad) FROM (");
    for (uint32_t shard = 0, first = 1; shard < s->shards; shard++)
        for (uint32_t part = 0; part < parts_of(t) && lives_on(t, shard); part++, first = 0) {
            weir__buf_adds(sql, apart || !first ? " UNION ALL " : "");
            add_shard_sum(s, sql, t, shard, part);
        }
    weir__buf_adds(sql, apart ? "" : ") shards");
    reference_ask(s->ref, (weir_str){weir__buf_text(sql), sql->size}, arena, &sums);
    weir__buf_reset(sql);
    if (sums.status != WEIR_OK || sums.row_count < 2) {
        snprintf(difference, size, "%s cannot be compared: %.200s", t->name, sums.text);
        return false;
    }
    /* Before UNION ALL the reference counts every row as misplaced: its third column is not looked at. */
    for (size_t i = 1; i < sums.row_count; i++) {
        if (cell_is(&sums, i, 0, sums.cells[0]) && cell_is(&sums, i, 1, sums.cells[1]) &&
            cell_is(&sums, i, 2, (weir_str){"0", 1}))
            continue;
        snprintf(difference, size, "table %s: %.*s rows, on the shards %.*s%s, of them misplaced %.*s%s", t->name,
                 (int)sums.cells[0].size, sums.cells[0].data, (int)sums.cells[i * 3].size, sums.cells[i * 3].data,
                 apart ? " (one copy)" : "", (int)sums.cells[i * 3 + 2].size, sums.cells[i * 3 + 2].data,
                 cell_is(&sums, i, 1, sums.cells[1]) ? "" : "; other values");
        return false;
    }
    return true;
}

bool store_check(store *s, uint64_t which, char *difference, size_t size)
{
    weir__buf sql = new_text();
    weir__arena arena;
    bool same = true;
    weir__arena_init(&arena, &weir__mem_system, MAX_TEXT);
    for (uint32_t i = 0; i < table_count && same; i++)
        if (which >> i & 1)
            same = check_table(s, &sql, &arena, &tables[i], difference, size);
    weir__arena_deinit(&arena);
    weir__buf_deinit(&sql);
    return same;
}
