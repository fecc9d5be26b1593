/* routing_test.c - one routing for many statements, failures, numbers of shards. SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "tests/unit/route/fixture.h"

static const char yaml[] = "databases: {shop: {shards: {\n"
                           "  a: {primary: \"h:1\", schema: shop_a, slots: 0-767},\n"
                           "  b: {primary: \"h:1\", schema: shop_b, slots: 768-1023}}}}\n"
                           "tables:\n"
                           "  users: {shard_by: id}\n"
                           "  messages: {shard_by: room_id, physical: \"messages_{00..15}\"}\n"
                           "  countries: {everywhere: true}\n";
static const char tables[] = "users: id bigint(20), name varchar(9) utf8mb4_general_ci\n"
                             "messages: id int(11), room_id bigint(20)\n"
                             "countries: code char(2) ascii_general_ci\n";

static weir_status route_it(const char *sql, weir_args args, const char *want)
{
    route_tables t;
    weir_error error;
    weir__buf got;
    if (!route_tables_init(&t, yaml, tables))
        return WEIR_NOMEM;
    weir__buf_init(&got, &test_env()->mem, 65536);
    weir_status status = route_text(&t, NULL, weir__view(sql), args, true, &got, &error);
    if (status == WEIR_OK && want)
        EXPECT_THAT(strcmp(weir__buf_text(&got), want) == 0, "%s: is %s, not %s", sql, weir__buf_text(&got), want);
    weir__buf_deinit(&got);
    route_tables_deinit(&t);
    return status;
}

TEST(routing, bound_values_tell_the_shard)
{
    route_it("SELECT * FROM users WHERE id = ?", WEIR_ARGS(weir_int(1)), "(route (shard b) replica)");
    route_it("SELECT * FROM users WHERE id = ?", WEIR_ARGS(weir_text("7")), "(route (shard a) replica)");
    route_it("SELECT * FROM users WHERE id = ?", WEIR_ARGS(weir_null()), "(route any empty (shard a) replica)");
    route_it("SELECT * FROM users WHERE id = ?", WEIR_ARGS(weir_double(1)),
             "(refused scatter_read (shard a) (shard b))");
    route_it("SELECT * FROM users WHERE id = ?", weir_no_args(), "(refused scatter_read (shard a) (shard b))");
    route_it("SELECT * FROM users WHERE id IN (?, ?)", WEIR_ARGS(weir_int(1), weir_int(7)),
             "(refused scatter_read (shard a 1) (shard b 0))");
    route_it("INSERT INTO users (id) VALUES (?)", WEIR_ARGS(weir_double(1)), "(refused key_not_canonical)");
    route_it("INSERT INTO users (id) VALUES (?)", WEIR_ARGS(weir_int(1)), "(route (shard b) primary)");
    route_it("SELECT * FROM messages WHERE room_id = ?", WEIR_ARGS(weir_int(7)),
             "(route (shard a \"SELECT * FROM `messages_02` AS `messages` WHERE room_id = ?\") replica)");
}

static weir_status torture(const char *sql)
{
    weir_error error;
    weir__buf got;
    route_tables t;
    if (!route_tables_init(&t, yaml, tables))
        return WEIR_NOMEM;
    for (size_t i = 0; i < t.count; i++)
        if (!t.list[i]) {
            route_tables_deinit(&t);
            return WEIR_NOMEM;
        }
    weir__buf_init(&got, &test_env()->mem, 65536);
    weir_status status = route_text(&t, NULL, weir__view(sql), weir_no_args(), true, &got, &error);
    weir__buf_deinit(&got);
    route_tables_deinit(&t);
    return status;
}

TORTURE(routing, join_without_memory)
{
    return torture(
        "SELECT * FROM users u JOIN (SELECT id FROM users WHERE name = 'x' OR id IN (1, 2)) d ON d.id = u.id, "
        "countries WHERE u.id = 'a\\'b' AND (u.id = 1 OR u.id = 2)");
}

TORTURE(routing, names_without_memory)
{
    return torture("DELETE FROM shop.messages WHERE shop.messages.room_id = 7 AND messages.id IN (1, 2, 3)");
}

/* ---- one routing for all statements of a plan ---- */

static void check_with(weir__plan_cache *cache, weir__routing **routing, const weir__routing_context *context,
                       const char *sql, const char *want)
{
    weir__plan_context reading = {.reading = {.flavour = WEIR__MARIADB, .version = 101106}};
    weir__lookup *lookup = weir__new(&test_env()->mem, sizeof *lookup);
    weir__route_options options = {.describe = true};
    weir__route *route = NULL;
    weir__arena arena;
    weir__buf got;
    weir_error error;
    weir__arena_init(&arena, &test_env()->mem, 1 << 20);
    weir__buf_init(&got, &test_env()->mem, 65536);
    EXPECT_OK(weir__plan_take(cache, weir__view(sql), &reading, lookup, &error), error);
    if (!*routing)
        EXPECT_OK(weir__routing_new(lookup, context, routing, &error), error);
    EXPECT_THAT((*routing)->plan == lookup->plan, "%s has another plan", sql);
    EXPECT_OK(weir__route_new(*routing, lookup, &options, &arena, &route, &error), error);
    weir__route_print(route, &got);
    EXPECT_THAT(strcmp(weir__buf_text(&got), want) == 0, "%s: is %s, not %s", sql, weir__buf_text(&got), want);
    weir__buf_deinit(&got);
    weir__arena_deinit(&arena);
    weir__plan_give(lookup);
    weir__free(&test_env()->mem, lookup);
}

