/* buf.c - the bounded growing text. SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void weir__buf_init(weir__buf *buf, const weir__mem *mem, size_t limit)
{
    *buf = (weir__buf){.mem = mem, .limit = limit};
}

void weir__buf_deinit(weir__buf *buf)
{
    weir__free(buf->mem, buf->data);
    buf->data = NULL;
    buf->size = buf->room = 0;
}

void weir__buf_reset(weir__buf *buf)
{
    buf->size = 0;
    buf->failed = WEIR_OK;
    if (buf->data)
        buf->data[0] = '\0';
}

char *weir__buf_detach(weir__buf *buf, size_t *size)
{
    if (size)
        *size = buf->size;
    if (!buf->data && !buf->failed)
        weir__buf_add(buf, "", 0);
    char *data = buf->data;
    buf->data = NULL;
    buf->size = buf->room = 0;
    return data;
}

static void latch(weir__buf *buf, weir_status why)
{
    weir__buf_deinit(buf);
    buf->failed = why;
}

char *weir__buf_grow(weir__buf *buf, size_t size)
{
    if (buf->failed)
        return NULL;
    if (size >= buf->limit || buf->size >= buf->limit - size) {
        latch(buf, WEIR_LIMIT);
        return NULL;
    }
    if (!buf->data || buf->size + size + 1 > buf->room) {
        size_t room = buf->room ? buf->room * 2 : 64;
        if (room < buf->size + size + 1)
            room = buf->size + size + 1;
        char *data = weir__resize(buf->mem, buf->data, room);
        if (!data) {
            latch(buf, WEIR_NOMEM);
            return NULL;
        }
        buf->data = data;
        buf->room = room;
    }
    char *place = buf->data + buf->size;
    buf->size += size;
    buf->data[buf->size] = '\0';
    return place;
}

void weir__buf_add(weir__buf *buf, const void *data, size_t size)
{
    char *place = weir__buf_grow(buf, size);
    if (place && size)
        memcpy(place, data, size);
}

void weir__buf_adds(weir__buf *buf, const char *text)
{
    weir__buf_add(buf, text, strlen(text));
}

void weir__buf_addc(weir__buf *buf, char c)
{
    weir__buf_add(buf, &c, 1);
}

void weir__buf_addfv(weir__buf *buf, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    char small[256];
    int size = vsnprintf(small, sizeof small, format, args);
    if (size >= 0 && (size_t)size < sizeof small) {
        weir__buf_add(buf, small, (size_t)size);
    } else if (size >= 0) {
        char *place = weir__buf_grow(buf, (size_t)size);
        if (place)
            vsnprintf(place, (size_t)size + 1, format, again);
    }
    va_end(again);
}

void weir__buf_addf(weir__buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    weir__buf_addfv(buf, format, args);
    va_end(args);
}

const char *weir__buf_text(const weir__buf *buf)
{
    return buf->data ? buf->data : "";
}
