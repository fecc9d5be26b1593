/* key.c - canonical forms of numbers, texts, dates. See key.h. SPDX-License-Identifier: Apache-2.0 */
#include "router/route/key.h"

#include <string.h>

#include "base/str.h"
#include "base/utf8.h"

#define MOST_DIGITS 65u
#define EXACT_IN_DOUBLE (UINT64_C(1) << 53)

/* What is asked: of a condition (strict about doubt) or of a row (strict about what is stored). */
typedef struct asked {
    const weir__key_form *form;
    const weir__given *given;
    weir__arena *arena;
    bool row;
    weir__key *out;
} asked;

/* ---- numbers ---- */

typedef struct number {
    bool negative;
    weir_str whole, places; /* digits; whole without leading zeros */
} number;

static size_t digits(const char *at, const char *end)
{
    const char *from = at;
    while (at < end && *at >= '0' && *at <= '9')
        at++;
    return (size_t)(at - from);
}

static bool read_number(weir_str text, number *out)
{
    const char *at = text.data, *end = at + text.size;
    *out = (number){.negative = false};
    if (at < end && (*at == '-' || *at == '+'))
        out->negative = *at++ == '-';
    size_t whole = digits(at, end);
    bool any = whole > 0;
    while (whole > 0 && *at == '0') {
        at++;
        whole--;
    }
    out->whole = (weir_str){at, whole};
    at += whole;
    if (at < end && *at == '.') {
        size_t places = digits(++at, end);
        out->places = (weir_str){at, places};
        at += places;
        any |= places > 0;
    }
    return any && at == end;
}

/* False: over 64 bits. */
static bool to_magnitude(weir_str text, uint64_t *magnitude)
{
    *magnitude = 0;
    for (size_t i = 0; i < text.size; i++)
        if (__builtin_mul_overflow(*magnitude, 10u, magnitude) ||
            __builtin_add_overflow(*magnitude, (unsigned)(text.data[i] - '0'), magnitude))
            return false;
    return true;
}

static bool in_range(const weir__key_form *form, bool negative, uint64_t magnitude)
{
    unsigned bits = form->bytes * 8u;
    uint64_t half = UINT64_C(1) << (bits - 1);
    if (form->is_unsigned)
        return (!negative || magnitude == 0) && magnitude <= half - 1 + half;
    return negative ? magnitude <= half : magnitude < half;
}

static const char *integer(const asked *a)
{
    weir__key *out = a->out;
    number n;
    bool text = a->given->kind == WEIR__GIVEN_STRING;
    if ((!text && a->given->kind != WEIR__GIVEN_NUMBER) || !read_number(a->given->text, &n) || n.places.data)
        return "is not an integer";
    if (!to_magnitude(n.whole, &out->magnitude))
        return "is out of range";
    out->negative = n.negative && out->magnitude > 0;
    out->is_number = true;
    /* A text is canonical only as it would be printed; servers may compare it as a floating point number. */
    size_t size = n.whole.size ? n.whole.size : 1;
    if (text && a->given->text.size != size + out->negative)
        return "is not an integer as the server prints it";
    if (text && !a->row && out->magnitude > EXACT_IN_DOUBLE)
        return "is compared inexactly";
    if (a->row && !in_range(a->form, out->negative, out->magnitude))
        return "is out of range";
    out->text.data = out->room;
    out->text.size = size + out->negative;
    out->room[0] = '-';
    if (n.whole.size)
        memcpy(out->room + out->negative, n.whole.data, n.whole.size);
    else
        out->room[0] = '0';
    return NULL;
}

/* The largest integer not above it, for mod and range. */
static void set_floor(weir__key *out, const number *n)
{
    bool zeros = true;
    for (size_t i = 0; i < n->places.size; i++)
        zeros &= n->places.data[i] == '0';
    out->negative = n->negative;
    out->is_number = to_magnitude(n->whole, &out->magnitude);
    if (n->negative && !zeros && __builtin_add_overflow(out->magnitude, 1u, &out->magnitude))
        out->is_number = false;
    if (out->magnitude == 0)
        out->negative = false;
}

