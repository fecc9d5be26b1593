#!/usr/bin/env bash
# headers.sh - each public header compiles alone, as C11 and as C++17. SPDX-License-Identifier: Apache-2.0
# Usage: headers.sh <source root> [C compiler] [C++ compiler]
set -euo pipefail
# shellcheck source=tests/lint/common.sh
. "$(dirname "$0")/common.sh"
cc=${2:-cc} cxx=${3:-c++}

lint() {
    local header count=0
    while read -r header; do
        count=$((count + 1))
        "$cc" -std=c11 -pedantic -Wall -Wextra -Werror -fsyntax-only -I "$1/include" -x c - <<<"#include \"${header#include/}\"" 2>&1 | sed 's/^/as C11: /' || true
        "$cxx" -std=c++17 -Wall -Wextra -Werror -fsyntax-only -I "$1/include" -x c++ - <<<"#include \"${header#include/}\"" 2>&1 | sed 's/^/as C++17: /' || true
    done < <(sources "$1" 'include/.*\.h')
    echo "looked $count"
}

lint_main "$1" \
    'include/bad.h|static inline size_t f(void) { return 0; }|size_t' \
    'include/bad.h|struct a { int class; };|as C++17: ' \
    'include/weir/bad.h|struct empty {};|as C11: '
