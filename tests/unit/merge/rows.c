/* rows.c - see rows.h. SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/merge/rows.h"

typedef struct written {
    weir__stream stream;
    char *text, *at;
    uint32_t width;
    weir_value cells[16];
} written;

/* The cells of the row before are made unreadable, as a line's are. */
static weir_status next(weir__stream *stream, const weir_value **row, weir_error *error)
{
    written *w = (written *)stream;
    (void)error;
    memset(w->cells, 0xee, sizeof w->cells);
    if (w->at > w->text)
        memset(w->text, '#', (size_t)(w->at - w->text));
    *row = NULL;
    if (!*w->at)
        return WEIR_OK;
    for (uint32_t i = 0; i < w->width; i++) {
        size_t size = strcspn(w->at, " ;");
        bool null = size == 1 && *w->at == '-';
        for (size_t c = 0; c < size; c++)
            w->at[c] = w->at[c] == '_' ? ' ' : w->at[c];
        w->cells[i] = null ? weir_null() : weir_sized(WEIR_T_TEXT, w->at, size);
        w->at += size + (w->at[size] != '\0');
    }
    *row = w->cells;
    return WEIR_OK;
}

static void close_written(weir__stream *stream)
{
    written *w = (written *)stream;
    weir__free(&test_env()->mem, w->text);
    weir__free(&test_env()->mem, w);
}

weir__stream *merge_rows(const char *text, uint32_t width)
{
    written *w = weir__new(&test_env()->mem, sizeof *w);
    if (!w)
        return NULL;
    w->text = w->at = weir__strdup(&test_env()->mem, text);
    w->stream = (weir__stream){next, close_written, "a shard"};
    w->width = width;
    if (!w->text) {
        weir__free(&test_env()->mem, w);
        return NULL;
    }
    return &w->stream;
}

const char *merge_print(weir__stream *stream, uint32_t width, char *out, size_t room)
{
    const weir_value *row;
    weir_error error;
    weir_status status;
    size_t size = 0;
    out[0] = '\0';
    while ((status = weir__stream_next(stream, &row, &error)) == WEIR_OK && row) {
        for (uint32_t i = 0; i < width && size + 64 < room; i++) {
            char scratch[32];
            weir_str text = weir__cell_text(&row[i], scratch);
            size += (size_t)snprintf(out + size, room - size, "%s%.*s",
                                     i      ? " "
                                     : size ? ";"
                                            : "",
                                     text.data ? (int)text.size : 1, text.data ? text.data : "-");
        }
    }
    if (status != WEIR_OK)
        snprintf(out, room, "%s", weir_status_name(status));
    weir__stream_close(stream);
    return out;
}
