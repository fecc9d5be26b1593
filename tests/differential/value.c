/* value.c - seeded values for a column. SPDX-License-Identifier: Apache-2.0
 * Domains are small, so that statements meet rows; the ends of a type's range come now and then. */
#include "tests/differential/value.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const texts[] = {
    "",
    "a",
    "A",
    "b",
    "B",
    "ab",
    "AB",
    "Ab ",
    "a ",
    "b  ",
    "e",
    "\xC3\xA9",
    "E",
    "\xC3\x89t\xC3\xA9",
    "ete",
    "Zoe",
    "zo\xC3\xAB",
    "apple",
    "Apple",
    "APPLE  ",
    "apples",
    "it's",
    "100%",
    "a_b",
    ("\xC3\xBC" /* not \xBCbe */
     "ber"),
    "uber",
    "b\\c",
    "quo\"te",
    "z",
    "Z",
    "10",
    "9",
    "-1",
    "1.5",
    "\xE6\x97\xA5\xE6\x9C\xAC",
    "pear plum",
    "Pear plum",
    "\xF0\x9F\x98\x80",
    "x-y",
    "NULL",
};
/* What latin1 holds too. */
static const char *const western[] = {"", "a", "A", "b ", "\xC3\xA9", "e", "apple", "APPLE", "x'y", "\xC3\xBC", "u"};
static const char *const addresses[] = {"ann@a.org", "Ann@a.org", "ANN@A.ORG", "bob@b.org", "Bob@b.org", "carl", "Carl",
                                        "dora",      "eve",       "EVE",       "x y",       "zed@z.z",   "A",    "B",
                                        "AB",        "Ab",        "Z",         "a",         "A"};
static const char *const codes[] = {"de", "at", "ch", "fr", "es", "it", "pl", "nl", "se", "no"};
static const char *const jsons[] = {
    "{\"a\": [1, null], \"b\": \"x\"}", "[1, 2, 3]", "null", "{\"n\": 7}", "\"s\"", "12"};
static const char *const inets[] = {"::", "::1", "::ffff:10.0.0.1", "2001:db8::7", "fe80::1"};
static const char *const states[] = {"new", "active", "gone"};
static const char *const greeks[] = {"alpha", "beta", "gamma", "delta"};
static const char *const sets[] = {"", "a", "b", "a,b", "c", "a,c", "a,b,c"};
static const double doubles[] = {0,   1,   -1,  0.5,  0.25,  1.5,       -2.75, 3.125, 10, 1e3,
                                 0.1, 0.2, 0.3, -0.7, 12.34, 123456.75, 1e10,  1e-5,  7,  99.99};
static const double floats[] = {0, 1, -1, 0.5, 0.25, 1.5, -2.75, 3.125, 10, 1000, 64.5, 0.125, 12.25};

__attribute__((format(printf, 3, 4))) static WEIR__PRINTF(3, 4) void put(datum *d, weir_type type, const char *format,
                                                                         ...)
{
    va_list args;
    va_start(args, format);
    d->type = type;
    d->size = (size_t)vsnprintf(d->text, sizeof d->text, format, args);
    va_end(args);
}

static void put_int(datum *d, rng *r, const column *c)
{
    bool is_unsigned = c->flags & UNSIGNED;
    d->type = is_unsigned ? WEIR_T_UINT : WEIR_T_INT;
    d->i = rng_between(r, c->low, c->high);
    if (c->flags & WIDE && rng_chance(r, 30))
        d->i = is_unsigned
                   ? (int64_t)(UINT64_MAX - rng_below(r, 4))
                   : (rng_chance(r, 50) ? INT64_MAX - (int64_t)rng_below(r, 4) : INT64_MIN + (int64_t)rng_below(r, 4));
    else if (c->low < -200 || c->high > 200)
        d->i = rng_chance(r, 60)
                   ? rng_between(r, c->low < 0 ? -20 : 0, 20)
                   : (rng_chance(r, 50) ? c->high - (int64_t)rng_below(r, 3) : c->low + (int64_t)rng_below(r, 3));
    d->u = (uint64_t)d->i;
}

