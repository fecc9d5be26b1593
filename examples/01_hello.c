/* 01_hello.c - open, write, read, close. SPDX-License-Identifier: Apache-2.0
 * Build: cc 01_hello.c $(pkg-config --cflags --libs weir)      Run: WEIR_CONFIG=weir.yaml ./a.out
 */
#include <inttypes.h>
#include <stdio.h>
#include <weir.h>

int main(void)
{
    weir_client *client = NULL;
    weir_session *session = NULL;
    weir_rows *rows = NULL;
    weir_error error;

    weir_status status = weir_open(NULL, NULL, &client, &error); /* $WEIR_CONFIG, else ./weir.yaml */
    if (status == WEIR_OK)
        status = weir_session_open(client, NULL, &session, &error);
    if (status == WEIR_OK)
        status = weir_execute(session,
                              "CREATE TABLE IF NOT EXISTS hello (id INT PRIMARY KEY, name "
                              "VARCHAR(40), height DECIMAL(4,2))",
                              weir_no_args(), NULL, &error);
    if (status == WEIR_OK)
        status = weir_execute(
            session, "REPLACE INTO hello VALUES (?, ?, ?), (?, ?, NULL)",
            WEIR_ARGS(weir_int(1), weir_text("Ada"), weir_decimal("1.65"), weir_int(2), weir_text("Grace")), NULL,
            &error);
    if (status == WEIR_OK)
        status = weir_query(session, "SELECT id, name, height FROM hello WHERE id < ? ORDER BY id",
                            WEIR_ARGS(weir_int(10)), &rows, &error);
    if (status == WEIR_OK) {
        while (weir_next(rows)) {
            weir_str name = weir_get_text(rows, 1);
            weir_str height = weir_get_text(rows, 2);
            printf("%" PRId64 " %.*s %.*s\n", weir_get_int(rows, 0), (int)name.size, name.data,
                   weir_is_null(rows, 2) ? 1 : (int)height.size, weir_is_null(rows, 2) ? "-" : height.data);
        }
        status = weir_finish(rows, &error); /* tells whether these were all of the rows */
    }
    if (status != WEIR_OK)
        fprintf(stderr, "%s at %s: %s\n", weir_status_name(status), error.endpoint, error.text);
    weir_session_close(session);
    weir_close(client);
    return status == WEIR_OK ? 0 : 1;
}
