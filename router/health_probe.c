/* health_probe.c - see health_probe.h. SPDX-License-Identifier: Apache-2.0
 * Positions are asked in MariaDB's words. MySQL's GTID sets are not read: its positions are not known (docs/consistency.md). */
#include "router/health_probe.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"

enum { MOST_SQL = 2048, FACTS = 11 };
enum { NO_SUCH_TABLE = 1146, NO_RIGHT_TABLE = 1142, NO_RIGHT_COLUMN = 1143, NO_SUCH_SCHEMA = 1049, NO_RIGHT = 1227 };

typedef void each_row(void *context, const weir_column *columns, const weir__cell *cells, uint32_t count);

static weir_status ask(weir__conn *conn, const char *sql, each_row *each, void *context, weir_error *error)
{
    weir__command command = {.sql = weir__view(sql)};
    weir__answer answer;
    weir_status status = conn->driver->run(conn, &command, &answer, error);
    if (status != WEIR_OK || answer.column_count == 0)
        return status;
    weir__cell *cells = weir__array(&conn->env->mem, answer.column_count, sizeof *cells);
    bool row = cells != NULL;
    status = row ? WEIR_OK : weir__fail_nomem(error);
    while (row && (status = conn->driver->fetch(conn, &answer, cells, &row, error)) == WEIR_OK && row)
        each(context, answer.columns, cells, answer.column_count);
    conn->driver->end(conn);
    weir__free(&conn->env->mem, cells);
    return status;
}

static weir_str text_of(const weir__cell *cell)
{
    return cell->type == WEIR_T_TEXT ? (weir_str){cell->as.p, cell->size} : (weir_str){NULL, 0};
}

static uint64_t number_of(const weir__cell *cell)
{
    weir_str text = text_of(cell);
    uint64_t n = 0;
    for (size_t i = 0; i < text.size && text.data[i] >= '0' && text.data[i] <= '9'; i++)
        n = n * 10 + (uint64_t)(text.data[i] - '0');
    return n;
}

/* "0" and "OFF"; anything else is a kind of on. */
static bool is_on(const weir__cell *cell)
{
    weir_str text = text_of(cell);
    return !weir__str_is(text, "0") && !weir__str_is_nocase(text, "OFF");
}

/* ---- the facts ---- */

typedef struct facts {
    weir__probe *probe;
    weir__heart_state state;
    uint32_t lease_ms;
    bool with_heart;
} facts;

static void take_positions(weir__probe *p, const weir__cell *cells)
{
    bool logs = is_on(&cells[3]), logs_others = is_on(&cells[4]);
    p->logs_all = logs && (logs_others || !p->read_only);
    p->positions = weir__position_parse(text_of(&cells[5]), &p->applied) &&
                   weir__position_parse(text_of(&cells[6]), &p->logged) &&
                   weir__gtid_state_parse(text_of(&cells[7]), &p->state) &&
                   weir__position_join(&p->logged, &p->applied) && (logs || p->read_only);
    for (uint32_t i = 0; p->positions && i < p->applied.count; i++)
        p->positions = weir__gtid_state_add(&p->state, p->applied.gtids[i]);
}

static void facts_row(void *context, const weir_column *columns, const weir__cell *cells, uint32_t count)
{
    facts *f = context;
    weir__probe *p = f->probe;
    (void)columns;
    if (count != FACTS)
        return;
    p->answered = true;
    p->read_only = is_on(&cells[0]) || is_on(&cells[1]);
    p->server_id = (uint32_t)number_of(&cells[2]);
    if (cells[5].type != WEIR_T_NULL)
        take_positions(p, cells);
    if (!f->with_heart)
        return;
    p->has_beat = cells[8].type != WEIR_T_NULL;
    p->beat = number_of(&cells[8]);
    uint64_t age_us = number_of(&cells[10]); /* "-5": its clock was set back: 0 */
    p->beat_age_ns = age_us * 1000;
    bool mine = !p->has_beat || number_of(&cells[9]) != 0 || age_us / 1000 > f->lease_ms;
    f->state = mine ? WEIR__HEART_MINE : WEIR__HEART_BEATS;
}

static void facts_sql(const weir__conn *conn, const weir__heart *heart, bool with_heart, char sql[MOST_SQL])
{
    char row[MOST_SQL / 2] = "", cells[WEIR__WRITER_TEXT + 128] = "NULL, NULL, NULL";
    const char *settings =
        conn->mariadb
            ? "@@global.read_only, @@global.innodb_read_only, @@global.server_id, @@global.log_bin, "
              "@@global.log_slave_updates, @@global.gtid_slave_pos, @@global.gtid_binlog_pos, "
              "@@global.gtid_binlog_state"
            : "@@global.read_only, @@global.super_read_only, @@global.server_id, @@global.log_bin, 0, NULL, NULL, NULL";
    if (with_heart) {
        snprintf(cells, sizeof cells, "h.beat, h.writer = '%s', TIMESTAMPDIFF(MICROSECOND, h.written_at, NOW(6))",
                 heart->writer);
        snprintf(row, sizeof row, " FROM (SELECT 1) AS one LEFT JOIN `%s`.`%s` AS h ON h.id = 1", heart->schema,
                 heart->table);
    }
    snprintf(sql, MOST_SQL, "SELECT %s, %s%s", settings, cells, row);
}

