/* generate_routing.c - statements that a router is tempted to send to too few shards. SPDX-License-Identifier: Apache-2.0
 * Keys in other forms than the column prints, conditions that only look as if they fixed the key, keys in ON of outer joins. */
#include "tests/differential/generate.h"

#include <stdlib.h>
#include <string.h>

/* # and % are numbers from -5 to 59. */
static void say_template(gen *g, const char *text)
{
    int first = (int)below(g, 65) - 5, second = (int)below(g, 65) - 5;
    for (const char *at = text; *at; at++) {
        if (*at == '#' || *at == '%')
            say(g, "%d", *at == '#' ? first : second);
        else
            say(g, "%c", *at);
    }
    g->loose_warnings = true;
}

/* Forms of a key of each type; # a small number. */
static const struct {
    const char *name, *forms[16];
} keys[] = {
    {"users",
     {"#", "'#'", "#.0", "#e0", "' #'", "'#abc'", "-(-#)", "# + 0", "'0#'", "CAST('#' AS SIGNED)", "#.4", "NULL"}},
    {"orders", {"#", "'#'", "#.0", "# * 1", "TRUE", "0x23", "b'101'", "'#.0'", "(SELECT #)"}},
    {"wide_keys",
     {"#", "18446744073709551615", "'18446744073709551615'", "-1", "18446744073709551613.0", "1.8446744073709552e19",
      "'#'"}},
    {"words",
     {"'a'", "'A'", "'a '", "'ab'", "'9'", "9", "10", "'apple'", "BINARY 'a'", "'a' COLLATE utf8mb4_general_ci",
      "_utf8mb4'b'", "X'61'", "N'a'", "'\xC3\xA9'", "CONCAT('a', '')"}},
    {"emails",
     {"'ann@a.org'", "'ANN@A.ORG'", "'Ann@a.org  '", "'eve'", "'EVE' COLLATE utf8mb4_bin", "BINARY 'eve'", "'x y'",
      "'carl#'", "' carl'", "X'657665'", "'\xC3\xA9ve'", "'zed@z.z'"}},
    {"tokens", {"X'61'", "'a'", "X'00'", "''", "'A'", "X'6100'", "0x61", "'a '", "X'FF'", "97"}},
    {"days",
     {"'2024-03-03'", "'2024-3-3'", "20240303", "'20240303'", "DATE '2024-03-03'", "'2024-03-03 00:00:00'",
      "'2024-03-03 10:00:00'", "TIMESTAMP '2024-03-03 00:00:00'", "'2024/03/03'", "'24-03-03'", "CURDATE()", "0"}},
    {"stamps",
     {"'2024-03-03 00:00:00'", "'2024-03-03'", "20240303000000", "'2024-03-03 00:00:00.000000'",
      "'2024-03-03T11:30:01'", "'2024-3-3 11:30:1'", "TIMESTAMP '2024-03-03 11:00:00'"}},
    {"prices",
     {"1", "1.00", "1.0", "'1.00'", "1e0", "0.50", ".5", "-0.5", "'0.5'", "1.001", "-0.00", "0", "00.50", "1.500"}},
    {"kinds", {"'alpha'", "'ALPHA'", "1", "'1'", "'beta '", "2.0", "'omega'", "0", "''", "'delta'", "NULL"}},
    {"things",
     {"'123e4567-e89b-12d3-a456-426614174005'", "'123E4567-E89B-12D3-A456-426614174005'",
      "'123e4567e89b12d3a456426614174005'", "X'123e4567e89b12d3a456426614174005'",
      "'{123e4567-e89b-12d3-a456-426614174005}'", "'no'"}},
    {"tickets", {"#", "'#'", "#.0", "-7", "'-7'", "-7.0", "NULL"}},
    {"archive", {"#", "'#'", "#.5", "-50", "150", "'-7'", "1e1"}},
    {"stores", {"'de'", "'DE'", "'de '", "'xx'", "X'6465'", "0", "'fr'"}},
    {"clicks",
     {"'2024-03-03'", "'2024-3-3'", "20240303", "'2023-01-01'", "'2024-03-03 00:00:00'", "DATE '2024-04-04'"}},
    {"notes", {"#", "NULL", "'#'", "#.0", "NULL + 1", "COALESCE(NULL, #)"}},
    {"messages", {"#", "'#'", "#.0", "-3"}},
};
enum { KEYS = sizeof keys / sizeof *keys };

