/* period.c - see period.h. SPDX-License-Identifier: Apache-2.0 */
#include "router/route/period.h"

/* Days since 0000-03-01: months counted from March end years with the leap day. */
static int64_t day_number(weir__date date)
{
    int64_t month = (date.month + 9) % 12, year = date.year - month / 10;
    return 365 * year + year / 4 - year / 100 + year / 400 + (month * 306 + 5) / 10 + date.day - 1;
}

static weir__date date_of_day(int64_t number)
{
    int64_t year = (10000 * number + 14780) / 3652425;
    int64_t rest = number - (365 * year + year / 4 - year / 100 + year / 400);
    if (rest < 0) {
        year--;
        rest = number - (365 * year + year / 4 - year / 100 + year / 400);
    }
    int64_t month = (100 * rest + 52) / 3060;
    return (weir__date){
        .year = year + (month + 2) / 12,
        .month = (month + 2) % 12 + 1,
        .day = rest - (month * 306 + 5) / 10 + 1,
    };
}

static int64_t absolute(weir__time_unit unit, weir__date date)
{
    switch (unit) {
    case WEIR__TIME_YEAR:
        return date.year;
    case WEIR__TIME_MONTH:
        return date.year * 12 + date.month - 1;
    case WEIR__TIME_DAY:
        return day_number(date);
    }
    return 0;
}

static weir__date first_day(const weir__method *method)
{
    return (weir__date){method->time.year, method->time.month, method->time.day};
}

int64_t weir__period_of(const weir__method *method, weir__date date)
{
    return absolute(method->time.unit, date) - absolute(method->time.unit, first_day(method));
}

weir__date weir__period_start(const weir__method *method, int64_t period)
{
    int64_t number = absolute(method->time.unit, first_day(method)) + period;
    switch (method->time.unit) {
    case WEIR__TIME_YEAR:
        return (weir__date){number, 1, 1};
    case WEIR__TIME_MONTH:
        return (weir__date){number / 12, number % 12 + 1, 1};
    case WEIR__TIME_DAY:
        break;
    }
    return date_of_day(number);
}

int64_t weir__period_convert(const weir__method *method, int64_t period, weir__time_unit unit)
{
    weir__date date = weir__period_start(method, period);
    int64_t number = date.year;
    if (unit >= WEIR__TIME_MONTH)
        number = number * 100 + date.month;
    if (unit == WEIR__TIME_DAY)
        number = number * 100 + date.day;
    return number;
}
