/* load.h - many rows from a file into a table. SPDX-License-Identifier: Apache-2.0
 *
 * Rows are sorted by the shard that they belong to and sent there as multi-row INSERTs, each batch in one transaction with the note of how
 * far the load has come: however it ends, the same call goes on behind the last batch that was committed, and no row is there twice.
 * How, and what a crash at which moment leaves: docs/load.md. The command is `weir load`. */
#ifndef WEIR_LOAD_H
#define WEIR_LOAD_H

#include <weir.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum weir_load_format {
    WEIR_LOAD_BY_NAME, /* what the file's name ends with: .csv, .tsv, .jsonl or .ndjson */
    WEIR_LOAD_CSV,     /* RFC 4180: commas, quotes doubled, newlines within quotes; LF or CRLF */
    WEIR_LOAD_TSV,     /* as mysql and mysqldump write it: tabs, backslash escapes, \N */
    WEIR_LOAD_JSONL    /* an object a line, its keys are columns */
} weir_load_format;

/* How far it is. */
typedef struct weir_load_progress {
    uint64_t bytes, bytes_total; /* of the file that were read; total 0: not known (standard input) */
    uint64_t rows;               /* read */
    uint64_t before;             /* of them, those that an earlier run has dealt with */
    uint64_t loaded, rejected;   /* by this run, committed */
} weir_load_progress;

typedef struct weir_load_options {
    size_t size;
    const char *database; /* NULL: the only one */
    const char *table;
    const char *file; /* "-": standard input, which can not be gone on with later */
    weir_load_format format;
    const char *const
        *columns; /* of the file, in its order; NULL: CSV and TSV: the first line names them; JSONL: the table's */
    uint32_t column_count;
    bool header;           /* with columns: the first line is a header nevertheless, and passed over */
    const char *null_text; /* an unquoted field of it is NULL; NULL: CSV: the empty field, TSV: \N. Not of JSONL */
    uint32_t parallel;     /* connections in all; at least one a shard; 0: 4 */
    uint32_t batch;        /* rows a transaction; 0: 1000 */
    const char *
        reject_file; /* rows that can not be loaded, with reasons, a JSON object a line; NULL: the first one ends the load */
    uint64_t max_rejects; /* so many are borne; 0: any number. With reject_file */
    uint32_t patience_ms; /* for a server that is away, from its last answer; 0: a minute */
    bool dry_run;         /* read and place all rows, ask servers for the table alone, change nothing */
    bool restart;         /* forget how far an earlier run of this file came; rows that it has loaded stay */
    /* Called by the calling thread, some times a second and once at the end; NULL: not. */
    void (*progress)(void *context, const weir_load_progress *progress);
    /* A row that can not be loaded, as it is found: by a try that is then undone perhaps more than once, so for people; the reject file is exact.
     * One call at a time, from any thread; NULL: not. */
    void (*rejected)(void *context, uint64_t line, const char *reason);
    bool (*stopped)(
        void *context); /* true: end behind the running batches; asked often, by the calling thread; NULL: never */
    void *context;
} weir_load_options;

#define WEIR_LOAD_OPTIONS_INIT                                                                                         \
    {                                                                                                                  \
        sizeof(weir_load_options), NULL, NULL, NULL, WEIR_LOAD_BY_NAME, NULL, 0, false, NULL, 0, 0, NULL, 0, 0, false, \
            false, NULL, NULL, NULL, NULL                                                                              \
    }

/* What became of it; of this run, but for the last two. */
typedef struct weir_load_result {
    uint64_t rows;                     /* read */
    uint64_t before;                   /* of them, those that an earlier run has dealt with */
    uint64_t loaded, rejected;         /* with dry_run: that could be; servers may reject more */
    uint64_t warnings;                 /* that the servers gave: values that they changed (rounded) */
    uint32_t shards;                   /* that rows went to */
    uint64_t all_loaded, all_rejected; /* of all runs of this load */
    char warning[160];                 /* the first of them; "" */
} weir_load_result;

/** Loads a file. result: also after a failure what was done; may be NULL.
 *  Returns: OK: each row is loaded or in the reject file. CANCELLED: stopped. USAGE: called wrongly, or no such file. CONFIG: file, columns or
 *  table are not as they must be, or the file has changed since it was begun. UNSUPPORTED: why the table can not be loaded. LIMIT: more rows
 *  rejected than max_rejects, or one before which there is no reject file. CONFLICT: another process has gone on with this load. Else what a
 *  server failed with for longer than patience_ms. After any of them the same call goes on where it stands.
 *  Threads: any; two calls at once for one file end one of them with CONFLICT. */
WEIR_API
WEIR_MUST_USE weir_status weir_load(weir_client *client, const weir_load_options *options, weir_load_result *result,
                                    weir_error *error);

#ifdef __cplusplus
}
#endif
#endif
