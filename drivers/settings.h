/* settings.h - system variables of a connection that can be set, told and set back. SPDX-License-Identifier: Apache-2.0
 *
 * Only those are here of which it is certain: their value is what was assigned (no switch that is changed in parts, nothing that
 * changes another variable or the transaction), it can be asked for, and assigning it again brings it back.
 *
 * A connection knows what it was given since it was made (conn->settings) and what those variables were then (conn->settings_base),
 * each asked for once, before it is first changed. NULL settings: as at connect. docs/session-state.md has the states.
 * Threads: as the connection's. */
#ifndef WEIR_DRIVERS_SETTINGS_H
#define WEIR_DRIVERS_SETTINGS_H

#include "drivers/driver.h"

/* Sorted. NAMES is SET NAMES utf8mb4 [COLLATE c]. */
#define WEIR__SETTING_MAP(X)                                                                                           \
    X(names, NAMES)                                                                                                    \
    X(auto_increment_increment, NUMBER)                                                                                \
    X(auto_increment_offset, NUMBER)                                                                                   \
    X(default_week_format, NUMBER)                                                                                     \
    X(div_precision_increment, NUMBER)                                                                                 \
    X(foreign_key_checks, NUMBER)                                                                                      \
    X(group_concat_max_len, NUMBER)                                                                                    \
    X(innodb_lock_wait_timeout, NUMBER)                                                                                \
    X(join_buffer_size, NUMBER)                                                                                        \
    X(lc_time_names, TEXT)                                                                                             \
    X(lock_wait_timeout, NUMBER)                                                                                       \
    X(max_heap_table_size, NUMBER)                                                                                     \
    X(max_sort_length, NUMBER)                                                                                         \
    X(sort_buffer_size, NUMBER)                                                                                        \
    X(sql_mode, TEXT)                                                                                                  \
    X(sql_notes, NUMBER)                                                                                               \
    X(sql_safe_updates, NUMBER)                                                                                        \
    X(sql_select_limit, NUMBER)                                                                                        \
    X(time_zone, TEXT)                                                                                                 \
    X(tmp_table_size, NUMBER)                                                                                          \
    X(unique_checks, NUMBER)

typedef enum weir__setting {
#define X(name, kind) WEIR__SETTING_##name,
    WEIR__SETTING_MAP(X)
#undef X
        WEIR__SETTING_COUNT
} weir__setting;

/* Some settings with a value each, as it stands behind the = (for names: behind NAMES). NULL is none. */
typedef struct weir__settings weir__settings;

/* COUNT: not one of ours. */
weir__setting weir__setting_find(weir_str name);
/* May this stand as a value, whatever the sql_mode: signs that no quoting changes? Of text within quotes. */
bool weir__setting_is_plain(weir_str text);

/* False: no memory; then *settings is as it was. */
bool weir__settings_put(const weir__mem *mem, weir__settings **settings, weir__setting setting, weir_str value);
/* Puts all of `from`. */
bool weir__settings_put_all(const weir__mem *mem, weir__settings **settings, const weir__settings *from);
const char *weir__settings_get(const weir__settings *settings, weir__setting setting); /* NULL: not among them */
bool weir__settings_equal(const weir__settings *a, const weir__settings *b);
void weir__settings_free(const weir__mem *mem, weir__settings *settings); /* NULL is fine */

/* Does the connection know what these were when it was made? */
bool weir__settings_known(const weir__conn *conn, const weir__settings *settings);
/* Asks for those that are not known, in one statement; by conn->deadline. A failure without conn->broken: the server refuses. */
weir_status weir__settings_ask(weir__conn *conn, const weir__settings *settings, weir_error *error);
/* Makes the connection's settings these, in one SET, and asks before if it must; nothing is sent when they are. On a failure the
 * connection is broken: nobody knows what it has. By conn->deadline. */
weir_status weir__settings_apply(weir__conn *conn, const weir__settings *settings, weir_error *error);

#endif