/* ---- replication ---- */

static bool ends(weir_str name, const char *end)
{
    size_t size = strlen(end);
    return name.size >= size && memcmp(name.data + name.size - size, end, size) == 0;
}

static bool is_filter(weir_str name)
{
    static const char *const filters[] = {
        "_Do_DB",         "_Ignore_DB",         "_Do_Table",      "_Ignore_Table",
        "_Wild_Do_Table", "_Wild_Ignore_Table", "_Do_Domain_Ids", "_Ignore_Domain_Ids",
        "_Rewrite_DB",    "_Ignore_Server_Ids"};
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++)
        if (ends(name, filters[i]))
            return true;
    return false;
}

/* One of perhaps several sources: all of them must run. */
static void replication_row(void *context, const weir_column *columns, const weir__cell *cells, uint32_t count)
{
    weir__probe *p = context;
    if (!p->replicates)
        p->io_running = p->sql_running = true;
    p->replicates = true;
    for (uint32_t i = 0; i < count; i++) {
        weir_str name = columns[i].name, value = text_of(&cells[i]);
        if (ends(name, "_IO_Running"))
            p->io_running = p->io_running && weir__str_is(value, "Yes");
        else if (ends(name, "_SQL_Running"))
            p->sql_running = p->sql_running && weir__str_is(value, "Yes");
        else if (ends(name, "Master_Server_Id") || ends(name, "Source_Server_Id"))
            p->source_id = (uint32_t)number_of(&cells[i]);
        else if (is_filter(name) && value.size)
            p->filtered = true;
    }
}

static weir_status ask_replication(weir__conn *conn, weir__probe *p, weir_error *error)
{
    const char *sql = conn->mariadb            ? "SHOW ALL SLAVES STATUS"
                      : conn->version >= 80022 ? "SHOW REPLICA STATUS"
                                               : "SHOW SLAVE STATUS";
    weir_status status = ask(conn, sql, replication_row, p, error);
    p->asked_replication = status == WEIR_OK;
    return status != WEIR_OK && error->server_errno == NO_RIGHT && !conn->broken ? WEIR_OK : status;
}

static bool no_table(int32_t number)
{
    return number == NO_SUCH_TABLE || number == NO_RIGHT_TABLE || number == NO_RIGHT_COLUMN || number == NO_SUCH_SCHEMA;
}

weir_status weir__probe_server(weir__conn *conn, const weir__heart *heart, bool with_heart, bool whole, weir__probe *p,
                               weir__heart_state *state, weir_error *error)
{
    char sql[MOST_SQL];
    facts f = {p, WEIR__HEART_MISSING, heart->lease_ms, with_heart};
    facts_sql(conn, heart, with_heart, sql);
    weir_status status = ask(conn, sql, facts_row, &f, error);
    if (status != WEIR_OK && with_heart && !conn->broken && no_table(error->server_errno)) {
        f.with_heart = false;
        facts_sql(conn, heart, false, sql);
        status = ask(conn, sql, facts_row, &f, error);
    }
    if (status == WEIR_OK && whole)
        status = ask_replication(conn, p, error);
    if (status != WEIR_OK)
        p->answered = false;
    *state = f.state;
    return status;
}

weir_status weir__probe_beat(weir__conn *conn, const weir__heart *heart, weir_error *error)
{
    char sql[MOST_SQL], mine[256];
    weir__command command = {.may_write = true};
    weir__answer answer;
    uint64_t lease_us = (uint64_t)heart->lease_ms * 1000;
    snprintf(mine, sizeof mine, "writer = VALUES(writer) OR ABS(TIMESTAMPDIFF(MICROSECOND, written_at, NOW(6))) > %llu",
             (unsigned long long)lease_us);
    /* Assigned from left to right: what decides comes last. */
    snprintf(sql, sizeof sql,
             "INSERT INTO `%s`.`%s` (id, beat, writer, written_at) VALUES (1, 1, '%s', NOW(6)) ON DUPLICATE KEY UPDATE "
             "beat = IF(%s, beat + 1, beat), writer = IF(%s, VALUES(writer), writer), "
             "written_at = IF(writer = VALUES(writer), NOW(6), written_at)",
             heart->schema, heart->table, heart->writer, mine, mine);
    command.sql = weir__view(sql);
    return conn->driver->run(conn, &command, &answer, error);
}

weir_status weir__probe_settle(weir__conn *conn, weir_error *error)
{
    /* A beat that waits for a replica's acknowledgement holds the row: the next one must not wait behind it. */
    weir__command command = {.sql = weir__view("SET SESSION innodb_lock_wait_timeout = 1")};
    weir__answer answer;
    return conn->driver->run(conn, &command, &answer, error);
}
