/* check_server.c - what is wrong with one server and with the rights of its user. SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>

#include "tools/check_live.h"

enum { MAX_SQL = 65536 }; /* with the names of all roles */
/* Of the server, as errors have them. */
enum { DENIED_SCHEMA = 1044, DENIED = 1045, NO_SCHEMA = 1049 };

void check_unreached(check *c, const check_server *at, const weir_error *error)
{
    const char *user = at->shard->settings.user ? at->shard->settings.user : "", *schema = at->shard->schema, *fix;
    if (error->server_errno == DENIED)
        fix =
            check_printf(c, "password: in weir.yaml, or on the server ALTER USER '%s'@'%%' IDENTIFIED BY '..';", user);
    else if (error->server_errno == NO_SCHEMA)
        fix = check_printf(c, "CREATE DATABASE `%s`; or schema: of the shard in weir.yaml", schema);
    else if (error->server_errno == DENIED_SCHEMA)
        fix = check_printf(c, "GRANT SELECT, INSERT, UPDATE, DELETE ON `%s`.* TO '%s'@'%%'; or schema: in weir.yaml",
                           schema, user);
    else
        fix = "start the server; or its address, tls: or timeouts: {connect: ..} in weir.yaml";
    check_tell(c, CHECK_ERROR, at, "",
               "no connection: %s" CHECK_SHOULD "a login as %s with the schema %s" CHECK_FIX "%s", error->text,
               *user ? user : "the user that is not given", schema, fix);
}

static void version(check *c, const check_server *at, const weir__conn *conn)
{
    bool known = conn->mariadb ? conn->version >= 100600 && conn->version < 120000
                               : conn->version >= 80000 && conn->version < 100000;
    if (!known)
        check_tell(c, CHECK_WARNING, at, "",
                   "%s %u.%u is a version that weir was not made for" CHECK_SHOULD
                   "MariaDB 10.6 to 11, or MySQL 8 or 9" CHECK_FIX
                   "use such a version, or run the service's tests on this one",
                   conn->mariadb ? "MariaDB" : "MySQL", conn->version / 10000, conn->version / 100 % 100);
}

/* Rights, as SHOW GRANTS lists them line by line; a line of a role that is active counts too. */
typedef struct rights {
    const char *schema;
    char past_read_only[32]; /* the right that writes on a replica; "" for none */
    bool triggers;           /* sees the triggers of the schema */
} rights;

/* Does the pattern of a grant, "`shop`.*", cover the schema? */
static bool covers(weir_str object, const char *schema)
{
    if (weir__str_is(object, "*.*"))
        return true;
    if (object.size < 4 || memcmp(object.data + object.size - 3, "`.*", 3) != 0)
        return false;
    size_t at = 0;
    for (size_t i = 1; i + 3 < object.size; i++) {
        char sign = object.data[i];
        if (sign == '%')
            return true; /* a wildcard: let it be */
        if (sign == '\\')
            continue;
        if (schema[at] != sign && sign != '_')
            return false;
        at++;
    }
    return schema[at] == '\0';
}

static void note_right(rights *r, weir_str right, weir_str object)
{
    static const char *const past[] = {"ALL PRIVILEGES", "SUPER", "READ_ONLY ADMIN", "READ ONLY ADMIN",
                                       "CONNECTION_ADMIN" /* MySQL's */};
    if (weir__str_is(object, "*.*") && !r->past_read_only[0])
        for (size_t i = 0; i < sizeof past / sizeof *past; i++)
            if (weir__str_is(right, past[i]))
                snprintf(r->past_read_only, sizeof r->past_read_only, "%s", past[i]);
    if ((weir__str_is(right, "TRIGGER") || weir__str_is(right, "ALL PRIVILEGES")) && covers(object, r->schema))
        r->triggers = true;
}

static void grant_row(void *context, const weir_column *names, const weir_str *cells, uint32_t count)
{
    static const char head[] = "GRANT ";
    rights *r = context;
    weir_str line = cells[0];
    (void)names;
    (void)count;
    const char *end = line.data + line.size;
    const char *on = line.size > sizeof head ? memmem(line.data, line.size, " ON ", 4) : NULL;
    const char *to = on ? memmem(on, (size_t)(end - on), " TO ", 4) : NULL;
    if (!to || memcmp(line.data, head, sizeof head - 1) != 0)
        return;
    weir_str object = weir__slice(on + 4, to);
    for (const char *right = line.data + sizeof head - 1; right < on;) {
        const char *comma = memmem(right, (size_t)(on - right), ", ", 2);
        note_right(r, weir__slice(right, comma ? comma : on), object);
        right = comma ? comma + 2 : on;
    }
}

static void role_row(void *context, const weir_column *names, const weir_str *cells, uint32_t count)
{
    weir__buf *sql = context;
    (void)names;
    (void)count;
    if (cells[0].data && !weir__str_is(cells[0], "NONE"))
        weir__buf_addf(sql, "SHOW GRANTS FOR CURRENT_USER() USING %.*s", WEIR__STR(cells[0]));
}

/* MySQL does not show what active roles may unless it is asked; MariaDB does. */
static bool read_rights(check *c, check_server *at, weir__conn *conn, rights *r)
{
    weir__buf sql;
    if (!check_ask(c, at, conn, "SHOW GRANTS", grant_row, r))
        return false;
    weir__buf_init(&sql, &c->s->env.mem, MAX_SQL);
    bool read = conn->mariadb || check_ask(c, at, conn, "SELECT CURRENT_ROLE()", role_row, &sql);
    if (read && sql.size)
        read = check_ask(c, at, conn, weir__buf_text(&sql), grant_row, r);
    weir__buf_deinit(&sql);
    return read;
}

static bool minds_triggers(const check *c, const weir__database_config *database)
{
    for (size_t i = 0; i < c->s->config->table_count; i++) {
        const weir__table_config *rule = &c->s->config->tables[i];
        if (rule->database == database && (check_is_sharded(rule) || rule->cache.in))
            return true;
    }
    return false;
}

static void check_rights(check *c, check_server *at, weir__conn *conn)
{
    const weir__shard_config *shard = at->shard;
    rights r = {.schema = shard->schema};
    if (!read_rights(c, at, conn, &r))
        return;
    if (r.past_read_only[0])
        check_tell(c, shard->replica_count ? CHECK_ERROR : CHECK_WARNING, at, "",
                   "the user %s has %s ON *.*, with which it can write on a server that is read_only" CHECK_SHOULD
                   "a user without it: read_only is what keeps weir from writing to two primaries" CHECK_FIX
                   "REVOKE %s ON *.* FROM '%s'@'..'; or another user: in weir.yaml",
                   shard->settings.user, r.past_read_only, r.past_read_only, shard->settings.user);
    if (!at->replica && !r.triggers && minds_triggers(c, shard->database))
        check_tell(c, CHECK_WARNING, at, "",
                   "the user %s may not see triggers, so they were not looked at" CHECK_SHOULD
                   "the right TRIGGER for who runs weir check --live" CHECK_FIX
                   "GRANT TRIGGER ON `%s`.* TO '%s'@'..'; or --config with a weir.yaml that names a user who has it",
                   shard->settings.user, shard->schema, shard->settings.user);
}

void check_server_itself(check *c, check_server *at, weir__conn *conn)
{
    version(c, at, conn);
    check_rights(c, at, conn);
}
