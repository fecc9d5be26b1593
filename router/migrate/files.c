/* files.c - see files.h. SPDX-License-Identifier: Apache-2.0 */
#include "router/migrate/files.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    MAX_FOLDER_BYTES = 64 * 1024 * 1024, /* names of 100,000 files */
    MAX_FILE = 256 * 1024 * 1024,
    MAX_DIGITS = 18,
    DATE_DIGITS = 8,
};

typedef struct reading {
    weir__migrations *m;
    size_t room;
    weir__files_mistake *mistake;
    void *context;
    uint32_t mistakes;
} reading;

static void tell(reading *r, const char *path, const char *text)
{
    r->mistakes++;
    r->mistake(r->context, path, text);
}

static const char *join(weir__arena *arena, const char *folder, const char *name)
{
    size_t a = strlen(folder), b = strlen(name);
    char *path = weir__arena_take(arena, a + b + 2);
    if (path) {
        memcpy(path, folder, a);
        path[a] = '/';
        memcpy(path + a + 1, name, b);
    }
    return path;
}

static bool ends_with(const char *name, const char *end)
{
    size_t a = strlen(name), b = strlen(end);
    return a > b && strcmp(name + a - b, end) == 0;
}

/* 0007_add_index: digits, _, and a name of plain signs. */
static bool read_stem(const char *name, size_t size, uint64_t *version)
{
    size_t digits = strspn(name, "0123456789");
    *version = 0;
    if (digits == 0 || digits > MAX_DIGITS || digits + 1 >= size || name[digits] != '_')
        return false;
    for (size_t i = 0; i < digits; i++)
        *version = *version * 10 + (uint64_t)(name[i] - '0');
    return *version > 0 && strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.") >= size;
}

static weir__migration *find_or_add(reading *r, uint64_t version, const char *stem, size_t size, const char *path)
{
    weir__migrations *m = r->m;
    for (size_t i = m->count; i-- > 0;) {
        weir__migration *one = &m->list[i];
        if (one->version != version)
            continue;
        if (strlen(one->name) == size && memcmp(one->name, stem, size) == 0)
            return one;
        char text[400];
        snprintf(text, sizeof text, "the number %" PRIu64 " is used twice: %.150s and %.*s", version, one->name,
                 (int)(size < 150 ? size : 150), stem);
        tell(r, path, text);
        return NULL;
    }
    if (m->count == r->room) {
        r->room = r->room ? r->room * 2 : 64;
        weir__migration *more = weir__arena_array(&m->arena, r->room, sizeof *more);
        if (!more)
            return NULL;
        if (m->count)
            memcpy(more, m->list, m->count * sizeof *more);
        m->list = more;
    }
    const char *name = weir__arena_text(&m->arena, stem, size);
    if (!name)
        return NULL;
    m->list[m->count] = (weir__migration){.version = version, .name = name};
    return &m->list[m->count++];
}

static void take_file(reading *r, const char *name)
{
    static const char up[] = ".up.sql", down[] = ".down.sql";
    bool is_up = ends_with(name, up), is_down = ends_with(name, down);
    uint64_t version;
    if (*name == '.' || !ends_with(name, ".sql"))
        return;
    const char *path = join(&r->m->arena, r->m->folder, name);
    if (!path)
        return;
    size_t size = strlen(name) - (is_up ? sizeof up - 1 : is_down ? sizeof down - 1 : 0);
    if ((!is_up && !is_down) || !read_stem(name, size, &version)) {
        tell(r, path, "its name must be like 0007_add_index.up.sql or 0007_add_index.down.sql");
        return;
    }
    weir__migration *one = find_or_add(r, version, name, size, path);
    if (one)
        *(is_up ? &one->up : &one->down) = path;
}

static int by_version(const void *a, const void *b)
{
    const weir__migration *x = a, *y = b;
    return (x->version > y->version) - (x->version < y->version);
}

