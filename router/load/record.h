/* record.h - a file's rows, one after the other, in constant memory. SPDX-License-Identifier: Apache-2.0
 *
 *    bytes --source.c--> the next record's bytes --csv.c, tsv.c, jsonl.c--> cells, or what is wrong with it
 *
 * A record that is wrong is no failure: the next one begins where the format says. Owns: what a record shows lives until the next.
 * Cost: O(bytes). Threads: one. */
#ifndef WEIR_ROUTER_LOAD_RECORD_H
#define WEIR_ROUTER_LOAD_RECORD_H

#include <weir/load.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/env.h"

enum { WEIR__LOAD_MAX_ROW = 16 * 1024 * 1024, WEIR__LOAD_MAX_COLUMNS = 4096 };

typedef enum weir__load_kind { WEIR__LOAD_TEXT, WEIR__LOAD_NULL, WEIR__LOAD_ABSENT } weir__load_kind;

typedef struct weir__load_cell {
    weir_str text; /* of TEXT */
    weir__load_kind kind;
} weir__load_cell;

typedef struct weir__load_record {
    uint64_t number; /* of the rows, from 1; the header is none */
    uint64_t line;   /* where it begins, from 1 */
    weir_str raw;    /* its bytes, without the end of the line */
    const char *wrong;
    weir__load_cell *cells; /* not when wrong */
    uint32_t count;
} weir__load_record;

typedef struct weir__load_reader weir__load_reader;

/* What tells the formats apart. */
typedef struct weir__load_parser {
    /* The end of the record that begins at text[0], behind its newline; 0: more bytes are needed (at_end: there are none). *lines: the
     * newlines within and behind it. */
    size_t (*find)(weir__load_reader *reader, const char *text, size_t size, bool at_end, uint64_t *lines);
    /* Fills cells from record->raw; sets wrong instead. Returns: OK, NOMEM. */
    weir_status (*split)(weir__load_reader *reader, weir__load_record *record);
} weir__load_parser;

extern const weir__load_parser weir__load_csv, weir__load_tsv, weir__load_jsonl;

struct weir__load_reader {
    const weir__env *env;
    const weir__load_parser *parser;
    weir_load_format format;
    const char *name; /* of the file, for messages */
    int fd;
    char *data; /* bytes from..end are not yet records */
    size_t room, from, end;
    size_t scanned; /* of them, those that find has seen without coming to an end */
    uint64_t bytes; /* read */
    uint64_t line, number;
    bool at_end, begun;
    bool crlf; /* TSV: lines end so */
    /* CSV: behind the bytes that were scanned */
    bool in_quotes, field_begins, after_quote;
    bool unclosed; /* the last record's quote */
    uint64_t lines_within;
    void *digest; /* XXH3 state; NULL: none is wanted */
    weir_str null_text;
    weir__buf scratch; /* undone cells of the record */
    weir__load_cell *cells;
    uint32_t cell_room;
    char why[160]; /* what record->wrong points to */
    /* JSON lines: names of the columns; cells come in their order */
    const char *const *names;
    uint32_t name_count;
};

/* fd stays the caller's. */
weir_status weir__load_reader_open(weir__load_reader *reader, const weir__env *env, weir_load_format format,
                                   const char *name, int fd, const char *null_text, weir_error *error);
void weir__load_reader_close(weir__load_reader *reader);
/* The next record; *there false at the end. Returns: OK; LIMIT: a row that is too long; UNREACHABLE: reading failed; NOMEM. */
weir_status weir__load_next(weir__load_reader *reader, weir__load_record *record, bool *there, weir_error *error);
/* Of all bytes read, at the end. */
void weir__load_digest_end(weir__load_reader *reader, uint8_t digest[16]);

/* One cell more of the record. False: no memory. */
bool weir__load_add_cell(weir__load_reader *reader, uint32_t *count, weir__load_cell cell);
/* Bytes for undone text, which stay where they are until the next record: at most the record's size in all. */
char *weir__load_scratch(weir__load_reader *reader, const weir__load_record *record);

/* Of the file from where it stands to its end, before the first record is read. */
weir_status weir__load_digest_file(weir__load_reader *reader, uint8_t digest[16], uint64_t *bytes, weir_error *error);

#endif
