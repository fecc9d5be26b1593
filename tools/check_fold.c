/* check_fold.c - `fold: lower`: does the server call equal only what folding makes equal? SPDX-License-Identifier: Apache-2.0
 *
 * Keys that are equal to the server must fold to the same bytes, or they live on different shards and are never found together.
 * utf8mb4_roman_ci has 'i' = 'j', and UCA collations ignore some characters: so the server is asked about each pair of the 95
 * printable ASCII characters and of each with nothing, and only collations of a list are taken. */
#include "tools/check_live.h"

enum { NOTHING = 31 }; /* stands for no character at all, below the blank */

#define DIGITS                                                                                                         \
    "(SELECT 0 AS n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 "   \
    "UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)"
#define SIGNS "(SELECT 31 + 10 * tens.n + ones.n AS n FROM " DIGITS " tens JOIN " DIGITS " ones)"
#define FOLDED(x) "IF(" x ".n BETWEEN 65 AND 90, " x ".n + 32, " x ".n)"
#define BETWEEN_LETTERS(x) "CONVERT(CONCAT('a', IF(" x ".n = 31, '', CHAR(" x ".n USING ascii)), 'a') USING %s)"

#define PAIRS                                                                                                          \
    "SELECT x.n, y.n FROM " SIGNS " x JOIN " SIGNS                                                                     \
    " y ON x.n < y.n WHERE y.n <= 126 AND " FOLDED("x") " <> " FOLDED("y") " AND " BETWEEN_LETTERS(                    \
        "x") " COLLATE %s = " BETWEEN_LETTERS("y") " COLLATE %s ORDER BY x.n, y.n LIMIT 1"

typedef struct pair {
    check *c;
    const char *text; /* NULL: none was found */
} pair;

static const char *sign_name(check *c, weir_str number)
{
    unsigned n = 0;
    for (size_t i = 0; i < number.size; i++)
        n = 10 * n + (unsigned)(number.data[i] - '0');
    return n == NOTHING ? "nothing" : check_printf(c, "'%c'", (int)n);
}

static void pair_row(void *context, const weir_column *names, const weir_str *cells, uint32_t count)
{
    pair *p = context;
    (void)names;
    (void)count;
    const char *x = sign_name(p->c, cells[0]), *y = sign_name(p->c, cells[1]);
    p->text = check_printf(p->c, "%s = %s", x, y);
}

static void ask_about(check *c, const check_server *at, weir__conn *conn, const check_table *table,
                      const check_column *key)
{
    pair found = {.c = c};
    const char *charset = key->charset, *collation = key->collation;
    bool utf8 = strcmp(charset, "utf8mb4") == 0;
    if ((!utf8 && strcmp(charset, "ascii") != 0) || strchr(collation, '`'))
        return; /* check_keys.c refuses it */
    const char *sql = check_printf(c, PAIRS, charset, collation, charset, collation);
    if (check_ask(c, at, conn, sql, pair_row, &found) && found.text)
        check_tell(c, CHECK_ERROR, at, table->name,
                   "to the collation %s of the shard key %s, %s; fold: lower keeps them apart" CHECK_SHOULD
                   "a collation in which only A and a are equal" CHECK_FIX
                   "ALTER TABLE `%s`.`%s` MODIFY COLUMN `%s` %s COLLATE %s ..;",
                   collation, key->name, found.text, at->shard->schema, table->name, key->name, key->type,
                   utf8 ? "utf8mb4_general_ci" : "ascii_general_ci");
}

void check_folding(check *c, const check_server *at, weir__conn *conn)
{
    for (const check_table *table = at->tables; table; table = table->next) {
        const weir__table_config *rule = table->rule;
        const check_column *key =
            check_is_sharded(rule) && rule->fold_lower ? check_find_column(table, rule->shard_by) : NULL;
        if (key && *key->collation && check_lives_on(rule, at->shard))
            ask_about(c, at, conn, table, key);
    }
}