static const char *decimal(const asked *a)
{
    weir__key *out = a->out;
    const weir__key_form *form = a->form;
    number n;
    bool text = a->given->kind == WEIR__GIVEN_STRING;
    if ((text && !a->row) || (!text && a->given->kind != WEIR__GIVEN_NUMBER) || !read_number(a->given->text, &n))
        return "is not a number";
    while (n.places.size > form->scale) {
        if (n.places.data[n.places.size - 1] != '0')
            return "has more places than the column";
        n.places.size--;
    }
    uint32_t most = (a->row ? form->length : MOST_DIGITS) - form->scale;
    if (n.whole.size > most || form->scale > 38)
        return "is out of range";
    bool zero = n.whole.size == 0;
    for (size_t i = 0; i < n.places.size; i++)
        zero &= n.places.data[i] == '0';
    n.negative &= !zero;
    if (a->row && form->is_unsigned && n.negative)
        return "is out of range";
    set_floor(out, &n);
    char *to = out->room;
    if (n.negative)
        *to++ = '-';
    if (n.whole.size == 0)
        *to++ = '0';
    else
        memcpy(to, n.whole.data, n.whole.size);
    to += n.whole.size;
    if (form->scale) {
        *to++ = '.';
        memset(to, '0', form->scale);
        if (n.places.size)
            memcpy(to, n.places.data, n.places.size);
        to += form->scale;
    }
    out->text = weir__slice(out->room, to);
    return NULL;
}

/* ---- texts and bytes ---- */

static size_t characters(weir_str text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.size; i++)
        count += ((unsigned char)text.data[i] & 0xC0) != 0x80;
    return count;
}

static const char *folded(const asked *a)
{
    weir_str text = a->given->text;
    bool change = false;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < 0x20 || text.data[i] > 0x7E)
            return "has characters other than printable ASCII, which fold: lower does not take";
        change |= text.data[i] >= 'A' && text.data[i] <= 'Z';
    }
    while (text.size && text.data[text.size - 1] == ' ')
        text.size--;
    if (change) {
        char *copy = weir__arena_copy(a->arena, text.data, text.size);
        if (!copy)
            return "does not fit into memory";
        for (size_t i = 0; i < text.size; i++)
            if (copy[i] >= 'A' && copy[i] <= 'Z')
                copy[i] = (char)(copy[i] + 'a' - 'A');
        text.data = copy;
    }
    a->out->text = text;
    return NULL;
}

static const char *characters_key(const asked *a)
{
    weir_str text = a->given->text;
    if (a->given->kind != WEIR__GIVEN_STRING)
        return "is not a string";
    if (!weir__utf8_valid(text.data, text.size))
        return "is not UTF-8";
    if (a->row && characters(text) > a->form->length)
        return "is too long";
    if (a->form->fold)
        return folded(a);
    for (size_t i = 0; a->form->ascii && i < text.size; i++)
        if ((unsigned char)text.data[i] > 0x7F)
            return "has characters that are not ASCII";
    if (a->form->kind == WEIR__FORM_CHAR && text.size && text.data[text.size - 1] == ' ')
        return "ends with blanks, which CHAR does not keep";
    a->out->text = text;
    return NULL;
}

static const char *bytes_key(const asked *a)
{
    weir_str text = a->given->text;
    if (a->given->kind != WEIR__GIVEN_STRING && a->given->kind != WEIR__GIVEN_BYTES)
        return "is not a string";
    if (a->form->kind == WEIR__FORM_BINARY && text.size != a->form->length)
        return "has not the length of the column, which would be filled with zeros";
    if (a->row && text.size > a->form->length)
        return "is too long";
    a->out->text = text;
    return NULL;
}

static const char *label(const asked *a)
{
    for (uint32_t i = 0; a->given->kind == WEIR__GIVEN_STRING && i < a->form->label_count; i++)
        if (weir__str_equal(a->given->text, a->form->labels[i])) {
            a->out->text = a->given->text;
            return NULL;
        }
    return "is not one of the labels to the letter";
}

static const char *uuid(const asked *a)
{
    weir_str text = a->given->text;
    if (a->given->kind != WEIR__GIVEN_STRING || text.size != 36)
        return "is not a UUID";
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? c != '-' : !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
            return "is not a UUID as the server prints it";
    }
    a->out->text = text;
    return NULL;
}

/* ---- dates ---- */

static int two(const char *at)
{
    return (at[0] - '0') * 10 + (at[1] - '0');
}

/* Digits where the pattern has a 0, else its own character. */
static bool is_like(const char *text, const char *pattern)
{
    for (; *pattern; text++, pattern++)
        if (*pattern == '0' ? *text < '0' || *text > '9' : *text != *pattern)
            return false;
    return true;
}

static bool is_date(const char *text)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (!is_like(text, "0000-00-00"))
        return false;
    int year = two(text) * 100 + two(text + 2), month = two(text + 5), day = two(text + 8);
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return year > 0 && month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1] + (month == 2 && leap);
}

