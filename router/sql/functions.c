/* functions.c - the functions that servers bring along, sorted. SPDX-License-Identifier: Apache-2.0 */
#include "router/sql/functions.h"

#include <string.h>

enum { LONGEST = 40 };

#define PLAIN WEIR__FN_PLAIN
#define READS WEIR__FN_READS
#define HARMLESS WEIR__FN_HARMLESS
#define CHANGES WEIR__FN_CHANGES
#define VARIES WEIR__FN_VARIES
#define AGGREGATE WEIR__FN_AGGREGATE
#define TIGHT WEIR__FN_TIGHT
#define MARIADB WEIR__FN_MARIADB
#define MYSQL WEIR__FN_MYSQL

/* Sorted by bytes; a test checks it. */
/* clang-format off */
static const weir__function functions[] = {
    {"abs", PLAIN}, {"acos", PLAIN}, {"add_months", PLAIN | MARIADB}, {"adddate", PLAIN | TIGHT}, {"addtime", PLAIN},
    {"aes_decrypt", PLAIN}, {"aes_encrypt", PLAIN}, {"any_value", PLAIN | AGGREGATE | MYSQL}, {"ascii", PLAIN}, {"asin", PLAIN},
    {"atan", PLAIN}, {"atan2", PLAIN}, {"avg", PLAIN | AGGREGATE}, {"benchmark", VARIES}, {"bin", PLAIN}, {"bin_to_uuid", PLAIN},
    {"bit_and", PLAIN | AGGREGATE | TIGHT}, {"bit_count", PLAIN}, {"bit_length", PLAIN}, {"bit_or", PLAIN | AGGREGATE | TIGHT},
    {"bit_xor", PLAIN | AGGREGATE | TIGHT}, {"cast", PLAIN | TIGHT}, {"ceil", PLAIN}, {"ceiling", PLAIN}, {"char", PLAIN},
    {"char_length", PLAIN}, {"character_length", PLAIN}, {"charset", PLAIN}, {"chr", PLAIN | MARIADB}, {"coalesce", PLAIN},
    {"coercibility", PLAIN}, {"collation", PLAIN}, {"column_add", PLAIN | MARIADB}, {"column_check", PLAIN | MARIADB},
    {"column_create", PLAIN | MARIADB}, {"column_delete", PLAIN | MARIADB}, {"column_exists", PLAIN | MARIADB},
    {"column_get", PLAIN | MARIADB}, {"column_json", PLAIN | MARIADB}, {"column_list", PLAIN | MARIADB}, {"compress", PLAIN},
    {"concat", PLAIN}, {"concat_ws", PLAIN}, {"connection_id", READS | VARIES}, {"conv", PLAIN}, {"convert", PLAIN},
    {"convert_tz", PLAIN}, {"cos", PLAIN}, {"cot", PLAIN}, {"count", PLAIN | AGGREGATE | TIGHT}, {"crc32", PLAIN},
    {"crc32c", PLAIN | MARIADB}, {"cume_dist", PLAIN}, {"curdate", PLAIN | VARIES | TIGHT}, {"current_date", PLAIN | VARIES},
    {"current_role", PLAIN}, {"current_time", PLAIN | VARIES}, {"current_timestamp", PLAIN | VARIES}, {"current_user", PLAIN},
    {"curtime", PLAIN | VARIES | TIGHT}, {"database", PLAIN}, {"date", PLAIN}, {"date_add", PLAIN | TIGHT},
    {"date_format", PLAIN}, {"date_sub", PLAIN | TIGHT}, {"datediff", PLAIN}, {"day", PLAIN}, {"dayname", PLAIN},
    {"dayofmonth", PLAIN}, {"dayofweek", PLAIN}, {"dayofyear", PLAIN}, {"decode", PLAIN | MARIADB}, {"default", PLAIN},
    {"degrees", PLAIN}, {"dense_rank", PLAIN}, {"des_decrypt", PLAIN | MARIADB}, {"des_encrypt", PLAIN | MARIADB}, {"elt", PLAIN},
    {"encode", PLAIN | MARIADB}, {"encrypt", PLAIN | MARIADB}, {"exp", PLAIN}, {"export_set", PLAIN}, {"extract", PLAIN | TIGHT},
    {"extractvalue", PLAIN}, {"field", PLAIN}, {"find_in_set", PLAIN}, {"first_value", PLAIN}, {"floor", PLAIN},
    {"format", PLAIN}, {"format_bytes", PLAIN | MYSQL}, {"format_pico_time", PLAIN | MYSQL}, {"found_rows", READS | VARIES},
    {"from_base64", PLAIN}, {"from_days", PLAIN}, {"from_unixtime", PLAIN}, {"geometrycollection", PLAIN}, {"get_format", PLAIN},
    {"get_lock", CHANGES | VARIES}, {"greatest", PLAIN}, {"group_concat", PLAIN | AGGREGATE | TIGHT}, {"grouping", PLAIN | MYSQL},
    {"hex", PLAIN}, {"hour", PLAIN}, {"if", PLAIN}, {"ifnull", PLAIN}, {"inet6_aton", PLAIN}, {"inet6_ntoa", PLAIN},
    {"inet_aton", PLAIN}, {"inet_ntoa", PLAIN}, {"insert", PLAIN}, {"instr", PLAIN}, {"interval", PLAIN},
    {"is_free_lock", VARIES}, {"is_ipv4", PLAIN}, {"is_ipv4_compat", PLAIN}, {"is_ipv4_mapped", PLAIN}, {"is_ipv6", PLAIN},
    {"is_used_lock", VARIES}, {"is_uuid", PLAIN | MYSQL}, {"isnull", PLAIN}, {"json_array", PLAIN}, {"json_array_append", PLAIN},
    {"json_array_insert", PLAIN}, {"json_array_intersect", PLAIN | MARIADB}, {"json_arrayagg", PLAIN | AGGREGATE},
    {"json_compact", PLAIN | MARIADB}, {"json_contains", PLAIN}, {"json_contains_path", PLAIN}, {"json_depth", PLAIN},
    {"json_detailed", PLAIN | MARIADB}, {"json_equals", PLAIN | MARIADB}, {"json_exists", PLAIN | MARIADB},
    {"json_extract", PLAIN}, {"json_insert", PLAIN}, {"json_keys", PLAIN}, {"json_length", PLAIN},
    {"json_loose", PLAIN | MARIADB}, {"json_merge", PLAIN}, {"json_merge_patch", PLAIN}, {"json_merge_preserve", PLAIN},
    {"json_normalize", PLAIN | MARIADB}, {"json_object", PLAIN}, {"json_object_filter_keys", PLAIN | MARIADB},
    {"json_object_to_array", PLAIN | MARIADB}, {"json_objectagg", PLAIN | AGGREGATE}, {"json_overlaps", PLAIN},
    {"json_pretty", PLAIN}, {"json_query", PLAIN | MARIADB}, {"json_quote", PLAIN}, {"json_remove", PLAIN},
    {"json_replace", PLAIN}, {"json_schema_valid", PLAIN | MYSQL}, {"json_schema_validation_report", PLAIN | MYSQL},
    {"json_search", PLAIN}, {"json_set", PLAIN}, {"json_storage_free", PLAIN | MYSQL}, {"json_storage_size", PLAIN | MYSQL},
    {"json_type", PLAIN}, {"json_unquote", PLAIN}, {"json_valid", PLAIN}, {"json_value", PLAIN}, {"kdf", PLAIN | MARIADB},
    {"lag", PLAIN}, {"last_day", PLAIN}, {"last_insert_id", READS | VARIES}, {"last_value", PLAIN}, {"lastval", READS | VARIES},
    {"lcase", PLAIN}, {"lead", PLAIN}, {"least", PLAIN}, {"left", PLAIN}, {"length", PLAIN}, {"lengthb", PLAIN | MARIADB},
    {"linestring", PLAIN}, {"ln", PLAIN}, {"load_file", VARIES}, {"localtime", PLAIN | VARIES},
    {"localtimestamp", PLAIN | VARIES}, {"locate", PLAIN}, {"log", PLAIN}, {"log10", PLAIN}, {"log2", PLAIN}, {"lower", PLAIN},
    {"lpad", PLAIN}, {"ltrim", PLAIN}, {"make_set", PLAIN}, {"makedate", PLAIN}, {"maketime", PLAIN}, {"master_gtid_wait", 0},
    {"master_pos_wait", 0}, {"max", PLAIN | AGGREGATE | TIGHT}, {"md5", PLAIN}, {"median", PLAIN | MARIADB},
    {"microsecond", PLAIN}, {"mid", PLAIN | TIGHT}, {"min", PLAIN | AGGREGATE | TIGHT}, {"minute", PLAIN}, {"mod", PLAIN},
    {"month", PLAIN}, {"monthname", PLAIN}, {"multilinestring", PLAIN}, {"multipoint", PLAIN}, {"multipolygon", PLAIN},
    {"name_const", 0}, {"natural_sort_key", PLAIN | MARIADB}, {"nextval", CHANGES | VARIES}, {"now", PLAIN | VARIES | TIGHT},
    {"nth_value", PLAIN}, {"ntile", PLAIN}, {"nullif", PLAIN}, {"nvl", PLAIN | MARIADB}, {"nvl2", PLAIN | MARIADB},
    {"oct", PLAIN}, {"octet_length", PLAIN}, {"old_password", PLAIN | MARIADB}, {"ord", PLAIN}, {"password", PLAIN | MARIADB},
    {"percent_rank", PLAIN}, {"percentile_cont", PLAIN | MARIADB}, {"percentile_disc", PLAIN | MARIADB}, {"period_add", PLAIN},
    {"period_diff", PLAIN}, {"pi", PLAIN}, {"point", PLAIN}, {"polygon", PLAIN}, {"position", PLAIN | TIGHT}, {"pow", PLAIN},
    {"power", PLAIN}, {"quarter", PLAIN}, {"quote", PLAIN}, {"radians", PLAIN}, {"rand", PLAIN | VARIES},
    {"random_bytes", PLAIN | VARIES}, {"rank", PLAIN}, {"regexp_instr", PLAIN}, {"regexp_like", PLAIN}, {"regexp_replace", PLAIN},
    {"regexp_substr", PLAIN}, {"release_all_locks", CHANGES | VARIES}, {"release_lock", CHANGES | VARIES}, {"repeat", PLAIN},
    {"replace", PLAIN}, {"reverse", PLAIN}, {"right", PLAIN}, {"round", PLAIN}, {"row", PLAIN}, {"row_count", READS | VARIES},
    {"row_number", PLAIN}, {"rpad", PLAIN}, {"rtrim", PLAIN}, {"schema", PLAIN}, {"sec_to_time", PLAIN}, {"second", PLAIN},
    {"session_user", PLAIN | TIGHT}, {"setval", CHANGES | VARIES}, {"sformat", PLAIN | MARIADB}, {"sha", PLAIN}, {"sha1", PLAIN},
    {"sha2", PLAIN}, {"sign", PLAIN}, {"sin", PLAIN}, {"sleep", HARMLESS}, {"soundex", PLAIN}, {"source_pos_wait", 0},
    {"space", PLAIN}, {"sqrt", PLAIN}, {"st_area", PLAIN}, {"st_asbinary", PLAIN}, {"st_asgeojson", PLAIN}, {"st_astext", PLAIN},
    {"st_aswkb", PLAIN}, {"st_aswkt", PLAIN}, {"st_buffer", PLAIN}, {"st_centroid", PLAIN}, {"st_contains", PLAIN},
    {"st_convexhull", PLAIN}, {"st_crosses", PLAIN}, {"st_difference", PLAIN}, {"st_dimension", PLAIN}, {"st_disjoint", PLAIN},
    {"st_distance", PLAIN}, {"st_distance_sphere", PLAIN}, {"st_endpoint", PLAIN}, {"st_envelope", PLAIN}, {"st_equals", PLAIN},
    {"st_exteriorring", PLAIN}, {"st_frechetdistance", PLAIN | MYSQL}, {"st_geohash", PLAIN | MYSQL},
    {"st_geomcollfromtext", PLAIN}, {"st_geometryn", PLAIN}, {"st_geometrytype", PLAIN}, {"st_geomfromgeojson", PLAIN},
    {"st_geomfromtext", PLAIN}, {"st_geomfromwkb", PLAIN}, {"st_hausdorffdistance", PLAIN | MYSQL}, {"st_interiorringn", PLAIN},
    {"st_intersection", PLAIN}, {"st_intersects", PLAIN}, {"st_isclosed", PLAIN}, {"st_isempty", PLAIN}, {"st_issimple", PLAIN},
    {"st_isvalid", PLAIN | MYSQL}, {"st_latfromgeohash", PLAIN | MYSQL}, {"st_latitude", PLAIN | MYSQL}, {"st_length", PLAIN},
    {"st_linefromtext", PLAIN}, {"st_longfromgeohash", PLAIN | MYSQL}, {"st_longitude", PLAIN | MYSQL},
    {"st_makeenvelope", PLAIN | MYSQL}, {"st_numgeometries", PLAIN}, {"st_numinteriorrings", PLAIN}, {"st_numpoints", PLAIN},
    {"st_overlaps", PLAIN}, {"st_pointfromgeohash", PLAIN | MYSQL}, {"st_pointfromtext", PLAIN}, {"st_pointn", PLAIN},
    {"st_polyfromtext", PLAIN}, {"st_simplify", PLAIN | MYSQL}, {"st_srid", PLAIN}, {"st_startpoint", PLAIN},
    {"st_swapxy", PLAIN | MYSQL}, {"st_symdifference", PLAIN}, {"st_touches", PLAIN}, {"st_transform", PLAIN | MYSQL},
    {"st_union", PLAIN}, {"st_validate", PLAIN | MYSQL}, {"st_within", PLAIN}, {"st_x", PLAIN}, {"st_y", PLAIN},
    {"statement_digest", PLAIN | MYSQL}, {"statement_digest_text", PLAIN | MYSQL}, {"std", PLAIN | AGGREGATE | TIGHT},
    {"stddev", PLAIN | AGGREGATE | TIGHT}, {"stddev_pop", PLAIN | AGGREGATE | TIGHT}, {"stddev_samp", PLAIN | AGGREGATE | TIGHT},
    {"str_to_date", PLAIN}, {"strcmp", PLAIN}, {"subdate", PLAIN | TIGHT}, {"substr", PLAIN | TIGHT},
    {"substring", PLAIN | TIGHT}, {"substring_index", PLAIN}, {"subtime", PLAIN}, {"sum", PLAIN | AGGREGATE | TIGHT},
    {"sys_guid", PLAIN | VARIES | MARIADB}, {"sysdate", PLAIN | VARIES | TIGHT}, {"system_user", PLAIN | TIGHT}, {"tan", PLAIN},
    {"time", PLAIN}, {"time_format", PLAIN}, {"time_to_sec", PLAIN}, {"timediff", PLAIN}, {"timestamp", PLAIN},
    {"timestampadd", PLAIN}, {"timestampdiff", PLAIN}, {"to_base64", PLAIN}, {"to_char", PLAIN | MARIADB}, {"to_days", PLAIN},
    {"to_seconds", PLAIN}, {"trim", PLAIN | TIGHT}, {"truncate", PLAIN}, {"ucase", PLAIN}, {"uncompress", PLAIN},
    {"uncompressed_length", PLAIN}, {"unhex", PLAIN}, {"unix_timestamp", PLAIN | VARIES}, {"updatexml", PLAIN}, {"upper", PLAIN},
    {"user", PLAIN}, {"utc_date", PLAIN | VARIES}, {"utc_time", PLAIN | VARIES}, {"utc_timestamp", PLAIN | VARIES},
    {"uuid", PLAIN | VARIES}, {"uuid_short", PLAIN | VARIES}, {"uuid_to_bin", PLAIN | MYSQL}, {"value", PLAIN | MARIADB},
    {"values", PLAIN}, {"var_pop", PLAIN | AGGREGATE | TIGHT}, {"var_samp", PLAIN | AGGREGATE | TIGHT},
    {"variance", PLAIN | AGGREGATE | TIGHT}, {"version", PLAIN}, {"wait_for_executed_gtid_set", 0}, {"week", PLAIN},
    {"weekday", PLAIN}, {"weekofyear", PLAIN}, {"weight_string", PLAIN}, {"wsrep_sync_wait_upto_gtid", 0}, {"xor", PLAIN},
    {"year", PLAIN}, {"yearweek", PLAIN},
};
/* clang-format on */

enum { COUNT = sizeof functions / sizeof *functions };

const weir__function *weir__function_find(weir_str name)
{
    char lower[LONGEST];
    size_t low = 0, high = COUNT;

    if (name.size == 0 || name.size >= sizeof lower)
        return NULL;
    for (size_t i = 0; i < name.size; i++)
        lower[i] = (char)(name.data[i] >= 'A' && name.data[i] <= 'Z' ? name.data[i] + 32 : name.data[i]);
    lower[name.size] = '\0';
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(lower, functions[middle].name);
        if (order == 0)
            return &functions[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

const weir__function *weir__functions(size_t *count)
{
    *count = COUNT;
    return functions;
}
