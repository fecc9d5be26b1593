/* source.c - a file's bytes, cut into records. SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/str.h"
#include "router/load/record.h"

enum { CHUNK = 256 * 1024 };

weir_status weir__load_reader_open(weir__load_reader *r, const weir__env *env, weir_load_format format,
                                   const char *name, int fd, const char *null_text, weir_error *error)
{
    static const weir__load_parser *const parsers[] = {
        [WEIR_LOAD_CSV] = &weir__load_csv, [WEIR_LOAD_TSV] = &weir__load_tsv, [WEIR_LOAD_JSONL] = &weir__load_jsonl};
    *r =
        (weir__load_reader){.env = env, .format = format, .name = name, .fd = fd, .line = 1, .parser = parsers[format]};
    r->null_text = weir__view(null_text ? null_text : format == WEIR_LOAD_TSV ? "\\N" : "");
    r->field_begins = true;
    weir__buf_init(&r->scratch, &env->mem, WEIR__LOAD_MAX_ROW + CHUNK);
    r->room = CHUNK;
    r->data = weir__alloc(&env->mem, r->room);
    XXH3_state_t *state = r->data ? XXH3_createState() : NULL;
    r->digest = state;
    if (state && XXH3_128bits_reset(state) == XXH_OK)
        return WEIR_OK;
    weir__load_reader_close(r);
    return weir__fail_nomem(error);
}

void weir__load_reader_close(weir__load_reader *r)
{
    if (!r->env)
        return;
    XXH3_freeState(r->digest);
    weir__free(&r->env->mem, r->data);
    weir__free(&r->env->mem, r->cells);
    weir__buf_deinit(&r->scratch);
    r->env = NULL;
}

static ssize_t read_some(int fd, void *to, size_t size)
{
    ssize_t got;
    do
        got = read(fd, to, size);
    while (got < 0 && errno == EINTR);
    return got;
}

static weir_status not_read(const char *name, weir_error *error)
{
    return weir__fail(error, WEIR_UNREACHABLE, WEIR_RETRY_CALL, "%s can not be read: %s", name, strerror(errno));
}

/* More bytes behind end; what was consumed makes room first. */
static weir_status fill(weir__load_reader *r, weir_error *error)
{
    if (r->from > 0 && r->end == r->room) {
        memmove(r->data, r->data + r->from, r->end - r->from);
        r->end -= r->from;
        r->from = 0;
    }
    if (r->end == r->room) {
        if (r->room >= WEIR__LOAD_MAX_ROW)
            return weir__fail(error, WEIR_LIMIT, WEIR_RETRY_NEVER,
                              "%s:%llu: the row that begins here has more than %d bytes%s", r->name,
                              (unsigned long long)r->line, WEIR__LOAD_MAX_ROW,
                              r->in_quotes ? ": is a quote not closed?" : "");
        char *more = weir__resize(&r->env->mem, r->data, r->room * 2);
        if (!more)
            return weir__fail_nomem(error);
        r->data = more;
        r->room *= 2;
    }
    ssize_t got = read_some(r->fd, r->data + r->end, r->room - r->end);
    if (got < 0)
        return not_read(r->name, error);
    r->at_end = got == 0;
    r->bytes += (uint64_t)got;
    XXH3_128bits_update(r->digest, r->data + r->end, (size_t)got);
    r->end += (size_t)got;
    return WEIR_OK;
}

static weir_status begin(weir__load_reader *r, weir_error *error)
{
    weir_status status = WEIR_OK;
    while (status == WEIR_OK && !r->at_end && r->end < 3)
        status = fill(r, error);
    if (r->end >= 3 && memcmp(r->data, "\xEF\xBB\xBF", 3) == 0)
        r->from = 3;
    r->begun = status == WEIR_OK;
    return status;
}

