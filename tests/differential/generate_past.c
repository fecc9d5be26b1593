/* generate_past.c - what a session asks of its own statements, while another one uses the same connections. SPDX-License-Identifier: Apache-2.0
 * Two sessions take turns; each has a raw connection of its own on the reference's side. Messages that name a schema are left out: that
 * of a shard has another name. */
#include "tests/differential/generate.h"

static void run(gen *g, const char *sql)
{
    say(g, "%s", sql);
    statement *s = done(g, ORDER_ANY);
    s->session = g->session;
}

static void write(gen *g)
{
    statement *s = done_write(g, table_named("audit"));
    s->session = g->session;
}

/* An id that may be there or not; ids that were given by the statement must not collide with each other too often. */
static uint32_t some_id(gen *g)
{
    return chance(g, 50) ? 1 + below(g, 60) : 1000 + below(g, 3000);
}

static void make_insert_of_one(gen *g)
{
    switch (below(g, 8)) {
    case 0:
    case 1:
        g->prepared = chance(g, 50);
        say(g, "INSERT INTO audit (what, cost) VALUES ('past', ");
        say_value(g, &table_named("audit")->columns[3]);
        say(g, ")");
        break;
    case 2:
        say(g, "INSERT INTO audit (id, what) VALUES (%s, 'null')", chance(g, 50) ? "NULL" : "0");
        break;
    case 3:
        say(g, "INSERT INTO audit (id, what) VALUES (%u, 'own')", some_id(g));
        break;
    case 4:
        g->prepared = true;
        say(g, "INSERT INTO audit (id, what) VALUES (");
        say_datum(g, &(datum){.type = chance(g, 50) ? WEIR_T_NULL : WEIR_T_INT, .i = some_id(g)});
        say(g, ", 'bound')");
        break;
    case 5:
        say(g, "INSERT INTO audit SET what = 'set'");
        break;
    case 6:
        say(g, "INSERT IGNORE INTO audit (id, what) VALUES (%u, 'ignored')", some_id(g));
        break;
    default:
        say(g, "INSERT INTO audit (id, what) VALUES (%u + 1, 'expression')", some_id(g));
        break;
    }
    write(g);
    g->prepared = false;
}

static void make_insert_of_several(gen *g)
{
    uint32_t id = some_id(g);
    switch (below(g, 9)) {
    case 0:
        say(g, "INSERT INTO audit (what) VALUES ('a'), ('b')");
        break;
    case 1:
        say(g, "INSERT INTO audit (id, what) VALUES (NULL, 'a'), (%u, 'b')", id);
        break;
    case 2:
        say(g, "INSERT INTO audit (id, what) VALUES (%u, 'a'), (NULL, 'b')", id);
        break;
    case 3:
        say(g, "INSERT INTO audit (id, what) VALUES (%u, 'a'), (%u, 'b')", id, id + 1);
        break;
    case 4:
        say(g, "INSERT INTO audit (id, what) VALUES (NULL, 'a'), (1, 'fails'), (1, 'fails')");
        break;
    case 5:
        say(g, "INSERT INTO audit (what) SELECT what FROM audit WHERE id = %u", 1 + below(g, 60));
        break;
    case 6:
        say(g, "INSERT INTO audit (id, what) SELECT %u, 'selected'", id);
        break;
    case 7:
        say(g, "INSERT INTO audit (id, what) VALUES (%u, 'a') ON DUPLICATE KEY UPDATE what = 'again%u'", id,
            below(g, 3));
        break;
    default:
        say(g,
            "INSERT INTO audit (id, what) VALUES (%u, 'a'), (%u, 'b') ON DUPLICATE KEY UPDATE what = 'both', id = "
            "LAST_INSERT_ID(id)",
            id, id + 1);
        break;
    }
    write(g);
}

static void make_other_write(gen *g)
{
    switch (below(g, 7)) {
    case 0:
        say(g, "REPLACE INTO audit (id, what) VALUES (%u, 'replaced')", some_id(g));
        break;
    case 1:
        say(g, "UPDATE audit SET cost = 7 WHERE id < %u", below(g, 20));
        break;
    case 2:
        say(g, "UPDATE audit SET cost = LAST_INSERT_ID(%u) WHERE id = %u", below(g, 90), 1 + below(g, 20));
        break;
    case 3:
        say(g, "DELETE FROM audit WHERE id = %u", 1 + below(g, 60));
        break;
    case 4:
        say(g, "INSERT INTO audit (what) VALUES ('r') RETURNING id");
        break;
    case 5:
        say(g, "INSERT INTO audit (id, what) VALUES (%u, 'r') RETURNING what", some_id(g));
        break;
    default:
        say(g, "INSERT INTO audit (what, cost) VALUES ('child', LAST_INSERT_ID())");
        break;
    }
    write(g);
}

