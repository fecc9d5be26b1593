/* cmd_setup.c - `weir setup`: makes weir's own tables on every shard, or prints the SQL for it.
 * SPDX-License-Identifier: Apache-2.0 Running it again changes nothing. */
#include <getopt.h>
#include <stdio.h>

#include "base/buf.h"
#include "schema/own_tables.h"
#include "tools/command.h"
#include "tools/servers.h"

enum { MAX_SQL = 4096 };

static const char usage[] =
    "usage: weir setup [--config FILE] [--print-sql]\n"
    "\n"
    "Makes weir's own tables (weir_*) on the primary of every shard; those that are there stay as "
    "they are.\n"
    "\n"
    "  --config FILE   instead of $WEIR_CONFIG or ./weir.yaml\n"
    "  --print-sql     print the SQL, with the GRANTs that weir's users need, and change nothing:\n"
    "                  for an administrator to read and run\n";

/* health.heartbeat may give its table another name. */
static const char *name_of(const weir__own_table *table, const weir__shard_config *shard)
{
    return strcmp(table->name, "weir_heartbeat") == 0 ? shard->settings.health.heartbeat : table->name;
}

static void create_table(weir__buf *sql, const weir__own_table *table, const weir__shard_config *shard)
{
    weir__buf_reset(sql);
    weir__buf_addf(sql, "CREATE TABLE IF NOT EXISTS `%s`.`%s` (%s) %s", shard->schema, name_of(table, shard),
                   table->columns, weir__own_table_options);
}

static void print_shard(const weir__shard_config *shard, weir__buf *sql)
{
    printf("-- shard %s: on %s\n", shard->name, shard->primary.address.text);
    for (size_t i = 0; i < weir__own_table_count; i++) {
        create_table(sql, &weir__own_tables[i], shard);
        printf("-- %s\n%s;\n", weir__own_tables[i].purpose, weir__buf_text(sql));
    }
    printf("-- what the user of the service needs beside its own tables; the host part is yours to "
           "choose\n");
    for (size_t i = 0; i < weir__own_table_count; i++)
        printf("GRANT SELECT, INSERT, UPDATE, DELETE ON `%s`.`%s` TO '%s'@'%%';\n", shard->schema,
               name_of(&weir__own_tables[i], shard), shard->settings.user);
    printf("-- to see replication's state; must not have READ_ONLY ADMIN or SUPER, which write "
           "past read_only\n");
    printf("GRANT REPLICATION CLIENT ON *.* TO '%s'@'%%'; -- MariaDB from 10.5 also: GRANT SLAVE "
           "MONITOR\n\n",
           shard->settings.user);
}

static bool make_tables(servers *s, const weir__shard_config *shard, weir__buf *sql)
{
    weir_error error;
    weir__conn *conn = server_call(s, shard, &shard->primary, &error);
    bool done = conn != NULL;
    for (size_t i = 0; done && i < weir__own_table_count; i++) {
        create_table(sql, &weir__own_tables[i], shard);
        done = server_run(conn, weir__buf_text(sql), NULL, NULL, &error) == WEIR_OK;
    }
    if (done)
        printf("shard %s: %zu tables are there on %s\n", shard->name, weir__own_table_count,
               shard->primary.address.text);
    else
        fprintf(stderr, "weir setup: shard %s at %s: %s\n%s", shard->name, shard->primary.address.text, error.text,
                error.server_errno == 1142 || error.server_errno == 1044
                    ? "its user may not create tables: give the SQL of weir setup --print-sql to "
                      "an administrator\n"
                    : "");
    server_hang_up(conn);
    return done;
}

int weir_cmd_setup(int argc, char **argv)
{
    static const struct option options[] = {{"config", required_argument, NULL, 'c'},
                                            {"print-sql", no_argument, NULL, 'p'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    const char *config = NULL;
    bool print = false, done = true;
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'c')
            config = optarg;
        else if (option == 'p')
            print = true;
        else if (option == 'h')
            return fputs(usage, stdout) < 0 ? EXIT_FAILED : EXIT_DONE;
        else
            return usage_error("setup", "that option is not known");
    }
    if (optind < argc)
        return usage_error("setup", "it takes no '%s'", argv[optind]);
    servers s;
    if (!servers_open(&s, "setup", config))
        return EXIT_FAILED;
    weir__buf sql;
    weir__buf_init(&sql, &s.env.mem, MAX_SQL);
    for (size_t d = 0; d < s.config->database_count; d++)
        for (size_t i = 0; i < s.config->databases[d].shard_count; i++) {
            const weir__shard_config *shard = &s.config->databases[d].shards[i];
            if (print)
                print_shard(shard, &sql);
            else
                done = make_tables(&s, shard, &sql) && done;
        }
    if (fflush(stdout) != 0 || ferror(stdout)) {
        perror("weir setup: its output is not whole");
        done = false;
    }
    weir__buf_deinit(&sql);
    servers_close(&s);
    return done ? EXIT_DONE : EXIT_FAILED;
}