static void say_form(gen *g, uint32_t which)
{
    uint32_t count = 0;
    while (count < 16 && keys[which].forms[count])
        count++;
    const char *text = keys[which].forms[below(g, count)];
    uint32_t number = below(g, 40);
    for (; *text; text++) {
        if (*text == '#')
            say(g, "%u", number);
        else
            say(g, "%c", *text);
    }
}

/* A key as a parameter of another class than its column. */
static void say_odd_parameter(gen *g, uint32_t which)
{
    datum d = {.size = 0};
    size_t before = g->sql.size;
    say_form(g, which);
    const char *text = weir__buf_text(&g->sql) + before;
    static const weir_type types[] = {WEIR_T_TEXT, WEIR_T_BYTES, WEIR_T_DECIMAL, WEIR_T_DATE, WEIR_T_DATETIME};
    bool quoted = text[0] == '\'', plain = strspn(text, "0123456789.-") == strlen(text) && text[0];
    if (quoted && strchr(text + 1, '\'') == text + strlen(text) - 1) {
        d.type = below(g, 3) ? WEIR_T_TEXT : types[below(g, 5)];
        d.type = d.type == WEIR_T_DECIMAL ? WEIR_T_TEXT : d.type;
        d.size = strlen(text) - 2;
        memcpy(d.text, text + 1, d.size);
    } else if (plain) {
        d.type = strchr(text, '.') ? WEIR_T_DECIMAL
                 : below(g, 2)     ? WEIR_T_INT
                 : below(g, 2)     ? WEIR_T_TEXT
                                   : WEIR_T_DOUBLE;
        d.size = strlen(text);
        memcpy(d.text, text, d.size);
        d.i = strtoll(text, NULL, 10);
        d.d = (double)d.i;
    } else
        return;
    g->sql.size = before;
    g->sql.data[before] = '\0';
    g->prepared = true;
    say_datum(g, &d);
}

void make_key_forms(gen *g)
{
    uint32_t which = below(g, KEYS);
    const table *t = table_named(keys[which].name);
    const char *key = key_column(t)->name;
    say(g, "SELECT * FROM %s WHERE %s", t->name, key);
    switch (below(g, 4)) {
    case 0:
        say(g, " IN (");
        say_form(g, which);
        say(g, ", ");
        say_form(g, which);
        say(g, ")");
        break;
    case 1:
        say(g, " = ");
        say_odd_parameter(g, which);
        break;
    case 2:
        say(g, " BETWEEN ");
        say_form(g, which);
        say(g, " AND ");
        say_form(g, which);
        break;
    default:
        say(g, chance(g, 70) ? " = " : " <=> ");
        say_form(g, which);
        break;
    }
    g->loose_warnings = true;
    done(g, ORDER_ANY);
}

/* Rows whose key is given in another form than the column stores. */
void make_key_writes(gen *g)
{
    uint32_t which = below(g, KEYS);
    const table *t = table_named(keys[which].name);
    say(g, "%s INTO %s VALUES (", chance(g, 70) ? "INSERT IGNORE" : chance(g, 50) ? "INSERT" : "REPLACE", t->name);
    bool parameter = chance(g, 40);
    for (uint32_t i = 0; i < t->count; i++) {
        say(g, i ? ", " : "");
        if ((int32_t)i != t->shard_by)
            say_value(g, &t->columns[i]);
        else if (parameter)
            say_odd_parameter(g, which);
        else
            say_form(g, which);
    }
    say(g, ")");
    g->loose_warnings = true;
    done_write(g, t);
    say(g, "SELECT COUNT(*) FROM %s WHERE %s = ", t->name, key_column(t)->name);
    g->prepared = false;
    say_form(g, which);
    g->loose_warnings = true;
    done(g, ORDER_ANY);
}

