/* period.h - years, months and days as numbers in a row. SPDX-License-Identifier: Apache-2.0
 * Pure, O(1). The calendar is the server's: Gregorian, also before there was one. */
#ifndef WEIR_ROUTER_ROUTE_PERIOD_H
#define WEIR_ROUTER_ROUTE_PERIOD_H

#include "schema/config_tables.h"

typedef struct weir__date {
    int64_t year, month, day;
} weir__date;

/* The number of the period with the date, counted from the method's first; negative before it. */
int64_t weir__period_of(const weir__method *method, weir__date date);
/* Its first day. */
weir__date weir__period_start(const weir__method *method, int64_t period);
/* 2026, 202601 or 20260131: what the name of a table by date says of a period, which is no longer than unit. */
int64_t weir__period_convert(const weir__method *method, int64_t period, weir__time_unit unit);

#endif
