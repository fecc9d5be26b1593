#!/usr/bin/env bash
# heads.sh - each source file begins by saying what it is and under which licence. SPDX-License-Identifier: Apache-2.0
# Usage: heads.sh <source root>
set -euo pipefail
# shellcheck source=tests/lint/common.sh
. "$(dirname "$0")/common.sh"

lint() {
    local file head count=0
    while read -r file; do
        count=$((count + 1))
        head=$(head -n 12 "$1/$file")
        case ${head%%$'\n'*} in
        "/* ${file##*/} - "?*) ;;
        "/* ${file#include/} - "?*) ;;
        *) echo "$file:1: it must begin with /* ${file##*/} - what it is" ;;
        esac
        case $head in
        *"SPDX-License-Identifier: Apache-2.0"*) ;;
        *) echo "$file:1: no line SPDX-License-Identifier: Apache-2.0 in the first 12" ;;
        esac
    done < <(sources "$1" '.*\.(c|h|re|y)')
    echo "looked $count"
}

lint_main "$1" \
    'base/bad.c|/* good.c - SPDX-License-Identifier: Apache-2.0 */|it must begin with /* bad.c' \
    'base/bad.h|#include <x.h>|it must begin with' \
    'tests/unit/bad.c|/* bad.c - a test */|no line SPDX'
