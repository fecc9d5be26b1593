/* position_test.c - GTID vectors, their texts, tokens. SPDX-License-Identifier: Apache-2.0 */
#include "router/position.h"

#include "router/token.h"
#include "tests/support/test.h"

static weir_str view(const char *text)
{
    return (weir_str){text, strlen(text)};
}

static weir__position position(const char *text)
{
    weir__position p;
    EXPECT_THAT(weir__position_parse(view(text), &p), "not parsed: %s", text);
    return p;
}

TEST(position, parse_and_print)
{
    static const struct {
        const char *text, *printed; /* NULL: refused */
    } rows[] = {
        {"", ""},
        {"0-1-29", "0-1-29"},
        {"1-3-7,0-1-29", "0-1-29,1-3-7"},
        {"4294967295-4294967295-18446744073709551615", "4294967295-4294967295-18446744073709551615"},
        {"4294967296-1-1", NULL},
        {"0-1-18446744073709551616", NULL},
        {"0-1-29,", NULL},
        {",0-1-29", NULL},
        {"0-1-29,0-2-30", NULL}, /* one transaction is the last of a domain */
        {"0-1", NULL},
        {"0-1-", NULL},
        {"0-1-2x", NULL},
        {"-1-2", NULL},
        {" 0-1-2", NULL},
        {"1-1-1,2-1-1,3-1-1,4-1-1,5-1-1,6-1-1,7-1-1,8-1-1,9-1-1", NULL}, /* too many domains are not cut */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        weir__position p;
        char text[WEIR__POSITION_TEXT];
        bool good = weir__position_parse(view(rows[i].text), &p);
        EXPECT_THAT(good == (rows[i].printed != NULL), "'%s': %d", rows[i].text, good);
        EXPECT_THAT(good || p.count == 0, "'%s' leaves a part", rows[i].text);
        weir__position_print(&p, text);
        EXPECT_TEXT(text, rows[i].printed ? rows[i].printed : "");
    }
}

TEST(position, reached_by_every_domain)
{
    static const struct {
        const char *have, *want;
        bool reached;
    } rows[] = {
        {"", "", true},
        {"0-1-5", "", true},
        {"", "0-1-5", false},
        {"0-1-5", "0-1-5", true},
        {"0-1-4", "0-1-5", false},
        {"0-2-6", "0-1-5", true}, /* within a term another server's later one has it */
        {"0-1-9,1-1-2", "0-1-5,1-1-3", false},
        {"0-1-9,1-1-3", "0-1-5,1-1-3", true},
        {"0-1-9", "0-1-5,1-1-3", false}, /* one domain behind is behind */
        {"0-1-9,2-1-1", "1-1-3", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        weir__position have = position(rows[i].have), want = position(rows[i].want);
        EXPECT_THAT(weir__position_reached(&have, &want) == rows[i].reached, "%s / %s", rows[i].have, rows[i].want);
    }
}

TEST(position, joining_takes_the_later_of_each_domain)
{
    weir__position p = position("0-1-5,2-1-9"), other = position("0-2-4,1-1-1,2-3-10");
    char text[WEIR__POSITION_TEXT];
    EXPECT(weir__position_join(&p, &other));
    weir__position_print(&p, text);
    EXPECT_TEXT(text, "0-1-5,1-1-1,2-3-10");
    weir__position full = position("1-1-1,2-1-1,3-1-1,4-1-1,5-1-1,6-1-1,7-1-1,8-1-1"), before = full;
    weir__position ninth = position("1-1-2,9-1-1");
    EXPECT(!weir__position_join(&full, &ninth));
    EXPECT(weir__position_equal(&full, &before));
}

TEST(position, a_state_is_by_server)
{
    weir__gtid_state s;
    EXPECT(weir__gtid_state_parse(view("0-1-29,0-2-31"), &s));
    EXPECT(weir__gtid_state_holds(&s, (weir__gtid){0, 1, 29}));
    EXPECT(!weir__gtid_state_holds(&s, (weir__gtid){0, 1, 30})); /* equal sequence beyond is other data */
    EXPECT(weir__gtid_state_holds(&s, (weir__gtid){0, 2, 30}));
    EXPECT(!weir__gtid_state_holds(&s, (weir__gtid){0, 3, 1}));
    EXPECT(!weir__gtid_state_holds(&s, (weir__gtid){1, 1, 1}));
    EXPECT(weir__gtid_state_add(&s, (weir__gtid){0, 1, 30}));
    EXPECT(weir__gtid_state_holds(&s, (weir__gtid){0, 1, 30}));
    EXPECT(!weir__gtid_state_parse(view("0-1-29,0-1-30"), &s));
}

static const char *a_token(size_t room, char *text)
{
    weir__token_out out;
    weir__token_begin(&out, text, room, "shop");
    weir__token_part first = {view("shop-0"), position("0-1-29,1-3-7"), false, 2};
    weir__token_part second = {view("shop-1"), position(""), true, 0};
    weir__token_add(&out, &first);
    weir__token_add(&out, &second);
    EXPECT_INT(weir__token_end(&out), strlen("1;shop;shop-0=0-1-29,1-3-7@2;shop-1=?;") + 8);
    return text;
}

TEST(token, round_trip)
{
    char text[200];
    weir_str database, rest;
    weir__token_part part;
    a_token(sizeof text, text);
    EXPECT_HAS(text, "1;shop;shop-0=0-1-29,1-3-7@2;shop-1=?;");
    EXPECT(weir__token_open(view(text), &database, &rest));
    EXPECT_INT(database.size, 4);
    EXPECT(weir__token_next(&rest, &part));
    EXPECT(part.shard.size == 6 && memcmp(part.shard.data, "shop-0", 6) == 0);
    EXPECT(!part.unknown && part.served_by_id == 2 && part.position.count == 2);
    EXPECT_INT(part.position.gtids[1].sequence, 7);
    EXPECT(weir__token_next(&rest, &part));
    EXPECT(part.unknown && part.served_by_id == 0 && part.position.count == 0);
    EXPECT(!weir__token_next(&rest, &part));
}

TEST(token, cut_or_changed_is_refused)
{
    char text[200], other[200];
    weir_str database, rest;
    size_t size = strlen(a_token(sizeof text, text));
    for (size_t i = 0; i < size; i++) {
        EXPECT_THAT(!weir__token_open((weir_str){text, i}, &database, &rest), "cut at %zu", i);
        memcpy(other, text, size + 1);
        other[i] = other[i] == '1' ? '2' : '1';
        EXPECT_THAT(!weir__token_open(view(other), &database, &rest), "changed at %zu: %s", i, other);
    }
    /* A buffer that is too small gives a token that is refused, not a shorter one. */
    for (size_t room = 0; room <= size; room++) {
        char small[200] = "";
        a_token(room, room ? small : NULL);
        EXPECT_THAT(strlen(small) == (room ? room - 1 : 0) && !weir__token_open(view(small), &database, &rest),
                    "room %zu", room);
    }
    static const char *const none[] = {"", "1", "hello", "1;shop;", "0-1-29"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        EXPECT_THAT(!weir__token_open(view(none[i]), &database, &rest), "'%s'", none[i]);
}