void make_conditions(gen *g)
{
    static const char *const texts[] = {
        "SELECT id FROM users WHERE id = # OR age = 3",
        "SELECT id FROM users WHERE NOT (id <> #)",
        "SELECT id FROM users WHERE NOT (id <> # OR age > 20)",
        "SELECT id FROM users WHERE id = # XOR age IS NULL",
        "SELECT id FROM users WHERE (id = #) = 0",
        "SELECT id FROM users WHERE (id = #) IS NOT TRUE",
        "SELECT id FROM users WHERE (id = # AND age = 3) IS NULL",
        "SELECT id FROM users WHERE !(id = #)",
        "SELECT id FROM users WHERE NOT id = #",
        "SELECT id FROM users WHERE id = # IS FALSE",
        "SELECT id FROM users WHERE id NOT IN (#, %)",
        "SELECT id FROM users WHERE id NOT BETWEEN # AND %",
        "SELECT id FROM users WHERE id = # OR id = % OR id IS NULL",
        "SELECT id FROM users WHERE (id = # OR id = %) AND (id = # OR age > 5)",
        "SELECT id FROM users WHERE id IN (#, %) AND id <> #",
        "SELECT id FROM users WHERE id = # AND (age = 3 OR 1)",
        "SELECT id FROM users WHERE # = id",
        "SELECT id FROM users WHERE # IN (id, age)",
        "SELECT id FROM users WHERE # BETWEEN id AND age",
        "SELECT id FROM users WHERE id = # = 1",
        "SELECT id FROM users WHERE IF(id = #, 1, 0)",
        "SELECT id FROM users WHERE CASE WHEN id = # THEN 1 ELSE age = 3 END",
        "SELECT id FROM users WHERE id = # || age = 3",
        "SELECT id FROM users WHERE (id, age) = (#, 3) OR (id, age) <> (%, 3)",
        "SELECT id FROM users WHERE (id, age) > (#, 3)",
        "SELECT id FROM users WHERE ROW(id, login) IN ((#, 'a'), (%, 'b'))",
        "SELECT id FROM users WHERE (age, id) IN ((3, #), (4, %), (NULL, #))",
        "SELECT id FROM users WHERE (id, age) <=> (#, NULL)",
        "SELECT id FROM users HAVING id = #",
        "SELECT age AS id FROM users HAVING id = #",
        "SELECT age AS id FROM users WHERE id = #",
        "SELECT id FROM users u WHERE EXISTS (SELECT 1 FROM orders id WHERE id.user_id = # AND id.user_id = u.id)",
        "SELECT id FROM users WHERE id = # LIMIT 0",
        "SELECT COUNT(*) FROM users WHERE id = # AND id = %",
        "SELECT COUNT(*), MIN(age), GROUP_CONCAT(id) FROM users WHERE id = NULL",
        "SELECT id FROM users WHERE id = (SELECT #)",
        "SELECT id FROM users WHERE id = (SELECT MIN(id) FROM users)",
        "SELECT id FROM users WHERE id >= # AND id <= #",
        "SELECT id FROM users WHERE id > # AND id < %",
        "SELECT id FROM users WHERE id LIKE '#'",
        "SELECT id FROM users WHERE id REGEXP '^#$'",
        "SELECT id FROM users WHERE id = # COLLATE utf8mb4_bin",
        "SELECT id FROM users WHERE id = age",
        "SELECT id FROM users WHERE id = -#",
        "SELECT id FROM users WHERE id = @nothing",
        "SELECT id FROM users WHERE id = ABS(-#)",
        "SELECT word FROM words WHERE word LIKE 'a'",
        "SELECT word FROM words WHERE word = 'a' COLLATE utf8mb4_unicode_ci",
        "SELECT word FROM words WHERE LOWER(word) = 'a'",
        "SELECT address FROM emails WHERE LOWER(address) = 'eve'",
        "SELECT address FROM emails WHERE address LIKE 'EVE%'",
        "SELECT address FROM emails WHERE address = 'EVE' OR verified = 1",
        "SELECT address FROM emails WHERE BINARY address = 'EVE'",
        "SELECT address FROM emails WHERE address COLLATE utf8mb4_bin = 'eve'",
        "SELECT owner, id FROM notes WHERE owner IS NULL",
        "SELECT owner, id FROM notes WHERE owner IS NULL OR owner = #",
        "SELECT owner, id FROM notes WHERE owner <=> NULL AND id > 3",
        "SELECT owner, id FROM notes WHERE owner = # OR NULL",
        "SELECT owner, id FROM notes WHERE owner IS NOT NULL AND owner IN (#, NULL)",
        "SELECT owner, id FROM notes WHERE owner NOT IN (#, NULL)",
        "SELECT customer FROM tickets WHERE customer % 12 = 3",
        "SELECT id FROM archive WHERE id BETWEEN # AND % OR id = 140",
        "SELECT id FROM archive WHERE NOT id BETWEEN # AND %",
        "SELECT country FROM stores WHERE country > 'fr' OR country IN ('de', 'zz')",
        "SELECT day FROM clicks WHERE day >= '2024-02-01' AND day < '2024-03-01'",
        "SELECT day FROM clicks WHERE day > '2024-02-05' AND day <= '2024-03-03'",
        "SELECT day FROM clicks WHERE MONTH(day) = 3",
        /* to the very first of the next shard's keys, over 2, 3 and 8 shards */
        "SELECT id FROM archive WHERE id BETWEEN # - 70 AND 50",
        "SELECT id FROM archive WHERE id BETWEEN -10 AND 16",
        "SELECT id FROM archive WHERE id BETWEEN 20 AND 83",
        "SELECT id FROM archive WHERE id BETWEEN 10 AND 25",
        "SELECT id FROM archive WHERE id >= 10 AND id <= 16",
        "SELECT id, day FROM clicks WHERE day BETWEEN '2024-01-02' AND '2024-02-01'",
        "SELECT id, day FROM clicks WHERE day BETWEEN '2024-03-02' AND '2024-04-01'",
    };
    say_template(g, RNG_PICK(g->r, texts));
    done(g, ORDER_ANY);
}

