/* config_shares.c - shares of a circle of numbers (slots, remainders): read, without gap, without overlap. SPDX-License-Identifier: Apache-2.0
 * O(n log n). */
#include <stdlib.h>

#include "base/limits.h"
#include "base/str.h"
#include "schema/config_read.h"
#include "schema/units.h"

static bool read_range(weir__reader *reader, weir__yaml *node, const char *noun, weir__range *range)
{
    uint64_t from, to;
    if (node->bad)
        return false;
    if (node->kind == WEIR__YAML_SCALAR && node->text.size) {
        const char *end = node->text.data + node->text.size, *dash = memchr(node->text.data, '-', node->text.size);
        const char *wrong = weir__unit_count(weir__slice(node->text.data, dash ? dash : end), &from);
        if (!wrong && dash)
            wrong = weir__unit_count(weir__slice(dash + 1, end), &to);
        else
            to = wrong ? 0 : from;
        if (!wrong && from > to) {
            weir__wrong(reader, node, "begins after its end");
            return false;
        }
        if (!wrong && to < UINT32_MAX) {
            *range = (weir__range){(uint32_t)from, (uint32_t)to};
            return true;
        }
    }
    weir__wrong(reader, node, "must be %ss such as 0-511 or 7, or a list of them", noun);
    return false;
}

bool weir__read_ranges(weir__reader *reader, weir__yaml *node, const char *noun, weir__piece *pieces, size_t *count)
{
    size_t items;
    bool fine = !node->bad;
    if (node->kind == WEIR__YAML_LIST && node->count == 0) {
        weir__wrong(reader, node, "must be %ss such as 0-511 or 7, or a list of them", noun);
        return false;
    }
    for (weir__yaml *item = weir__items(node, &items); item; item = weir__next_item(node, item)) {
        weir__piece piece = {.node = item};
        if (!read_range(reader, item, noun, &piece.share.range))
            fine = false;
        else if (pieces)
            pieces[(*count)++] = piece;
    }
    return fine;
}

static int compare_pieces(const void *left, const void *right)
{
    const weir__piece *a = left, *b = right;
    if (a->share.range.from != b->share.range.from)
        return a->share.range.from < b->share.range.from ? -1 : 1;
    return (a->node->line > b->node->line) - (a->node->line < b->node->line);
}

static void tell_gap(weir__reader *reader, weir__yaml *node, uint32_t from, uint32_t to, const char *noun)
{
    if (from == to)
        weir__wrong(reader, node, "%s %u belongs to no shard", noun, (unsigned)from);
    else
        weir__wrong(reader, node, "%ss %u-%u belong to no shard", noun, (unsigned)from, (unsigned)to);
}

static void tell_overlap(weir__reader *reader, const weir__piece *piece, uint32_t to, const weir__piece *first,
                         const char *noun)
{
    const char *owner = first->share.shard->name;
    unsigned from = piece->share.range.from, line = first->node->line;
    if (from == to)
        weir__wrong(reader, piece->node, "%s %u is that of %s already, on line %u", noun, from, owner, line);
    else
        weir__wrong(reader, piece->node, "%ss %u-%u are those of %s already, on line %u", noun, from, (unsigned)to,
                    owner, line);
}

bool weir__pieces_check(weir__reader *reader, weir__piece *pieces, size_t count, uint32_t modulus, const char *noun)
{
    const weir__piece *widest = NULL; /* the one so far that ends last */
    bool fine = true;
    if (count > 1)
        qsort(pieces, count, sizeof *pieces, compare_pieces);
    for (size_t i = 0; i < count; i++) {
        weir__range range = pieces[i].share.range;
        uint32_t next = widest ? widest->share.range.to + 1 : 0;
        if (range.to >= modulus) {
            weir__wrong(reader, pieces[i].node, "the last %s is %u: there are %u", noun, (unsigned)(modulus - 1),
                        (unsigned)modulus);
            fine = false;
        } else if (range.from > next) {
            tell_gap(reader, pieces[i].node, next, range.from - 1, noun);
            fine = false;
        } else if (range.from < next) {
            uint32_t last = range.to < next ? range.to : next - 1;
            tell_overlap(reader, &pieces[i], last, widest, noun);
            fine = false;
        }
        if (!widest || range.to > widest->share.range.to)
            widest = &pieces[i];
    }
    if (count && widest->share.range.to < modulus - 1) {
        tell_gap(reader, widest->node, widest->share.range.to + 1, modulus - 1, noun);
        fine = false;
    }
    return fine;
}

const weir__share *weir__pieces_keep(weir__reader *reader, const weir__piece *pieces, size_t count)
{
    weir__share *shares = weir__arena_array(reader->arena, count, sizeof *shares);
    for (size_t i = 0; shares && i < count; i++)
        shares[i] = pieces[i].share;
    return shares;
}

const uint16_t *weir__shares_index(weir__reader *reader, const weir__share *shares, size_t count, uint32_t modulus)
{
    uint16_t *numbers = weir__arena_array(reader->arena, modulus, sizeof *numbers);
    for (size_t i = 0; numbers && shares && i < count; i++)
        for (uint64_t slot = shares[i].range.from; slot <= shares[i].range.to && slot < modulus; slot++)
            numbers[slot] = (uint16_t)i;
    return numbers;
}
