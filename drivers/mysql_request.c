/* mysql_request.c - see mysql_request.h. SPDX-License-Identifier: Apache-2.0
 * Numbers are sent with the lowest byte first, sizes of texts in 1, 3, 4 or 9 bytes. */
#include "drivers/mysql_request.h"

#include <string.h>

enum {
    FIXED = 4 + 1 + 4 + 1, /* id, flags, times, whether types follow */
    VALUE = 2 + 9,         /* of one value beside its text: type, size or number */
    TYPE_DOUBLE = 5,       /* the protocol's numbers */
    TYPE_NULL = 6,
    TYPE_LONGLONG = 8,
    TYPE_DECIMAL = 246,
    TYPE_BLOB = 252,
    TYPE_STRING = 254,
    UNSIGNED = 0x80,
};

static bool is_text(const weir_value *v)
{
    return v->type > WEIR_T_DOUBLE;
}

size_t weir__request_room(weir_args args)
{
    size_t room = FIXED + (args.count + 7) / 8;
    for (size_t i = 0; i < args.count; i++)
        room += VALUE + (is_text(&args.values[i]) ? args.values[i].size : 0);
    return room;
}

static unsigned char *add_number(unsigned char *at, uint64_t number, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        *at++ = (unsigned char)(number >> 8 * i);
    return at;
}

static unsigned char *add_text(unsigned char *at, const void *text, size_t size)
{
    if (size < 251)
        *at++ = (unsigned char)size;
    else {
        unsigned bytes = size < 1u << 16 ? 2 : size < 1u << 24 ? 3 : 8;
        *at++ = (unsigned char)(bytes == 8 ? 254 : 250 + bytes);
        at = add_number(at, size, bytes);
    }
    if (size)
        memcpy(at, text, size);
    return at + size;
}

static unsigned char *add_type(unsigned char *at, weir_type type)
{
    static const unsigned char types[] = {
        [WEIR_T_NULL] = TYPE_NULL,     [WEIR_T_INT] = TYPE_LONGLONG,    [WEIR_T_UINT] = TYPE_LONGLONG,
        [WEIR_T_DOUBLE] = TYPE_DOUBLE, [WEIR_T_DECIMAL] = TYPE_DECIMAL, [WEIR_T_BYTES] = TYPE_BLOB,
        [WEIR_T_TEXT] = TYPE_STRING,   [WEIR_T_DATE] = TYPE_STRING,     [WEIR_T_DATETIME] = TYPE_STRING,
        [WEIR_T_TIME] = TYPE_STRING,   [WEIR_T_JSON] = TYPE_STRING,
    };
    *at++ = types[type];
    *at++ = type == WEIR_T_UINT ? UNSIGNED : 0;
    return at;
}

size_t weir__request_write(unsigned char *out, uint32_t statement, weir_args args, bool types)
{
    unsigned char *at = add_number(out, statement, 4);
    *at++ = 0;                 /* no cursor */
    at = add_number(at, 1, 4); /* once */
    if (args.count == 0)
        return (size_t)(at - out);
    unsigned char *nulls = at;
    memset(nulls, 0, (args.count + 7) / 8);
    at += (args.count + 7) / 8;
    *at++ = types;
    for (size_t i = 0; types && i < args.count; i++)
        at = add_type(at, args.values[i].type);
    for (size_t i = 0; i < args.count; i++) {
        const weir_value *v = &args.values[i];
        uint64_t bits;
        if (v->type == WEIR_T_NULL)
            nulls[i / 8] |= (unsigned char)(1u << i % 8);
        else if (is_text(v))
            at = add_text(at, v->as.p, v->size);
        else {
            memcpy(&bits, &v->as, sizeof bits);
            at = add_number(at, bits, 8);
        }
    }
    return (size_t)(at - out);
}