void make_tricky_joins(gen *g)
{
    static const char *const texts[] = {
        "SELECT u.id, o.id FROM users u LEFT JOIN orders o ON o.user_id = u.id AND u.id = #",
        "SELECT u.id, o.id FROM users u LEFT JOIN orders o ON o.user_id = u.id AND o.user_id = #",
        "SELECT u.id, o.id FROM users u LEFT JOIN orders o ON o.user_id = # WHERE u.id = #",
        "SELECT u.id, o.id FROM users u LEFT JOIN orders o ON o.user_id = # WHERE u.id = %",
        "SELECT u.id, o.id FROM users u LEFT JOIN orders o ON o.user_id = u.id WHERE o.user_id = #",
        "SELECT u.id, o.id FROM users u LEFT JOIN orders o ON o.user_id = u.id WHERE o.user_id IS NULL AND u.id = #",
        "SELECT u.id, o.id FROM orders o RIGHT JOIN users u ON o.user_id = u.id AND o.user_id = #",
        "SELECT u.id, o.id FROM users u RIGHT JOIN orders o ON o.user_id = u.id AND u.id = #",
        "SELECT u.id, o.id FROM users u JOIN orders o ON o.user_id = u.id OR o.user_id = #",
        "SELECT u.id, o.id FROM users u JOIN orders o ON o.user_id = u.id + 1 WHERE u.id = #",
        "SELECT u.id, o.id FROM users u JOIN orders o ON o.id = u.id WHERE u.id = 3",
        "SELECT u.id, o.id FROM users u, orders o WHERE u.id = # AND o.user_id = #",
        "SELECT u.id, o.id FROM users u, orders o WHERE u.id = # AND o.user_id = %",
        "SELECT u.id, o.id FROM users u JOIN orders o ON o.user_id = u.id WHERE u.id = # OR o.id = 1",
        "SELECT a.id, b.id FROM users a JOIN users b ON a.id = b.id WHERE a.id = #",
        "SELECT a.id, b.id FROM users a JOIN users b ON a.age = b.id WHERE a.id = #",
        "SELECT a.id, b.id FROM users a LEFT JOIN users b ON b.id = a.id AND b.id = # WHERE a.id IN (#, %)",
        "SELECT n.id, u.id FROM notes n JOIN users u ON u.id = n.owner WHERE n.owner = #",
        "SELECT n.id, u.id FROM notes n LEFT JOIN users u ON u.id <=> n.owner WHERE n.owner IS NULL",
        "SELECT t.id, u.id FROM tickets t JOIN users u ON u.id = t.customer WHERE u.id = #",
        "SELECT c.code, u.id FROM countries c LEFT JOIN users u ON u.country = c.code AND u.id = #",
        "SELECT c.code, u.id FROM users u RIGHT JOIN countries c ON u.country = c.code WHERE u.id = # OR u.id IS NULL",
        "SELECT c.code FROM countries c WHERE NOT EXISTS (SELECT 1 FROM users u WHERE u.country = c.code)",
        "SELECT c.code FROM countries c WHERE c.code NOT IN (SELECT u.country FROM users u WHERE u.id = #)",
        "SELECT c.code, (SELECT COUNT(*) FROM users u WHERE u.country = c.code) AS n FROM countries c",
        "SELECT code FROM countries UNION ALL SELECT country FROM users",
        "SELECT code FROM countries UNION ALL SELECT country FROM users WHERE id = #",
        "SELECT COUNT(*) FROM countries, users",
        "SELECT COUNT(*) FROM countries c JOIN rates r ON r.code = c.code JOIN users u ON u.country = c.code",
        "SELECT id FROM users WHERE id = # UNION SELECT id FROM users WHERE id = %",
        "SELECT id FROM users WHERE id = # UNION ALL SELECT user_id FROM orders WHERE user_id = #",
        "SELECT * FROM (SELECT id, age FROM users WHERE id = #) d WHERE d.age IS NOT NULL OR d.id = %",
        "SELECT * FROM (SELECT id, age FROM users) d WHERE d.id = #",
        "SELECT * FROM (SELECT id AS k, age AS id FROM users) d WHERE d.id = #",
        "SELECT * FROM (SELECT age AS id, MAX(id) AS m FROM users GROUP BY age) d WHERE d.id = 3",
        "SELECT * FROM (SELECT id FROM users ORDER BY id LIMIT 3) d WHERE d.id = #",
        "SELECT d.n, u.id FROM (SELECT COUNT(*) AS n FROM orders WHERE user_id = #) d, users u WHERE u.id = #",
        "WITH d AS (SELECT id FROM users WHERE id = #) SELECT a.id, b.id FROM d a JOIN d b ON 1",
        "WITH d AS (SELECT * FROM users) SELECT d.id, o.id FROM d JOIN orders o ON o.user_id = d.id WHERE d.id = #",
        "WITH d AS (SELECT * FROM users) SELECT (SELECT COUNT(*) FROM d) AS n, id FROM d WHERE id = #",
        "SELECT id FROM users WHERE id = # AND age >= (SELECT AVG(age) FROM users)",
        "SELECT id FROM users u WHERE id = # AND EXISTS (SELECT 1 FROM orders o WHERE o.user_id = u.id)",
        "SELECT id FROM users u WHERE id = # AND EXISTS (SELECT 1 FROM orders o WHERE o.user_id <> u.id)",
        "SELECT id FROM users u WHERE id = # AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.user_id = %)",
        "SELECT id, (SELECT COUNT(*) FROM orders) AS n FROM users WHERE id = #",
        "SELECT id, (SELECT MAX(o.id) FROM orders o WHERE o.user_id = users.id) AS n FROM users WHERE id = #",
        "SELECT id FROM users WHERE id IN (SELECT user_id FROM orders WHERE user_id = #)",
        "SELECT id FROM users WHERE (SELECT COUNT(*) FROM notes WHERE owner = #) > 0 AND id = #",
        "SELECT u.id, l.line FROM users u JOIN orders o ON o.user_id = u.id JOIN order_lines l ON l.user_id = "
        "o.user_id AND "
        "l.order_id = o.id WHERE l.user_id = #",
        "SELECT u.id, l.line FROM users u LEFT JOIN (orders o JOIN order_lines l ON l.user_id = o.user_id) ON "
        "o.user_id = u.id WHERE "
        "u.id = #",
        "SELECT u.id, l.line FROM users u LEFT JOIN orders o ON o.user_id = u.id LEFT JOIN order_lines l ON l.user_id "
        "= o.user_id "
        "WHERE u.id = #",
        "SELECT * FROM orders NATURAL JOIN order_lines WHERE user_id = #",
        "SELECT o.id FROM orders o JOIN order_lines l USING (user_id) WHERE user_id = #",
        "SELECT COUNT(*) FROM users u JOIN emails e ON e.user_id = u.id WHERE e.address = 'eve'",
        "SELECT COUNT(*) FROM audit a JOIN users u ON u.id = a.user_id WHERE u.id = #",
        "SELECT COUNT(*) FROM audit a LEFT JOIN users u ON u.id = a.user_id AND u.id = #",
        "SELECT w.word FROM words w JOIN words v ON w.word = v.word WHERE v.word = 'a'",
        "SELECT e.address FROM emails e JOIN emails f ON e.address = f.address WHERE f.address = 'EVE'",
        "SELECT w.word, e.address FROM words w JOIN emails e ON e.address = w.word WHERE w.word = 'a'",
        "SELECT w.word, e.address FROM words w JOIN emails e ON e.address = w.word WHERE e.address = 'a'",
        "SELECT w.word, e.address FROM words w JOIN emails e ON e.address = w.word WHERE e.address = 'b'",
        "SELECT w.word, e.address FROM words w JOIN emails e ON w.word = e.address WHERE e.address = 'ab'",
        "SELECT w.word, e.address FROM emails e, words w WHERE e.address = 'z' AND w.word = e.address",
        "SELECT k.k, u.id FROM wide_keys k JOIN users u ON u.id = k.k WHERE u.id = #",
        "SELECT d.day, s.at FROM days d JOIN stamps s ON s.at = d.day WHERE d.day = '2024-03-03'",
    };
    say_template(g, RNG_PICK(g->r, texts));
    done(g, ORDER_ANY);
}

