/* units.c - times, sizes and numbers as people write them. SPDX-License-Identifier: Apache-2.0 */
#include "schema/units.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/str.h"

typedef struct unit {
    const char *name;
    uint64_t factor;
} unit;

/* From the largest down, for printing. */
static const unit times[] = {{"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}, {NULL, 0}};
static const unit sizes[] = {{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"", 1}, {NULL, 0}};

/* Takes the digits at the front; false: there are none, or the number is past 64 bits. */
static bool take_digits(weir_str *text, uint64_t *number)
{
    size_t i = 0;
    *number = 0;
    for (; i < text->size && text->data[i] >= '0' && text->data[i] <= '9'; i++) {
        uint64_t digit = (uint64_t)(text->data[i] - '0');
        if (*number > (UINT64_MAX - digit) / 10)
            return false;
        *number = *number * 10 + digit;
    }
    text->data += i;
    text->size -= i;
    return i > 0;
}

static bool take_unit(weir_str text, const unit *units, uint64_t number, uint64_t *value)
{
    for (; units->name; units++)
        if (weir__str_is(text, units->name)) {
            if (number > UINT64_MAX / units->factor)
                return false;
            *value = number * units->factor;
            return true;
        }
    return false;
}

const char *weir__unit_time(weir_str text, uint64_t *ms)
{
    uint64_t number;
    if (!take_digits(&text, &number))
        return "must be a time, such as 250ms, 5s, 30m or 1h";
    if (text.size == 0 && number != 0)
        return "needs a unit: ms, s, m, h or d, as in 250ms";
    if (text.size == 0) {
        *ms = 0;
        return NULL;
    }
    return take_unit(text, times, number, ms) ? NULL : "must be a time, such as 250ms, 5s, 30m or 1h";
}

const char *weir__unit_size(weir_str text, uint64_t *bytes)
{
    uint64_t number;
    if (!take_digits(&text, &number) || !take_unit(text, sizes, number, bytes))
        return "must be a size: bytes, or with KiB, MiB or GiB, as in 64MiB";
    return NULL;
}

const char *weir__unit_count(weir_str text, uint64_t *count)
{
    uint64_t number;
    if (!take_digits(&text, &number) || text.size)
        return "must be a whole number";
    *count = number;
    return NULL;
}

const char *weir__unit_weight(weir_str text, double *weight)
{
    static const char wrong[] = "must be a number, such as 2 or 0.5";
    uint64_t whole, part = 0;
    size_t before = text.size;
    double scale = 1;
    if (!take_digits(&text, &whole) || before - text.size > 9)
        return wrong;
    if (text.size) {
        if (*text.data != '.')
            return wrong;
        text.data++;
        before = --text.size;
        if (!take_digits(&text, &part) || text.size || before > 9)
            return wrong;
        for (size_t i = 0; i < before; i++)
            scale *= 10;
    }
    *weight = (double)whole + (double)part / scale;
    return NULL;
}

const char *weir__unit_percent(weir_str text, uint64_t *percent)
{
    uint64_t number;
    if (!take_digits(&text, &number) || !weir__str_is(text, "%") || number > 100)
        return "must be from 0% to 100%, with the sign";
    *percent = number;
    return NULL;
}

static void print(char *text, size_t room, uint64_t value, const unit *units)
{
    while (units[1].name && (value == 0 || value % units->factor != 0))
        units++;
    snprintf(text, room, "%" PRIu64 "%s", value / units->factor, value ? units->name : "");
}

void weir__unit_print_time(char *text, size_t room, uint64_t ms)
{
    print(text, room, ms, times);
}

void weir__unit_print_size(char *text, size_t room, uint64_t bytes)
{
    print(text, room, bytes, sizes);
}
