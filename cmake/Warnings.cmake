# Warnings are errors with gcc and clang alike; generated code is exempt (weir_generated).
add_library(weir_warnings INTERFACE)
target_compile_options(weir_warnings INTERFACE
    -Wall -Wextra -Werror -Wshadow -Wpointer-arith -Wundef -Wvla -Wwrite-strings -Wformat=2
    $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition>
    -fno-strict-aliasing)