static const char *date(const asked *a)
{
    if (a->given->kind != WEIR__GIVEN_STRING || a->given->text.size != 10 || !is_date(a->given->text.data))
        return "is not a date as YYYY-MM-DD";
    a->out->text = a->given->text;
    return NULL;
}

static const char *datetime(const asked *a)
{
    static const char wrong[] = "is not a time as the server prints it, YYYY-MM-DD HH:MM:SS with the column's fraction";
    weir_str text = a->given->text;
    size_t size = 19u + (a->form->scale ? a->form->scale + 1u : 0);
    if (a->given->kind != WEIR__GIVEN_STRING || text.size < 10 || !is_date(text.data))
        return wrong;
    if (text.size == 10 && !a->row) {
        memcpy(a->out->room, text.data, 10);
        memcpy(a->out->room + 10, " 00:00:00.000000", 16);
        a->out->text = (weir_str){a->out->room, size};
        return NULL;
    }
    if (text.size != size || !is_like(text.data + 10, " 00:00:00") || two(text.data + 11) > 23 ||
        two(text.data + 14) > 59 || two(text.data + 17) > 59)
        return wrong;
    if (size > 19 && (text.data[19] != '.' || digits(text.data + 20, text.data + size) != a->form->scale))
        return wrong;
    a->out->text = text;
    return NULL;
}

/* ---- all of them ---- */

static const char *answer(const asked *a)
{
    a->out->is_number = a->out->negative = false;
    a->out->magnitude = 0;
    switch ((weir__form_kind)a->form->kind) {
    case WEIR__FORM_UNFIT:
        break;
    case WEIR__FORM_BINARY:
    case WEIR__FORM_VARBINARY:
        return bytes_key(a);
    case WEIR__FORM_CHAR:
    case WEIR__FORM_VARCHAR:
        return characters_key(a);
    case WEIR__FORM_DATE:
        return date(a);
    case WEIR__FORM_DATETIME:
        return datetime(a);
    case WEIR__FORM_DECIMAL:
        return decimal(a);
    case WEIR__FORM_ENUM:
        return label(a);
    case WEIR__FORM_INTEGER:
        return integer(a);
    case WEIR__FORM_UUID:
        return uuid(a);
    }
    return "is of a type that is no key";
}

bool weir__key_of_condition(const weir__key_form *form, const weir__given *given, weir__arena *arena, weir__key *out)
{
    return answer(&(asked){.form = form, .given = given, .arena = arena, .out = out}) == NULL;
}

const char *weir__key_of_row(const weir__key_form *form, const weir__given *given, weir__arena *arena, weir__key *out)
{
    if (given->kind != WEIR__GIVEN_NULL)
        return answer(&(asked){.form = form, .given = given, .arena = arena, .row = true, .out = out});
    *out = (weir__key){.is_number = false};
    return form->nullable ? NULL : "is NULL, which the column does not take";
}

static bool labels_equal(const weir__key_form *a, const weir__key_form *b)
{
    for (uint32_t i = 0; i < a->label_count && i < b->label_count; i++)
        if (!weir__str_equal(a->labels[i], b->labels[i]))
            return false;
    return a->label_count == b->label_count;
}

bool weir__key_forms_agree(const weir__key_form *a, const weir__key_form *b)
{
    if (a->kind != b->kind)
        return false;
    switch ((weir__form_kind)a->kind) {
    case WEIR__FORM_UNFIT:
        return false;
    case WEIR__FORM_INTEGER:
    case WEIR__FORM_DATE:
    case WEIR__FORM_UUID:
    case WEIR__FORM_VARBINARY:
        return true;
    case WEIR__FORM_BINARY:
        return a->length == b->length;
    case WEIR__FORM_DATETIME:
    case WEIR__FORM_DECIMAL:
        return a->scale == b->scale;
    case WEIR__FORM_CHAR:
    case WEIR__FORM_VARCHAR:
        return weir__str_equal(a->collation, b->collation) && a->ascii == b->ascii;
    case WEIR__FORM_ENUM:
        return weir__str_equal(a->collation, b->collation) && labels_equal(a, b);
    }
    return false;
}

const char *weir__form_kind_name(weir__form_kind kind)
{
    switch (kind) {
    case WEIR__FORM_UNFIT:
        return "unfit";
#define X(name, word)                                                                                                  \
    case WEIR__FORM_##name:                                                                                            \
        return word;
        WEIR__FORM_MAP(X)
#undef X
    }
    return "?";
}