static int plain_names(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

weir_status weir__migrations_read(weir__migrations *m, const weir__env *env, const char *directory,
                                  const char *database, weir__files_mistake *mistake, void *context, uint32_t *mistakes,
                                  weir_error *error)
{
    reading r = {m, 0, mistake, context, 0};
    memset(m, 0, sizeof *m);
    *mistakes = 0;
    weir__arena_init(&m->arena, &env->mem, MAX_FOLDER_BYTES);
    m->folder = join(&m->arena, directory, database);
    if (!m->folder)
        return weir__fail_nomem(error);
    struct dirent **entries = NULL;
    int count = scandir(m->folder, &entries, plain_names, alphasort);
    if (count < 0)
        return weir__fail(error, WEIR_CONFIG, WEIR_RETRY_NEVER,
                          "the folder of migrations %.150s cannot be read: %s; weir migrate new makes it", m->folder,
                          strerror(errno));
    for (int i = 0; i < count; i++) {
        take_file(&r, entries[i]->d_name);
        weir__free(&weir__mem_system, entries[i]); /* scandir takes them from the system's allocator */
    }
    weir__free(&weir__mem_system, entries);
    if (m->count)
        qsort(m->list, m->count, sizeof *m->list, by_version);
    for (size_t i = 0; i < m->count; i++)
        if (!m->list[i].up)
            tell(&r, m->list[i].down, "there is no .up.sql of the same name");
    *mistakes = r.mistakes;
    return m->arena.failed
               ? weir__fail(error, m->arena.failed, WEIR_RETRY_NEVER, "%s",
                            m->arena.failed == WEIR_LIMIT ? "the folder of migrations is too large" : "out of memory")
               : WEIR_OK;
}

void weir__migrations_deinit(weir__migrations *m)
{
    weir__arena_deinit(&m->arena);
}

const weir__migration *weir__migrations_find(const weir__migrations *m, uint64_t version)
{
    const weir__migration key = {.version = version};
    return m->count ? bsearch(&key, m->list, m->count, sizeof *m->list, by_version) : NULL;
}

static bool is_date(const weir__migration *one)
{
    return strspn(one->name, "0123456789") >= DATE_DIGITS;
}

uint32_t weir__migrations_gaps(const weir__migrations *m, uint64_t from, weir__files_mistake *mistake, void *context)
{
    uint32_t told = 0;
    uint64_t before = from;
    for (size_t i = 0; i<m->count; before = m->list[i].version> before ? m->list[i].version : before, i++) {
        const weir__migration *one = &m->list[i];
        if (is_date(one) || one->version <= before + 1)
            continue;
        char text[200];
        snprintf(text, sizeof text,
                 "number %" PRIu64
                 " is missing before it: is a file not there yet? Number it anew, or allow gaps (--allow-gaps)",
                 before + 1);
        mistake(context, one->up ? one->up : one->down, text);
        told++;
    }
    return told;
}

weir_status weir__migration_load(const weir__env *env, const char *path, char **text, size_t *size, weir_error *error)
{
    struct stat about;
    *text = NULL;
    FILE *file = fopen(path, "re");
    if (!file || fstat(fileno(file), &about) != 0) {
        int failed = errno;
        if (file)
            fclose(file);
        return weir__fail(error, WEIR_CONFIG, WEIR_RETRY_NEVER, "%.200s cannot be read: %s", path, strerror(failed));
    }
    weir_status status = WEIR_OK;
    if (!S_ISREG(about.st_mode))
        status = weir__fail(error, WEIR_CONFIG, WEIR_RETRY_NEVER, "%.200s is not a file", path);
    else if (about.st_size > MAX_FILE)
        status = weir__fail(error, WEIR_LIMIT, WEIR_RETRY_NEVER, "%.200s is over 256 MB", path);
    else if (!(*text = weir__alloc(&env->mem, (size_t)about.st_size + 1)))
        status = weir__fail_nomem(error);
    if (status == WEIR_OK) {
        *size = fread(*text, 1, (size_t)about.st_size + 1, file);
        if (ferror(file) || *size != (size_t)about.st_size)
            status = weir__fail(error, WEIR_CONFIG, WEIR_RETRY_CALL, "%.200s changed while it was read", path);
    }
    fclose(file);
    if (status != WEIR_OK) {
        weir__free(&env->mem, *text);
        *text = NULL;
    }
    return status;
}
