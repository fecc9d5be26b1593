/* generate_sequences.c - statements that must fail alike, and transactions. SPDX-License-Identifier: Apache-2.0 */
#include "tests/differential/generate.h"

/* Statements that the server refuses: number and state of the failure must be alike, and nothing may have changed. */
void make_failure(gen *g)
{
    static const struct {
        const char *sql, *writes;
    } forms[] = {
        {"INSERT INTO users SELECT * FROM users WHERE id = (SELECT MAX(id) FROM users)", "users"},
        {"INSERT INTO users (id, name) VALUES (#, 'x')", "users"}, /* login has no default */
        {"INSERT INTO users (id, login, balance, country, state) VALUES (#, 'l', 1, 'de', 'nosuch')", "users"},
        {"INSERT INTO users (id, login, balance, country, state, age) VALUES (1#, 'l', 1, 'de', 'new', 300)", "users"},
        {"INSERT INTO users (id, login, balance, country, state) VALUES (1#, 'l', 1, 'Germany', 'new')", "users"},
        {"INSERT INTO users (id, login, balance, country, state) VALUES (1#, NULL, 1, 'de', 'new')", "users"},
        {"INSERT INTO users (id, nosuch) VALUES (#, 1)", "users"},
        {"INSERT INTO users VALUES (#, 1)", "users"},
        {"INSERT INTO orders VALUES (#, 1, 1, 'de', 'new', '2024-02-30 10:00:00', 'x', 1)", "orders"},
        {"INSERT INTO orders VALUES (#, 1, 1, 'de', 'new', '2024-02-03', 'x', 99999)", "orders"},
        {"UPDATE users SET age = -1 WHERE id = #", "users"},
        {"UPDATE users SET age = 'many' WHERE id = #", "users"},
        {"UPDATE orders SET id = 1 WHERE user_id = # AND id > 1", "orders"},
        {"UPDATE users SET nosuch = 1 WHERE id = #", "users"},
        {"DELETE FROM users WHERE nosuch = # AND id = #", "users"},
        {"SELECT nosuch FROM users WHERE id = #", NULL},
        {"SELECT id FROM users u JOIN orders o ON o.user_id = u.id WHERE u.id = #", NULL}, /* ambiguous */
        {"SELECT NOSUCH(id) FROM users WHERE id = #", NULL},
        {"SELECT * FROM users WHERE id = # ORDER BY 99", NULL},
        {"SELECT (SELECT id FROM countries) FROM users WHERE id = #", NULL},
        {"SELECT id FROM users WHERE id = # GROUP BY nosuch", NULL},
        {"SELECT id FROM users WHERE id = # AND MAX(id) > 1", NULL},
        {"SELECT id, FROM users WHERE id = #", NULL},
        {"SELECT * FROM users WHERE id = # UNION SELECT 1", NULL},
        {"SELECT id FROM users WHERE id = # LIMIT -1", NULL},
        {"SELECT x.* FROM users WHERE id = #", NULL},
        {"SELECT i8 + 9223372036854775807 + 9223372036854775807 FROM zoo WHERE i8 > 0 AND id = #", NULL},
        {"INSERT INTO audit (id, what) SELECT id, what FROM audit", "audit"},
        {"INSERT INTO audit (what) VALUES (NULL)", "audit"},
        {"SELECT * FROM nosuch WHERE id = #", NULL},
        {"INSERT INTO words VALUES ('abcdefghijabcdefghijabcdefghijabcde#', 1, NULL)", "words"},
        {"INSERT INTO days VALUES ('2024-13-0#', 1, 1)", "days"},
        {"INSERT INTO kinds VALUES ('omega', #, 1)", "kinds"},
        {"INSERT INTO prices VALUES (123456789.#, 'x', 1)", "prices"},
        {"INSERT INTO things VALUES ('no-uuid-#', 1, NULL, NULL)", "things"},
        {"INSERT INTO things VALUES ('123e4567-e89b-12d3-a456-426614174000', 1, NULL, 'no json')", "things"},
    };
    uint32_t form = below(g, sizeof forms / sizeof *forms);
    uint32_t number = below(g, 10);
    for (const char *at = forms[form].sql; *at; at++) {
        if (*at == '#')
            say(g, "%u", number);
        else
            say(g, "%c", *at);
    }
    g->loose_warnings = true;
    if (forms[form].writes)
        done_write(g, table_named(forms[form].writes));
    else
        done(g, ORDER_ANY);
}

