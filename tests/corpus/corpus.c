/* corpus.c - asks a server and weir's parser about each statement of a batch. SPDX-License-Identifier: Apache-2.0
 * Usage: corpus DEFAULTS_FILE SOCKET <batch
 * A record of the batch is "MODE<tab>SIZE<newline>" (MODE also DEFAULT and NONE), SIZE bytes of SQL and a newline; records of one sql_mode stand together, since
 * each change of it asks the server. Of each one line comes out: the server's error number from preparing (0: none; nothing is ever
 * run), weir's status, the kind of its tree, the byte and the text of its mistake, with tabs between them. */
#include <mysql.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/env.h"
#include "base/str.h"
#include "router/sql/ast.h"

enum { MODE_BYTES = 512, MOST_BYTES = 1024 * 1024, ARENA = 64 * 1024 * 1024 };

static int fail(const char *what, const char *why)
{
    fprintf(stderr, "corpus: %s: %s\n", what, why);
    return 1;
}

/* Sets the mode and reads back what the server makes of it ("ANSI" is several). False: it has no such mode. */
static bool set_mode(MYSQL *server, const char *mode, weir__lex_options *reading)
{
    char sql[MODE_BYTES + 64];
    if (strcmp(mode, "DEFAULT") == 0)
        snprintf(sql, sizeof sql, "SET sql_mode=DEFAULT");
    else
        snprintf(sql, sizeof sql, "SET sql_mode='%s'", strcmp(mode, "NONE") == 0 ? "" : mode);
    if (mysql_query(server, sql) != 0 || mysql_query(server, "SELECT @@sql_mode") != 0)
        return false;
    MYSQL_RES *result = mysql_store_result(server);
    MYSQL_ROW row = result ? mysql_fetch_row(result) : NULL;
    if (row)
        reading->sql_mode = weir__sql_mode_of(weir__view(row[0]));
    mysql_free_result(result);
    return row != NULL;
}

static unsigned ask_server(MYSQL *server, const char *sql, size_t size)
{
    MYSQL_STMT *statement = mysql_stmt_init(server);
    unsigned code = 0;
    if (!statement)
        return 2008;
    if (mysql_stmt_prepare(statement, sql, size) != 0)
        code = mysql_stmt_errno(statement);
    mysql_stmt_close(statement);
    return code;
}

static void ask_weir(weir_str sql, const weir__lex_options *reading, const weir__env *env, unsigned code)
{
    weir__arena arena;
    weir__tree tree;
    weir_error error = {0};
    weir__arena_init(&arena, &env->mem, ARENA);
    weir_status status = weir__parse(sql, reading, &arena, &tree, &error);
    printf("%u\t%s\t%s\t%u\t%s\n", code, weir_status_name(status),
           status == WEIR_OK ? weir__node_name((weir__node_kind)tree.root->kind) : "", (unsigned)error.sql_offset,
           status == WEIR_OK ? "" : error.text);
    weir__arena_deinit(&arena);
}

int main(int argc, char **argv)
{
    static char sql[MOST_BYTES + 1];
    char mode[MODE_BYTES], current[MODE_BYTES] = "";
    weir__lex_options reading = {.flavour = WEIR__MARIADB};
    bool known = true;
    size_t size;
    weir__env env;
    MYSQL *server = mysql_init(NULL);

    if (argc != 3 || !server)
        return fail("usage", "corpus DEFAULTS_FILE SOCKET <batch");
    mysql_optionsv(server, MYSQL_READ_DEFAULT_FILE, argv[1]);
    mysql_optionsv(server, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    if (!mysql_real_connect(server, NULL, NULL, NULL, "shop", 0, argv[2], 0))
        return fail("connecting", mysql_error(server));
    reading.version = (uint32_t)mysql_get_server_version(server);
    weir__env_init(&env);
    while (scanf("%511[^\t]\t%zu", mode, &size) == 2 && getchar() == '\n') {
        if (size > MOST_BYTES || fread(sql, 1, size, stdin) != size || getchar() != '\n')
            return fail("batch", "a record is too long or cut");
        sql[size] = '\0';
        if (strcmp(mode, current) != 0) {
            strcpy(current, mode);
            known = set_mode(server, mode, &reading);
        }
        unsigned code = known ? ask_server(server, sql, size) : 1231;
        if (code == 2006 || code == 2013)
            return fail("the server went away at", sql);
        ask_weir((weir_str){sql, size}, &reading, &env, code);
    }
    mysql_close(server);
    mysql_library_end();
    return feof(stdin) ? 0 : fail("batch", "a record has no head");
}