/* raw: the next record's bytes with its newline. */
static weir_status cut(weir__load_reader *r, weir_str *raw, uint64_t *lines, weir_error *error)
{
    *lines = 0;
    for (;;) {
        size_t left = r->end - r->from;
        size_t size = left ? r->parser->find(r, r->data + r->from, left, r->at_end, lines) : 0;
        if (size) {
            *raw = (weir_str){r->data + r->from, size};
            r->scanned = 0;
            return WEIR_OK;
        }
        if (r->at_end) {
            *raw = (weir_str){NULL, 0};
            return WEIR_OK;
        }
        weir_status status = fill(r, error);
        if (status != WEIR_OK)
            return status;
    }
}

/* Without the end of its line. */
static weir_str trim(const weir__load_reader *r, weir_str raw)
{
    if (raw.size && raw.data[raw.size - 1] == '\n')
        raw.size--;
    if (raw.size && raw.data[raw.size - 1] == '\r' && (r->format != WEIR_LOAD_TSV || r->crlf))
        raw.size--;
    return raw;
}

/* JSON lines may be indented. */
static bool is_blank(const weir__load_reader *r, weir_str raw)
{
    if (r->format != WEIR_LOAD_JSONL)
        return raw.size == 0;
    for (size_t i = 0; i < raw.size; i++)
        if (raw.data[i] != ' ' && raw.data[i] != '\t')
            return false;
    return true;
}

weir_status weir__load_next(weir__load_reader *r, weir__load_record *record, bool *there, weir_error *error)
{
    weir_status status = r->begun ? WEIR_OK : begin(r, error);
    *there = false;
    while (status == WEIR_OK) {
        weir_str whole, raw;
        uint64_t lines;
        status = cut(r, &whole, &lines, error);
        if (status != WEIR_OK || !whole.data)
            return status;
        if (r->line == 1 && whole.size >= 2 && whole.data[whole.size - 1] == '\n')
            r->crlf = whole.data[whole.size - 2] == '\r';
        raw = trim(r, whole);
        r->from += whole.size;
        *record = (weir__load_record){.line = r->line, .raw = raw};
        r->line += lines;
        if (is_blank(r, raw) && r->name_count != 1)
            continue;
        record->number = ++r->number;
        weir__buf_reset(&r->scratch);
        *there = true;
        if (r->parser->split(r, record) != WEIR_OK)
            return weir__fail_nomem(error);
        return WEIR_OK;
    }
    return status;
}

bool weir__load_add_cell(weir__load_reader *r, uint32_t *count, weir__load_cell cell)
{
    if (*count == r->cell_room) {
        uint32_t room = r->cell_room ? r->cell_room * 2 : 32;
        weir__load_cell *more = weir__resize(&r->env->mem, r->cells, room * sizeof *more);
        if (!more)
            return false;
        r->cells = more;
        r->cell_room = room;
    }
    r->cells[(*count)++] = cell;
    return true;
}

char *weir__load_scratch(weir__load_reader *r, const weir__load_record *record)
{
    if (r->scratch.size == 0 && !weir__buf_grow(&r->scratch, record->raw.size + 1))
        return NULL;
    return r->scratch.data;
}

void weir__load_digest_end(weir__load_reader *r, uint8_t digest[16])
{
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(r->digest));
    memcpy(digest, canonical.digest, 16);
}

weir_status weir__load_digest_file(weir__load_reader *r, uint8_t digest[16], uint64_t *bytes, weir_error *error)
{
    XXH128_canonical_t canonical;
    XXH3_state_t *state = XXH3_createState();
    ssize_t got = -1;
    if (!state || XXH3_128bits_reset(state) != XXH_OK) {
        XXH3_freeState(state);
        return weir__fail_nomem(error);
    }
    *bytes = 0;
    while ((got = read_some(r->fd, r->data, r->room)) > 0) {
        XXH3_128bits_update(state, r->data, (size_t)got);
        *bytes += (uint64_t)got;
    }
    if (got < 0) {
        weir_status status = not_read(r->name, error); /* while errno is of the read */
        XXH3_freeState(state);
        return status;
    }
    XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(state));
    XXH3_freeState(state);
    memcpy(digest, canonical.digest, 16);
    return WEIR_OK;
}
