/* set_test.c - which SETs are known, and what they assign. SPDX-License-Identifier: Apache-2.0 */
#include "router/session_state.h"
#include "base/str.h"
#include "tests/support/test.h"

TEST(set, what_is_known)
{
    static const struct {
        const char *sql;
        unsigned count; /* 0: not known */
        weir__setting setting;
        const char *value;
    } rows[] = {
        {"SET sql_mode = ''", 1, WEIR__SETTING_sql_mode, "''"},
        {"set SQL_MODE='ansi,traditional';", 1, WEIR__SETTING_sql_mode, "'ansi,traditional'"},
        {"SET sql_mode = \"STRICT_ALL_TABLES\"", 1, WEIR__SETTING_sql_mode, "'STRICT_ALL_TABLES'"},
        {"SET SESSION sql_select_limit = 10", 1, WEIR__SETTING_sql_select_limit, "10"},
        {"SET LOCAL div_precision_increment := 9", 1, WEIR__SETTING_div_precision_increment, "9"},
        {"SET @@foreign_key_checks = OFF", 1, WEIR__SETTING_foreign_key_checks, "OFF"},
        {"SET @@session.unique_checks=0", 1, WEIR__SETTING_unique_checks, "0"},
        {"SET @@LOCAL.sql_safe_updates = TRUE", 1, WEIR__SETTING_sql_safe_updates, "TRUE"},
        {"SET time_zone = '+02:00', sql_notes = 0", 2, WEIR__SETTING_sql_notes, "0"},
        {"SET innodb_lock_wait_timeout = -1", 1, WEIR__SETTING_innodb_lock_wait_timeout, "-1"},
        {"SET sql_mode = 'a', sql_mode = 'b'", 2, WEIR__SETTING_sql_mode, "'b'"},
        {"SET NAMES utf8mb4", 1, WEIR__SETTING_names, "utf8mb4"},
        {"SET NAMES 'utf8mb4' COLLATE utf8mb4_bin", 1, WEIR__SETTING_names, "utf8mb4 COLLATE 'utf8mb4_bin'"},
        {"SET NAMES utf8mb4 COLLATE 'utf8mb4_bin', sql_notes=1", 2, WEIR__SETTING_names,
         "utf8mb4 COLLATE 'utf8mb4_bin'"},
        {"SET /* why */ sql_mode = 'a' -- so", 1, WEIR__SETTING_sql_mode, "'a'"},
        /* not known */
        {"SET", 0, 0, NULL},
        {"SET sql_mode", 0, 0, NULL},
        {"SET sql_mode =", 0, 0, NULL},
        {"SET sql_mode = 'a',", 0, 0, NULL},
        {"SET sql_mode = 'a' 'b'", 0, 0, NULL},
        {"SET sql_mode = 'a\\'", 0, 0, NULL},
        {"SET sql_mode = 'it''s'", 0, 0, NULL},
        {"SET sql_mode = 'a\\n'", 0, 0, NULL},
        {"SET sql_mode = DEFAULT", 0, 0, NULL},
        {"SET sql_mode = @@sql_mode", 0, 0, NULL},
        {"SET sql_mode = CONCAT(@@sql_mode, ',ANSI')", 0, 0, NULL},
        {"SET sql_mode = 'a' + 1", 0, 0, NULL},
        {"SET sql_notes = 1 + 1", 0, 0, NULL},
        {"SET sql_notes = (1)", 0, 0, NULL},
        {"SET sql_notes = (SELECT 1)", 0, 0, NULL},
        {"SET sql_notes = ?", 0, 0, NULL},
        {"SET sql_notes = NULL", 0, 0, NULL},
        {"SET sql_notes = maybe", 0, 0, NULL},
        {"SET time_zone = CURRENT_USER", 0, 0, NULL},
        {"SET GLOBAL sql_mode = ''", 0, 0, NULL},
        {"SET PERSIST sql_mode = ''", 0, 0, NULL},
        {"SET @@global.sql_mode = ''", 0, 0, NULL},
        {"SET @@sql_mode.x = ''", 0, 0, NULL},
        {"SET @sql_mode = ''", 0, 0, NULL},
        {"SET `sql_mode` = ''", 0, 0, NULL},
        {"SET sql_mode = '', @x = 1", 0, 0, NULL},
        {"SET autocommit = 0", 0, 0, NULL},
        {"SET optimizer_switch = 'mrr=on'", 0, 0, NULL},
        {"SET max_statement_time = 1", 0, 0, NULL},
        {"SET timestamp = 1", 0, 0, NULL},
        {"SET last_insert_id = 1", 0, 0, NULL},
        {"SET sql_log_bin = 0", 0, 0, NULL},
        {"SET transaction_isolation = 'READ-COMMITTED'", 0, 0, NULL},
        {"SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED", 0, 0, NULL},
        {"SET TRANSACTION READ ONLY", 0, 0, NULL},
        {"SET STATEMENT sql_mode='' FOR SELECT 1", 0, 0, NULL},
        {"SET PASSWORD = 'x'", 0, 0, NULL},
        {"SET names = 1", 0, 0, NULL},
        {"SET NAMES latin1", 0, 0, NULL},
        {"SET NAMES utf8mb4 COLLATE", 0, 0, NULL},
        {"SET NAMES DEFAULT", 0, 0, NULL},
        {"SET CHARACTER SET utf8mb4", 0, 0, NULL},
        {"SET sql_mode = '' ; SELECT 1", 0, 0, NULL},
        {"SET sql_mode /*!50000 = 'a' */", 0, 0, NULL},
        {"SELECT 1", 0, 0, NULL},
        {"", 0, 0, NULL},
    };
    const weir__lex_options options = {.flavour = WEIR__MARIADB, .version = 101106};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        weir__settings *settings = NULL;
        unsigned count = weir__set_is_known(&test_env()->mem, weir__view(rows[i].sql), &options, &settings);
        EXPECT_THAT(count == rows[i].count, "%s: %u assigned, not %u", rows[i].sql, count, rows[i].count);
        const char *value = weir__settings_get(settings, rows[i].setting);
        if (rows[i].count)
            EXPECT_THAT(value && strcmp(value, rows[i].value) == 0, "%s: %s", rows[i].sql, value ? value : "(none)");
        weir__settings_free(&test_env()->mem, settings);
    }
}

/* Every way to cut a known SET short is not known, or a known one too; nothing is read past the end. */
TEST(set, cut_anywhere)
{
    static const char sql[] = "SET SESSION sql_mode = 'ansi', @@session.time_zone='+02:00', NAMES utf8mb4 COLLATE "
                              "'utf8mb4_bin', sql_notes=ON";
    const weir__lex_options options = {.flavour = WEIR__MYSQL, .version = 80036};
    for (size_t size = 0; size < sizeof sql; size++) {
        weir__settings *settings = NULL;
        char copy[sizeof sql];
        memcpy(copy, sql, size);
        weir__set_is_known(&test_env()->mem, (weir_str){copy, size}, &options, &settings);
        weir__settings_free(&test_env()->mem, settings);
    }
}

static weir_status read_one(void)
{
    const weir__lex_options options = {.flavour = WEIR__MARIADB};
    weir__settings *settings = NULL;
    unsigned count =
        weir__set_is_known(&test_env()->mem, weir__view("SET sql_mode='a', sql_notes=0"), &options, &settings);
    weir__settings_free(&test_env()->mem, settings);
    return count == 2 ? WEIR_OK : WEIR_NOMEM;
}

TORTURE(set, without_memory_it_is_not_known)
{
    return read_one();
}
