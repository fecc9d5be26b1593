/* column_class.c - what a column's type lets weir do with values that are compared with it. SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"
#include "schema/table.h"

weir__type_class weir__column_class(const weir__column *column)
{
    return weir__type_class_of(column->type.type);
}

/* The slot is made of the key's bytes as the connection reads them, which is utf8mb4. */
static bool has_known_bytes(const char *charset)
{
    return strcasecmp(charset, "utf8mb4") == 0 || strcasecmp(charset, "ascii") == 0;
}

const char *weir__column_refuses_key(const weir__column *column)
{
    weir__key_type key = weir__type_key_type(column->type.type);
    if (key == WEIR__KEY_TYPE_NONE)
        return column->type.type == WEIR__TYPE_OTHER ? "weir does not know" : "is not printed alike in every session";
    if (column->type.zerofill)
        return "is printed with zeros that its value has not";
    if ((key == WEIR__KEY_TYPE_TEXT || key == WEIR__KEY_TYPE_ENUM) && !has_known_bytes(column->charset))
        return "has a character set other than utf8mb4, ascii and binary, whose bytes are others on the way";
    return NULL;
}

weir__key_type weir__column_key_type(const weir__column *column)
{
    if (weir__column_refuses_key(column))
        return WEIR__KEY_TYPE_NONE;
    return weir__type_key_type(column->type.type);
}

bool weir__collation_is_exact(const char *collation)
{
    return strcasecmp(collation, "binary") == 0 || strstr(collation, "nopad_bin") || strstr(collation, "0900_bin");
}

bool weir__collation_folds(const char *collation)
{
    static const char *const checked[] = {
        "utf8mb4_general_ci",       "utf8mb4_general_nopad_ci",    "utf8mb4_unicode_ci",
        "utf8mb4_unicode_nopad_ci", "utf8mb4_unicode_520_ci",      "utf8mb4_unicode_520_nopad_ci",
        "utf8mb4_uca1400_ai_ci",    "utf8mb4_uca1400_nopad_ai_ci", "utf8mb4_0900_ai_ci",
        "ascii_general_ci",         "ascii_general_nopad_ci",
    };
    for (size_t i = 0; i < sizeof checked / sizeof *checked; i++)
        if (strcasecmp(collation, checked[i]) == 0)
            return true;
    size_t size = strlen(collation);
    return strcmp(collation, "binary") == 0 || (size > 4 && strcmp(collation + size - 4, "_bin") == 0);
}