static void put_text(datum *d, rng *r, const column *c)
{
    const char *text = c->flags & COUNTRY ? RNG_PICK(r, codes)
                       : c->flags & WORD  ? RNG_PICK(r, addresses)
                       : c->flags & ASCII ? RNG_PICK(r, western)
                                          : RNG_PICK(r, texts);
    if (c->flags & WORD && rng_chance(r, 60))
        put(d, WEIR_T_TEXT, "%s%u", text, rng_below(r, 12));
    else if (!(c->flags & (COUNTRY | ASCII)) && c->high >= 30 && rng_chance(r, 25))
        put(d, WEIR_T_TEXT, "%s%s", text, RNG_PICK(r, texts));
    else if (c->high >= 200 && rng_chance(r, 15))
        put(d, WEIR_T_TEXT, "%s %0*d", text, 200, 7);
    else
        put(d, WEIR_T_TEXT, "%s", text);
}

static void put_bytes(datum *d, rng *r, const column *c)
{
    static const unsigned char some[] = {0, 1, 'a', 'A', ' ', 0x80, 0xFF, '\'', '\\', 'z'};
    d->type = WEIR_T_BYTES;
    d->size = rng_below(r, (uint32_t)(c->high < 5 ? c->high : 5) + 1);
    for (size_t i = 0; i < d->size; i++)
        d->text[i] = (char)RNG_PICK(r, some);
}

static void put_decimal(datum *d, rng *r, const column *c)
{
    int64_t whole = rng_between(r, c->low, c->high);
    static const char *const scales[] = {"", ".5", ".25", ".1"};
    const char *comma = strchr(c->sql, ',');
    int scale = comma ? comma[1] - '0' : 0;
    if (whole < -100 || whole > 100)
        whole = rng_chance(r, 70) ? whole % 30 : whole;
    put(d, WEIR_T_DECIMAL, "%" PRId64 "%s", whole, scale >= 2 ? RNG_PICK(r, scales) : "");
}

static void put_fraction(datum *d, rng *r, int digits)
{
    static const char *const fractions[] = {"5", "25", "000001", "999999", "1"};
    if (digits > 0 && rng_chance(r, 60))
        d->size +=
            (size_t)snprintf(d->text + d->size, sizeof d->text - d->size, ".%.*s", digits, RNG_PICK(r, fractions));
}

/* low 1: from 2024-01 on. */
static void put_date(datum *d, rng *r, const column *c)
{
    if (!(c->low == 1 && c->kind == K_DATE) && rng_chance(r, 8) && c->kind == K_DATE)
        put(d, WEIR_T_DATE, "%s", rng_chance(r, 50) ? "1000-01-01" : "9999-12-31");
    else
        put(d, WEIR_T_DATE, "2024-%02u-%02u", 1 + rng_below(r, 9), 1 + rng_below(r, 7));
}

static void put_json(datum *d, rng *r)
{
    put(d, WEIR_T_JSON, "%s", RNG_PICK(r, jsons));
}

static void put_time(datum *d, rng *r, const column *c)
{
    static const char *const times[] = {"00:00:00",   "-00:00:01", "12:34:56", "838:59:59",
                                        "-838:59:59", "01:00:00",  "23:59:59"};
    put(d, WEIR_T_TIME, "%s", RNG_PICK(r, times));
    if (strncmp(d->text, "838", 3) != 0 && strncmp(d->text, "-838", 4) != 0)
        put_fraction(d, r, c->high);
}

