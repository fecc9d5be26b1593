/* statements_test.c - which prepared statements a connection keeps. SPDX-License-Identifier: Apache-2.0 */
#include "drivers/statements.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/str.h"
#include "tests/support/test.h"

enum { ENTRIES = 40 };

typedef struct connection {
    weir__statements s;
    weir__kept entries[ENTRIES];
    char names[ENTRIES][16];
} connection;

static weir_str name_of(connection *c, int i)
{
    return (weir_str){c->names[i], (size_t)snprintf(c->names[i], sizeof c->names[i], "statement %d", i)};
}

/* What a driver does with a statement that it has just prepared. True: it is kept. */
static bool keep(connection *c, int i)
{
    weir__kept *evicted, *entry = &c->entries[i];
    *entry = (weir__kept){.text = name_of(c, i), .bytes = 100};
    entry->hash = weir__statement_hash(entry->text);
    entry->placed = weir__statements_place(&c->s, entry->hash, &evicted);
    if (entry->placed)
        weir__statements_add(&c->s, entry);
    return entry->placed;
}

static bool is_kept(connection *c, int i)
{
    weir_str name = name_of(c, i);
    return weir__statements_find(&c->s, name, weir__statement_hash(name)) == &c->entries[i];
}

static void leave(connection *c)
{
    while (weir__statements_evict(&c->s, false))
        ;
    weir__statements_deinit(&c->s);
}

TEST(statements, the_longest_unused_goes_first_and_only_for_what_comes_again)
{
    weir__prepared_budget budget = {.most = 3};
    static connection c;
    weir__statements_init(&c.s, &budget);
    EXPECT(keep(&c, 0) && keep(&c, 1) && keep(&c, 2));
    EXPECT(is_kept(&c, 0)); /* used: 1 is the oldest now */
    EXPECT(!keep(&c, 3));
    EXPECT(is_kept(&c, 2) && is_kept(&c, 1) && is_kept(&c, 0));
    EXPECT(keep(&c, 3));
    EXPECT(!is_kept(&c, 2) && is_kept(&c, 1) && is_kept(&c, 0) && is_kept(&c, 3));
    EXPECT_INT(budget.kept, 3);
    EXPECT_INT(c.s.bytes, 300);
    leave(&c);
    EXPECT_INT(budget.kept, 0);
    EXPECT_INT(budget.own.connections, 0);
}

TEST(statements, a_text_is_found_by_its_bytes)
{
    weir__prepared_budget budget = {.most = 3};
    static connection c;
    weir__statements_init(&c.s, &budget);
    EXPECT(keep(&c, 0));
    EXPECT(!weir__statements_find(&c.s, weir__view("statement 7"), c.entries[0].hash));
    EXPECT(!weir__statements_find(&c.s, weir__view("statement 0"), c.entries[0].hash ^ 64));
    EXPECT(!weir__statements_find(&c.s, weir__view("statement"), c.entries[0].hash));
    EXPECT(is_kept(&c, 0));
    leave(&c);
}

/* HAZARDS 39: the sum over all connections counts, and none is left without for ever. */
TEST(statements, connections_share_the_budget)
{
    weir__prepared_budget budget = {.most = 4};
    static connection rich, poor;
    weir__statements_init(&rich.s, &budget);
    for (int i = 0; i < 4; i++)
        EXPECT(keep(&rich, i));
    EXPECT(!weir__statements_owes(&rich.s));
    weir__statements_init(&poor.s, &budget);
    EXPECT(!keep(&poor, 0) && !keep(&poor, 0));
    EXPECT_INT(budget.kept, 4);
    EXPECT(!weir__statements_owes(&poor.s));
    EXPECT(weir__statements_owes(&rich.s));
    EXPECT(!weir__statements_owes(&rich.s)); /* one for each that asks */
    EXPECT(weir__statements_evict(&rich.s, true) == &rich.entries[0]);
    EXPECT(keep(&poor, 0));
    EXPECT(!keep(&poor, 1) && keep(&poor, 1)); /* it has one to give for it now */
    EXPECT(!is_kept(&poor, 0));
    EXPECT_INT(budget.kept, 4);
    leave(&rich);
    leave(&poor);
    EXPECT_INT(budget.kept, 0);
}

/* Two pools to one address, for two schemas of it. */
TEST(statements, endpoints_of_an_address_share_what_it_keeps)
{
    weir__prepared_total total = {.kept = 0};
    weir__prepared_budget one = {.most = 4, .total = &total}, other = {.most = 2, .total = &total};
    static connection a, b;
    weir__statements_init(&a.s, &one);
    weir__statements_init(&b.s, &other);
    EXPECT(keep(&b, 0) && keep(&a, 0) && keep(&a, 1));
    EXPECT(!keep(&b, 1)); /* two are all that its endpoint takes part in */
    EXPECT(keep(&a, 2) && !keep(&a, 3));
    EXPECT(total.kept == 4 && one.kept == 3 && other.kept == 1);
    leave(&a);
    EXPECT(total.kept == 1 && one.kept == 0);
    EXPECT(keep(&b, 2) && !keep(&b, 3));
    leave(&b);
    EXPECT(total.kept == 0 && total.connections == 0);
}

TEST(statements, without_a_budget_nothing_is_kept)
{
    weir__prepared_budget none = {.most = 0};
    static connection c;
    weir__statements_init(&c.s, &none);
    EXPECT(!keep(&c, 0));
    weir__statements_init(&c.s, NULL);
    EXPECT(!keep(&c, 0));
    leave(&c);
}

TEST(statements, their_memory_is_bounded)
{
    weir__prepared_budget budget = {.most = 1000};
    static connection c;
    weir__statements_init(&c.s, &budget);
    EXPECT(keep(&c, 0) && keep(&c, 1));
    c.s.bytes += WEIR__MAX_KEPT_BYTES - 200;
    EXPECT(!weir__statements_full(&c.s));
    EXPECT(keep(&c, 2));
    EXPECT(weir__statements_full(&c.s));
    EXPECT(weir__statements_evict(&c.s, false) == &c.entries[0]);
    EXPECT(!weir__statements_full(&c.s));
    leave(&c);
}

/* Many connections, statements as they come: the counts add up and the lists hold together. */
TEST(statements, whatever_comes_the_counts_add_up)
{
    enum { CONNECTIONS = 5 };
    weir__prepared_budget budget = {.most = 30};
    static connection c[CONNECTIONS];
    uint64_t random = 7;
    for (int i = 0; i < CONNECTIONS; i++)
        weir__statements_init(&c[i].s, &budget);
    for (int i = 0; i < 20000; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        connection *one = &c[(random >> 33) % CONNECTIONS];
        int name = (int)((random >> 40) % ENTRIES);
        if (!one->entries[name].listed && !is_kept(one, name))
            keep(one, name);
        if (weir__statements_owes(&one->s))
            EXPECT(weir__statements_evict(&one->s, true));
        uint32_t placed = 0;
        for (int k = 0; k < CONNECTIONS; k++)
            placed += c[k].s.placed;
        EXPECT(placed == budget.kept && placed <= budget.most);
    }
    for (int i = 0; i < CONNECTIONS; i++) {
        EXPECT_THAT(c[i].s.placed > 0, "connection %d has none", i);
        leave(&c[i]);
    }
    EXPECT_INT(budget.kept, 0);
}