TEST(routing, serves_all_statements_of_its_plan)
{
    static const struct {
        const char *sql[4], *want[4];
    } rows[] = {
        {{"SELECT * FROM users WHERE id = 1", "SELECT * FROM /* x */ users WHERE id = 7",
          "SELECT * FROM users WHERE id = -7"},
         {"(route (shard b) replica)", "(route (shard a) replica)", "(route (shard a) replica)"}},
        {{"SELECT * FROM users WHERE id IN (1)", "SELECT * FROM users WHERE id IN (1, 5, 8)",
          "SELECT * FROM users WHERE id IN (7, 1, 3)"},
         {"(route (shard b) replica)", "(route (shard b) replica)",
          "(refused scatter_read (shard a 0 2) (shard b 1))"}},
        {{"INSERT INTO users (id, name) VALUES (1, 'a'), (9, 'b')",
          "INSERT INTO users (id, name) VALUES (7, 'a'), (3, 'b')",
          "INSERT INTO users (id, name) VALUES (7, 'a'), (1, 'b'), (9, 'c')"},
         {"(route (shard b) primary)", "(route (shard a) primary)",
          "(route several (shard a 0) (shard b 1 2) primary)"}},
        {{"SELECT 'x' FROM messages WHERE id IN (1, 2) AND room_id = 7",
          "SELECT 'x'  FROM  messages/**/WHERE id IN (-1, 2, 3, 4, 5) AND room_id = 1"},
         {"(route (shard a \"SELECT 'x' FROM `messages_02` AS `messages` WHERE id IN (1, 2) AND room_id = 7\") "
          "replica)",
          "(route (shard b \"SELECT 'x'  FROM  `messages_07` AS `messages`/**/WHERE id IN (-1, 2, 3, 4, 5) AND room_id "
          "= 1\") "
          "replica)"}},
        {{"DELETE FROM shop.messages WHERE shop.messages.id IN (1, 2) AND shop.messages.room_id = 7",
          "DELETE FROM shop.messages WHERE shop.messages.id IN (- 1) AND shop.messages.room_id = 1"},
         {"(route (shard a \"DELETE FROM `shop_a`.`messages_02` WHERE `messages_02`.id IN (1, 2) AND "
          "`messages_02`.room_id = "
          "7\") primary)",
          "(route (shard b \"DELETE FROM `shop_b`.`messages_07` WHERE `messages_07`.id IN (- 1) AND "
          "`messages_07`.room_id = "
          "1\") primary)"}},
    };
    route_tables t;
    weir__routing_context context;
    weir__plan_cache *cache;
    weir_error error;
    if (!route_tables_init(&t, yaml, tables))
        return;
    EXPECT_OK(weir__plan_cache_new(test_env(), &cache, &error), error);
    route_context(&t, NULL, &context);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int first = 0; first < 2; first++) { /* made of the first text, then of the second */
            weir__routing *routing = NULL;
            for (int n = 0; n < 4; n++)
                if (rows[i].sql[(n + first) % 4])
                    check_with(cache, &routing, &context, rows[i].sql[(n + first) % 4], rows[i].want[(n + first) % 4]);
            weir__routing_free(routing);
        }
    weir__plan_cache_free(cache);
    route_tables_deinit(&t);
}

/* What is fixed by an equality takes no memory that grows with the shards. */
TEST(routing, a_thousand_shards)
{
    weir__buf text;
    route_tables t;
    weir_error error;
    weir__buf got;
    weir__buf_init(&text, &test_env()->mem, 1 << 20);
    weir__buf_adds(&text, "databases: {shop: {slots: 64000, shards: {\n");
    for (int i = 0; i < 1000; i++)
        weir__buf_addf(&text, "s%d: {primary: \"h:1\", schema: shop_%d, slots: %d-%d}%s\n", i, i, i * 64, i * 64 + 63,
                       i == 999 ? "" : ",");
    weir__buf_adds(&text, "}}}\ntables: {users: {shard_by: id}}\n");
    bool ready = route_tables_init(&t, weir__buf_text(&text), "users: id bigint(20)");
    weir__buf_deinit(&text);
    if (!ready)
        return;
    for (int i = 0; i < 1000; i++) {
        char sql[64], want[64];
        snprintf(sql, sizeof sql, "SELECT 1 FROM users WHERE id = %d", i);
        snprintf(want, sizeof want, "%d", i);
        const weir__placer *placer = &weir__place_slots;
        weir__key key = {.text = {want, strlen(want)}};
        int64_t unit = 0;
        placer->unit(&t.config->tables[0].method, &key, &unit);
        snprintf(want, sizeof want, "(route (shard s%d) replica)", (int)(unit / 64));
        weir__buf_init(&got, &test_env()->mem, 65536);
        EXPECT_OK(route_text(&t, NULL, weir__view(sql), weir_no_args(), false, &got, &error), error);
        EXPECT_TEXT(weir__buf_text(&got), want);
        weir__buf_deinit(&got);
    }
    weir__buf_init(&got, &test_env()->mem, 65536);
    EXPECT_OK(route_text(&t, NULL, weir__view("SELECT 1 FROM users"), weir_no_args(), false, &got, &error), error);
    EXPECT_TEXT(weir__buf_text(&got), "(refused too_many_shards (more 1000))");
    weir__buf_deinit(&got);
    route_tables_deinit(&t);
}
