/* fuzz_load.c - any bytes as a file to load: the same records however the bytes arrive, each within its bounds. SPDX-License-Identifier: Apache-2.0
 *
 * The first byte chooses the format, the second into how many pieces the rest is cut. */
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "router/load/record.h"

enum { MOST_PIECES = 60, MOST_BYTES = 32 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool so)
{
    if (!so)
        abort();
}

/* Each packet is what one read gives. */
static int give(const uint8_t *data, size_t size, size_t pieces)
{
    int ends[2];
    must(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
    size_t piece = size / pieces + 1;
    for (size_t at = 0; at < size; at += piece) {
        size_t some = size - at < piece ? size - at : piece;
        must(send(ends[1], data + at, some, MSG_DONTWAIT) == (ssize_t)some);
    }
    close(ends[1]);
    return ends[0];
}

static uint64_t mix(uint64_t hash, const void *data, size_t size)
{
    const uint8_t *bytes = data;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static uint64_t mix_record(uint64_t hash, const weir__load_record *record)
{
    hash = mix(hash, &record->line, sizeof record->line);
    hash = mix(hash, record->raw.data, record->raw.size);
    if (record->wrong)
        return mix(hash, record->wrong, strlen(record->wrong));
    must(record->count <= WEIR__LOAD_MAX_COLUMNS);
    for (uint32_t i = 0; i < record->count; i++) {
        const weir__load_cell *cell = &record->cells[i];
        hash = mix(hash, &cell->kind, sizeof cell->kind);
        if (cell->kind == WEIR__LOAD_TEXT)
            hash = mix(hash, cell->text.data, cell->text.size);
    }
    return hash;
}

static uint64_t read_all(const uint8_t *data, size_t size, size_t pieces, weir_load_format format)
{
    static const char *const names[] = {"a", "b", "c"};
    weir__env env;
    weir__load_reader reader;
    weir__load_record record;
    weir_error error;
    bool there = true;
    uint64_t hash = 0, number = 0, line = 0, bytes = 0;
    weir__env_init(&env);
    int fd = give(data, size, pieces);
    must(weir__load_reader_open(&reader, &env, format, "input", fd, NULL, &error) == WEIR_OK);
    reader.names = names;
    reader.name_count = 3;
    for (;;) {
        must(weir__load_next(&reader, &record, &there, &error) == WEIR_OK);
        if (!there)
            break;
        must(record.line > line || (record.line == line && number == 0));
        must((bytes += record.raw.size) <= size);
        line = record.line;
        number++;
        hash = mix_record(hash, &record);
    }
    weir__load_reader_close(&reader);
    close(fd);
    return hash;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const weir_load_format formats[] = {WEIR_LOAD_CSV, WEIR_LOAD_TSV, WEIR_LOAD_JSONL};
    if (size < 2 || size > MOST_BYTES)
        return 0;
    weir_load_format format = formats[data[0] % 3];
    uint64_t whole = read_all(data + 2, size - 2, 1, format);
    must(read_all(data + 2, size - 2, 1 + data[1] % MOST_PIECES, format) == whole);
    return 0;
}
