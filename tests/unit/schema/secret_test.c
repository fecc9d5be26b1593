/* secret_test.c - passwords from the environment and from files. SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/limits.h"
#include "schema/config.h"
#include "tests/support/test.h"

static const char *write_file(const char *text, size_t size)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/secret", test_folder());
    FILE *file = fopen(path, "wb");
    fwrite(text, 1, size, file);
    fclose(file);
    return path;
}

TEST(secret, one_newline_at_a_files_end_is_dropped)
{
    static const struct {
        const char *name, *text, *want;
    } rows[] = {
        {"plain", "pass", "pass"},
        {"newline", "pass\n", "pass"},
        {"of Windows", "pass\r\n", "pass"},
        {"two newlines", "pass\n\n", "pass\n"},
        {"inside", "pa\nss\n", "pa\nss"},
        {"spaces stay", " p \n", " p "},
        {"empty", "", ""},
        {"only a newline", "\n", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        weir__secret secret = {WEIR__SECRET_FILE, write_file(rows[i].text, strlen(rows[i].text))};
        weir_error error;
        char *value;
        EXPECT_OK(weir__secret_value(test_env(), &secret, &value, &error), error);
        EXPECT_THAT(value && strcmp(value, rows[i].want) == 0, "%s gives \"%s\"", rows[i].name, value ? value : "NULL");
        weir__secret_wipe(test_env(), value);
    }
}

TEST(secret, of_the_environment_and_of_nothing)
{
    weir_error error;
    char *value;
    weir__secret variable = {WEIR__SECRET_ENV, "WEIR_TEST_SECRET"}, none = {WEIR__SECRET_NONE, NULL};
    unsetenv("WEIR_TEST_SECRET");
    EXPECT_STATUS(weir__secret_value(test_env(), &variable, &value, &error), error, WEIR_CONFIG);
    EXPECT_TEXT(error.text, "the environment variable WEIR_TEST_SECRET, which holds a password, is not set");
    EXPECT(value == NULL);
    setenv("WEIR_TEST_SECRET", "pass\n", 1);
    EXPECT_OK(weir__secret_value(test_env(), &variable, &value, &error), error);
    EXPECT_TEXT(value, "pass\n");
    weir__secret_wipe(test_env(), value);
    unsetenv("WEIR_TEST_SECRET");
    EXPECT_OK(weir__secret_value(test_env(), &none, &value, &error), error);
    EXPECT_TEXT(value, "");
    weir__secret_wipe(test_env(), value);
    weir__secret_wipe(test_env(), NULL);
}

TEST(secret, files_that_hold_none)
{
    static char large[WEIR__MAX_SECRET_BYTES + 1];
    weir_error error;
    char *value, missing[256];
    snprintf(missing, sizeof missing, "%s/nothing", test_folder());
    weir__secret secret = {WEIR__SECRET_FILE, missing};
    EXPECT_STATUS(weir__secret_value(test_env(), &secret, &value, &error), error, WEIR_CONFIG);
    EXPECT_HAS(error.text, "/nothing cannot be read: No such file or directory");
    secret.name = test_folder();
    EXPECT_STATUS(weir__secret_value(test_env(), &secret, &value, &error), error, WEIR_CONFIG);
    EXPECT_HAS(error.text, "Is a directory");
    secret.name = write_file("a\0b", 3);
    EXPECT_STATUS(weir__secret_value(test_env(), &secret, &value, &error), error, WEIR_CONFIG);
    EXPECT_HAS(error.text, "holds a NUL byte");
    memset(large, 'x', sizeof large);
    secret.name = write_file(large, sizeof large);
    EXPECT_STATUS(weir__secret_value(test_env(), &secret, &value, &error), error, WEIR_CONFIG);
    EXPECT_HAS(error.text, "is larger than 16384 bytes");
    secret.name = write_file(large, sizeof large - 1);
    EXPECT_OK(weir__secret_value(test_env(), &secret, &value, &error), error);
    EXPECT_INT(strlen(value), WEIR__MAX_SECRET_BYTES);
    weir__secret_wipe(test_env(), value);
}

TORTURE(secret, reading)
{
    weir_error error;
    char *value;
    weir__secret secret = {WEIR__SECRET_FILE, write_file("pass\n", 5)};
    weir_status status = weir__secret_value(test_env(), &secret, &value, &error);
    weir__secret_wipe(test_env(), value);
    return status;
}