void datum_there(datum *d, rng *r, const column *c)
{
    switch (c->kind) {
    case K_INT:
        put_int(d, r, c);
        return;
    case K_DECIMAL:
        put_decimal(d, r, c);
        return;
    case K_FLOAT:
        d->type = WEIR_T_DOUBLE;
        d->d = RNG_PICK(r, floats);
        return;
    case K_DOUBLE:
        d->type = WEIR_T_DOUBLE;
        d->d = RNG_PICK(r, doubles);
        return;
    case K_BIT:
        d->type = WEIR_T_UINT;
        d->u = rng_below(r, c->high == 1 ? 2 : 1u << 20);
        return;
    case K_TEXT:
        put_text(d, r, c);
        return;
    case K_BYTES:
        put_bytes(d, r, c);
        return;
    case K_DATE:
        put_date(d, r, c);
        return;
    case K_DATETIME:
        put_date(d, r, c);
        d->type = WEIR_T_DATETIME;
        d->size += (size_t)snprintf(d->text + d->size, sizeof d->text - d->size, " %02u:%02u:%02u",
                                    rng_below(r, 3) * 11, rng_below(r, 2) * 30, rng_below(r, 3));
        put_fraction(d, r, c->high);
        return;
    case K_TIME:
        put_time(d, r, c);
        return;
    case K_YEAR:
        d->type = WEIR_T_UINT;
        d->u = rng_chance(r, 20) ? 0 : 2000 + rng_below(r, 30);
        return;
    case K_ENUM:
        put(d, WEIR_T_TEXT, "%s", c->low ? RNG_PICK(r, greeks) : RNG_PICK(r, states));
        return;
    case K_SET:
        put(d, WEIR_T_TEXT, "%s", RNG_PICK(r, sets));
        return;
    case K_JSON:
        put_json(d, r);
        return;
    case K_UUID:
        put(d, WEIR_T_TEXT, "123e4567-e89b-12d3-a456-4266141740%02x", rng_below(r, 60));
        return;
    case K_INET6:
        put(d, WEIR_T_TEXT, "%s", RNG_PICK(r, inets));
        return;
    }
}

void datum_for(datum *d, rng *r, const column *c)
{
    d->size = 0;
    if (c->flags & NULLABLE && rng_chance(r, 15))
        d->type = WEIR_T_NULL;
    else
        datum_there(d, r, c);
}

void datum_parse(datum *d, const column *c, weir_str text)
{
    static const weir_type types[] = {
        [K_INT] = WEIR_T_INT,   [K_DECIMAL] = WEIR_T_DECIMAL,   [K_BYTES] = WEIR_T_BYTES,
        [K_DATE] = WEIR_T_DATE, [K_DATETIME] = WEIR_T_DATETIME, [K_INET6] = WEIR_T_TEXT,
    };
    d->type = types[c->kind] ? types[c->kind] : WEIR_T_TEXT;
    d->size = text.size < sizeof d->text - 1 ? text.size : sizeof d->text - 1;
    memcpy(d->text, text.data, d->size);
    d->text[d->size] = '\0';
    if (c->kind != K_INT)
        return;
    d->type = c->flags & UNSIGNED ? WEIR_T_UINT : WEIR_T_INT;
    d->u = d->text[0] == '-' ? (uint64_t)strtoll(d->text, NULL, 10) : strtoull(d->text, NULL, 10);
    d->i = (int64_t)d->u;
}

static void add_text(weir__buf *out, const datum *d)
{
    weir__buf_addc(out, '\'');
    for (size_t i = 0; i < d->size; i++) {
        if (d->text[i] == '\'' || d->text[i] == '\\')
            weir__buf_addc(out, d->text[i]);
        weir__buf_addc(out, d->text[i]);
    }
    weir__buf_addc(out, '\'');
}

void datum_add(weir__buf *out, const datum *d)
{
    char number[40];
    switch (d->type) {
    case WEIR_T_NULL:
        weir__buf_adds(out, "NULL");
        return;
    case WEIR_T_INT:
        weir__buf_addf(out, "%" PRId64, d->i);
        return;
    case WEIR_T_UINT:
        weir__buf_addf(out, "%" PRIu64, d->u);
        return;
    case WEIR_T_DOUBLE:
        snprintf(number, sizeof number, "%.15g", d->d);
        weir__buf_addf(out, "%s%s", number, strchr(number, 'e') ? "" : "e0"); /* without an exponent it is a decimal */
        return;
    case WEIR_T_DECIMAL:
        weir__buf_add(out, d->text, d->size);
        return;
    case WEIR_T_BYTES:
        weir__buf_adds(out, "X'");
        for (size_t i = 0; i < d->size; i++)
            weir__buf_addf(out, "%02X", (unsigned char)d->text[i]);
        weir__buf_addc(out, '\'');
        return;
    default:
        add_text(out, d);
        return;
    }
}

weir_value datum_value(const datum *d)
{
    switch (d->type) {
    case WEIR_T_NULL:
        return weir_null();
    case WEIR_T_INT:
        return weir_int(d->i);
    case WEIR_T_UINT:
        return weir_uint(d->u);
    case WEIR_T_DOUBLE:
        return weir_double(d->d);
    default:
        return weir_sized(d->type, d->text, d->size);
    }
}
