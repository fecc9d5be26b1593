/* request_test.c - the bytes of COM_STMT_EXECUTE. SPDX-License-Identifier: Apache-2.0 */
#include "drivers/mysql_request.h"

#include <stdlib.h>

#include "tests/support/test.h"

static size_t write(unsigned char *out, weir_args args, bool types)
{
    size_t size = weir__request_write(out, 0x01020304, args, types);
    EXPECT_THAT(size <= weir__request_room(args), "%zu bytes were written where room for %zu was promised", size,
                weir__request_room(args));
    return size;
}

TEST(request, values_stand_behind_their_nulls_and_types)
{
    static const unsigned char
        plain[] = {4, 3, 2, 1, 0, 1, 0, 0, 0},
        told[] = {4,    3,    2,    1,    0,    1,    0,    0,    0,    2,   1, 8,   0, 6,
                  0,    8,    0x80, 5,    0,    246,  0,    254,  0,    252, 0, 254, 0, /* the values: */
                  0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,                       /* -2 */
                  0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,                       /* the largest */
                  0,    0,    0,    0,    0,    0,    0xF0, 0x3F,                       /* 1.0 */
                  3,    '1',  '.',  '5',  1,    'a',  2,    0,    0xFF,                 /* bytes */
                  0};
    static const unsigned char again[] = {4, 3, 2, 1, 0, 1, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0};
    unsigned char out[256];
    weir_args args = WEIR_ARGS(weir_int(-2), weir_null(), weir_uint(UINT64_MAX), weir_double(1.0), weir_decimal("1.5"),
                               weir_text("a"), weir_bytes("\0\xFF", 2), weir_sized(WEIR_T_DATE, "", 0));
    EXPECT_INT(write(out, weir_no_args(), true), sizeof plain);
    EXPECT(memcmp(out, plain, sizeof plain) == 0);
    EXPECT_INT(write(out, args, true), sizeof told);
    EXPECT(memcmp(out, told, sizeof told) == 0);
    EXPECT_INT(write(out, WEIR_ARGS(weir_int(7)), false), sizeof again);
    EXPECT(memcmp(out, again, sizeof again) == 0);
}

TEST(request, sizes_of_texts_take_one_three_four_or_nine_bytes)
{
    static const struct {
        size_t size, head;
        unsigned char first;
    } rows[] = {{250, 1, 250},   {251, 3, 252},           {65535, 3, 252},
                {65536, 4, 253}, {(1 << 24) - 1, 4, 253}, {1 << 24, 9, 254}};
    char *text = calloc(1, (1 << 24) + 1);
    unsigned char *out = malloc((1 << 24) + 64);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        text[rows[i].size - 1] = 'z';
        size_t size = write(out, WEIR_ARGS(weir_sized(WEIR_T_TEXT, text, rows[i].size)), false);
        EXPECT_INT(size, 11 + rows[i].head + rows[i].size);
        EXPECT_INT(out[11], rows[i].first);
        uint64_t told = 0;
        for (size_t k = rows[i].head; k-- > 1;)
            told = told << 8 | out[11 + k];
        EXPECT(rows[i].head == 1 || told == rows[i].size);
        EXPECT_INT(out[size - 1], 'z');
    }
    free(out);
    free(text);
}

TEST(request, the_ninth_null_begins_another_byte)
{
    unsigned char out[128];
    weir_value values[9];
    for (int i = 0; i < 9; i++)
        values[i] = weir_null();
    EXPECT_INT(write(out, (weir_args){values, 9}, false), 12);
    EXPECT(out[9] == 0xFF && out[10] == 1 && out[11] == 0);
}