static void make_read(gen *g)
{
    static const char *const texts[] = {
        "SELECT 1",
        "SELECT 1 UNION SELECT 2",
        "SELECT 1/0",
        "SELECT 'a' + 1, 2/0",
        "SELECT id FROM audit WHERE id < 4",
        "SELECT id FROM audit ORDER BY id LIMIT 2",
        "SELECT id FROM audit ORDER BY id LIMIT 2 OFFSET 1",
        "SELECT SQL_CALC_FOUND_ROWS id FROM audit ORDER BY id LIMIT 2",
        "SELECT SQL_CALC_FOUND_ROWS id/0 FROM audit ORDER BY id LIMIT 3",
        "SELECT COUNT(*) FROM audit WHERE what = 'past'",
        "SELECT id, 1/0 FROM audit WHERE id < 3 ORDER BY id",
        "SELECT id FROM audit WHERE id IS NULL",
        "SELECT (SELECT id FROM audit)",
        "SELECT nosuch FROM audit",
        "SELECT LAST_INSERT_ID(41)",
        "SELECT LAST_INSERT_ID(42), LAST_INSERT_ID()",
        "SELECT id FROM audit WHERE id = 1 UNION ALL SELECT 5",
        "SELECT (SELECT 1 FROM audit WHERE id = 3)",
        "SET sql_notes = 1",
        "UPDATE audit SET nosuch = 1",
    };
    run(g, RNG_PICK(g->r, texts));
}

static void make_question(gen *g)
{
    static const char *const texts[] = {
        "SELECT LAST_INSERT_ID()",
        "SELECT LAST_INSERT_ID(), ROW_COUNT(), FOUND_ROWS()",
        "SELECT ROW_COUNT()",
        "SELECT  row_count( )  + 1 , FOUND_ROWS() AS f, LAST_INSERT_ID() l",
        "SELECT FOUND_ROWS()",
        "SELECT @@identity, @@session.last_insert_id",
        "SELECT @@warning_count, @@error_count",
        "SHOW WARNINGS",
        "SHOW WARNINGS LIMIT 1",
        "SHOW WARNINGS LIMIT 1, 2",
        "SHOW ERRORS",
        "SHOW COUNT(*) WARNINGS",
        "SHOW COUNT(*) ERRORS",
        "SELECT CONCAT('id ', LAST_INSERT_ID()), -ROW_COUNT(), IF(FOUND_ROWS() > 1, 'some', 'none') AS `a``b`",
        "SELECT what FROM audit WHERE id = LAST_INSERT_ID()",
        "SELECT ROW_COUNT() FROM audit WHERE id < 4",
        "SELECT CASE WHEN ROW_COUNT() > 0 THEN 1 ELSE 2 END, FOUND_ROWS() * id FROM audit WHERE id < 3 ORDER BY id",
        "SELECT id + LAST_INSERT_ID() s FROM audit WHERE id < 3 ORDER BY id",
        "SELECT ROW_COUNT(), @@error_count AS errors, 1",
        "SELECT (SELECT LAST_INSERT_ID()) + 1, ((ROW_COUNT())), ROW_COUNT() = 'x' 'text', ROW_COUNT() IS NULL",
        "SELECT * FROM (SELECT LAST_INSERT_ID(), FOUND_ROWS() + 1) d",
        "SELECT 1 FROM audit WHERE id = 1 AND ROW_COUNT() < 100 ORDER BY LAST_INSERT_ID() LIMIT 1",
    };
    if (chance(g, 15)) {
        g->prepared = true;
        say(g, "SELECT ");
        say_value(g, &table_named("audit")->columns[2]);
        say(g, ", LAST_INSERT_ID(), ROW_COUNT(), FOUND_ROWS()");
        g->prepared = false;
        done(g, ORDER_ANY)->session = g->session;
        return;
    }
    run(g, RNG_PICK(g->r, texts));
}

static void say_step(gen *g, step_kind what)
{
    step(g, what);
    g->out->steps[g->out->count - 1].session = g->session;
}

/* One of the two may be in a transaction; the other one does not touch its rows then, but for new ones. */
void make_past(gen *g)
{
    bool open = false;
    g->out->apart = true;
    uint32_t steps = 6 + below(g, MAX_STEPS - 8);
    for (uint32_t i = 0; i < steps; i++) {
        g->session = (uint8_t)chance(g, 35);
        if (g->session == 0 && chance(g, open ? 15 : 8)) {
            say_step(g, !open ? STEP_BEGIN : chance(g, 70) ? STEP_COMMIT : STEP_ROLLBACK);
            open = !open;
        } else if (g->session == 1 && open) {
            if (chance(g, 60))
                run(g, chance(g, 50) ? "SELECT 1/0" : "SELECT LAST_INSERT_ID(), ROW_COUNT()");
            else
                make_question(g);
        } else {
            switch (below(g, 10)) {
            case 0:
            case 1:
                make_insert_of_one(g);
                break;
            case 2:
                make_insert_of_several(g);
                break;
            case 3:
                make_other_write(g);
                break;
            case 4:
            case 5:
                make_read(g);
                break;
            default:
                make_question(g);
            }
        }
    }
    g->session = 0;
    if (open)
        say_step(g, STEP_COMMIT);
}