void make_tricky_writes(gen *g)
{
    static const struct {
        const char *sql, *writes;
    } forms[] = {
        {"UPDATE users SET age = 1 WHERE id = # OR age = 29", "users"},
        {"UPDATE users SET id = id WHERE id = #", "users"},
        {"UPDATE users SET id = # WHERE id = #", "users"},
        {"UPDATE users SET age = (SELECT COUNT(*) FROM orders WHERE user_id = #) WHERE id = #", "users"},
        {"UPDATE users SET age = (SELECT COUNT(*) FROM orders WHERE user_id = %) WHERE id = #", "users"},
        {"UPDATE users SET age = 2 WHERE id IN (SELECT user_id FROM orders WHERE user_id = #)", "users"},
        {"UPDATE users SET age = 2 WHERE id = # LIMIT 1", "users"},
        {"UPDATE users SET age = 2 ORDER BY id LIMIT 1", "users"},
        {"UPDATE users SET balance = balance + 1", "users"},
        {"DELETE FROM notes WHERE owner IS NULL AND id = 3", "notes"},
        {"DELETE FROM notes WHERE owner <=> NULL AND id = 4", "notes"},
        {"DELETE FROM orders ORDER BY user_id, id LIMIT 1", "orders"},
        {"DELETE FROM orders WHERE user_id = # AND id IN (SELECT order_id FROM order_lines WHERE user_id = #)",
         "orders"},
        {"DELETE FROM orders WHERE user_id = # AND id NOT IN (SELECT order_id FROM order_lines WHERE user_id = %)",
         "orders"},
        {"INSERT INTO notes (id, body) VALUES (#, 'no owner')", "notes"},
        {"INSERT INTO notes (owner, id, body) VALUES (NULL, #, 'null owner')", "notes"},
        {"INSERT INTO notes (owner, id, body) VALUES (DEFAULT, #, 'default owner')", "notes"},
        {"INSERT INTO notes (owner, id, body) VALUES (#, 1, 'a'), (%, 2, 'b'), (NULL, 3, 'c')", "notes"},
        {"INSERT INTO notes (owner, id, body) VALUES (# + 1, 1, 'a')", "notes"},
        {"INSERT INTO notes (owner, id, body) SELECT #, 9, 'from nothing'", "notes"},
        {"INSERT INTO notes (owner, id, body) SELECT user_id, id, 'same key' FROM orders WHERE user_id = #", "notes"},
        {"INSERT IGNORE INTO orders (user_id, id, country, placed, qty) SELECT user_id, id + 1, country, placed, qty "
         "FROM orders "
         "WHERE user_id = #",
         "orders"},
        {"INSERT IGNORE INTO orders (user_id, id, country, placed, qty) SELECT # , 7, code, '2024-01-01', 1 FROM "
         "countries WHERE code "
         "= 'de'",
         "orders"},
        {"INSERT INTO users (login, balance, country, state, id) VALUES ('l', 1, 'de', 'new', #) ON DUPLICATE KEY "
         "UPDATE id = %",
         "users"},
        {"INSERT INTO users (login, balance, country, state, id) VALUES ('l', 1, 'de', 'new', #) ON DUPLICATE KEY "
         "UPDATE age = 9, "
         "name = login",
         "users"},
        {"INSERT INTO users (login, balance, country, state, id) VALUES ('l', 1, 'de', 'new', #), ('m', 1, 'de', "
         "'new', %) ON "
         "DUPLICATE KEY UPDATE balance = balance + VALUES(balance)",
         "users"},
        {"REPLACE INTO users (login, balance, country, state, id) VALUES ('l', 1, 'de', 'new', #), ('m', 2, 'at', "
         "'new', %)",
         "users"},
        {"REPLACE INTO users SET login = 'set', balance = 3, country = 'de', state = 'gone', id = #", "users"},
        {"INSERT INTO shopd.users (login, balance, country, state, id) VALUES ('q', 1, 'de', 'new', 2#)", "users"},
        {"UPDATE shopd.users SET shopd.users.age = 4 WHERE shopd.users.id = #", "users"},
        {"UPDATE users u, orders o SET u.age = 5, o.qty = 5 WHERE u.id = # AND o.user_id = u.id", "users"},
        {"UPDATE users u, orders o SET u.age = 5 WHERE u.id = # AND o.user_id = %", "users"},
        {"DELETE u FROM users u LEFT JOIN orders o ON o.user_id = u.id WHERE u.id = # AND o.id IS NULL", "users"},
        {"DELETE FROM users WHERE id = # RETURNING id, age", "users"},
        {"INSERT INTO emails VALUES ('New@x.org', #, 1, NULL)", "emails"},
        {"INSERT INTO emails VALUES ('NEW@X.ORG ', #, 1, NULL)", "emails"},
        {"UPDATE emails SET verified = 1 - verified WHERE address = 'new@x.ORG  '", "emails"},
        {"DELETE FROM emails WHERE address = 'new@X.org'", "emails"},
        {"INSERT INTO stores VALUES ('xx', #, 'not listed')", "stores"},
        {"INSERT INTO stores VALUES ('de', 1#, 'listed'), ('at', 1#, 'listed')", "stores"},
        {"INSERT INTO clicks VALUES ('2023-12-31', 1, 1)", "clicks"},
        {"INSERT IGNORE INTO clicks VALUES ('2025-12-31', 1, 1), ('2024-02-29', 2, 2)", "clicks"},
        {"INSERT INTO tickets VALUES (-#, 9, 'negative', 1)", "tickets"},
        {"UPDATE tickets SET points = points + 1 WHERE customer = -13", "tickets"},
        {"UPDATE countries SET area = area + 1", "countries"},
        {"UPDATE countries SET area = (SELECT COUNT(*) FROM users WHERE id = #) WHERE code = 'de'", "countries"},
        {"INSERT IGNORE INTO countries SELECT country, 'made', 1, NULL FROM users WHERE id = #", "countries"},
        {"INSERT IGNORE INTO countries SELECT code, 'made', 1, NULL FROM rates WHERE id < 4 ORDER BY id", "countries"},
        {"INSERT INTO audit (what, user_id) SELECT 'x', id FROM users WHERE id = #", "audit"},
    };
    uint32_t form = below(g, sizeof forms / sizeof *forms);
    say_template(g, forms[form].sql);
    if (strncmp(forms[form].sql, "UPDATE users u", 14) == 0 || strncmp(forms[form].sql, "DELETE u", 8) == 0)
        g->out->written |= UINT64_C(3); /* users, orders */
    done_write(g, table_named(forms[form].writes));
}