/* A statement inside of a transaction; writes go to the rows of one user. */
static void make_inside(gen *g, int key)
{
    switch (below(g, 11)) {
    case 8: /* on several shards */
        say(g, "UPDATE users SET balance = balance + 1, age = NULL WHERE id BETWEEN %d AND %d", key, key + 6);
        done_write(g, table_named("users"));
        return;
    case 9: /* perhaps a key is there: then it is undone alone, on all shards */
        say(g,
            "INSERT INTO orders (user_id, id, country, placed, qty) VALUES (%d, %u, 'de', '2024-01-02', 1), (%d, %u, "
            "'fr', '2024-01-03', 2), (%d, 7, 'it', '2024-01-04', 3)",
            key, 1 + below(g, 8), key + 1, 1 + below(g, 8), key + 2);
        g->loose_warnings = true;
        done_write(g, table_named("orders"));
        return;
    case 10:
        say(g, "UPDATE countries SET area = area + 1 WHERE code %s 'de'", chance(g, 50) ? "=" : "<>");
        done_write(g, table_named("countries"));
        return;
    case 0:
        say(g, "UPDATE users SET balance = balance + %u WHERE id = %d", below(g, 9), key);
        done_write(g, table_named("users"));
        return;
    case 1:
        say(g, "INSERT INTO orders (user_id, id, country, placed, qty) VALUES (%d, %u, 'de', '2024-01-02', 1)", key,
            1 + below(g, 8));
        done_write(g, table_named("orders"));
        return;
    case 2:
        say(g, "DELETE FROM orders WHERE user_id = %d AND id = %u", key, 1 + below(g, 8));
        done_write(g, table_named("orders"));
        return;
    case 3:
        say(g, "SELECT COUNT(*), SUM(qty) FROM orders WHERE user_id = %d%s", key, chance(g, 20) ? " FOR UPDATE" : "");
        done(g, ORDER_ANY);
        return;
    case 4:
        say(g, "REPLACE INTO order_lines (user_id, order_id, line, sku, price) VALUES (%d, %u, 1, 'sku', 2.5)", key,
            1 + below(g, 6));
        done_write(g, table_named("order_lines"));
        return;
    case 5:
        say(g, "SELECT * FROM users WHERE id = %d%s", key, chance(g, 30) ? " FOR UPDATE" : "");
        done(g, ORDER_ANY);
        return;
    case 6:
        say(g, "UPDATE users SET age = 999 WHERE id = %d", key); /* fails: the transaction goes on */
        g->loose_warnings = true;
        done_write(g, table_named("users"));
        return;
    default:
        say(g, "SELECT o.id, o.qty FROM orders o JOIN users u ON u.id = o.user_id WHERE u.id = %d ORDER BY o.id", key);
        done(g, ORDER_TOTAL);
        return;
    }
}

static void text(gen *g, const char *sql)
{
    say(g, "%s", sql);
    done(g, ORDER_ANY);
}

static void make_any_transaction(gen *g, uint32_t keys)
{
    bool by_text = chance(g, 30);
    int key[3];
    for (uint32_t i = 0; i < 3; i++)
        key[i] = (int)below(g, 60) - 5;
    if (by_text)
        text(g, chance(g, 50) ? "BEGIN" : "START TRANSACTION");
    else
        step(g, STEP_BEGIN);
    bool saved = false;
    for (uint32_t i = 0, count = 1 + below(g, 6); i < count; i++) {
        make_inside(g, key[below(g, keys)]);
        if (!saved && chance(g, 25)) {
            text(g, "SAVEPOINT one");
            saved = true;
        } else if (saved && chance(g, 30))
            text(g, chance(g, 70) ? "ROLLBACK TO SAVEPOINT one" : "ROLLBACK TO one");
        else if (saved && chance(g, 20)) {
            text(g, "RELEASE SAVEPOINT one");
            saved = false;
        }
    }
    bool commit = chance(g, 65);
    if (by_text)
        text(g, commit ? "COMMIT" : "ROLLBACK");
    else
        step(g, commit ? STEP_COMMIT : STEP_ROLLBACK);
}

void make_transaction_one(gen *g)
{
    make_any_transaction(g, 1);
}

void make_transaction(gen *g)
{
    make_any_transaction(g, 3);
}
