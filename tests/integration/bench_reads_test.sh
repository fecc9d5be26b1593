#!/usr/bin/env bash
# bench_reads_test.sh - `weir bench reads` runs, and no level sends a statement more. SPDX-License-Identifier: Apache-2.0
# What the rates are is no business of a test; what the servers count is.
set -euo pipefail
weir=${WEIR_COMMAND:?}
"$weir" setup >/dev/null
told=$("$weir" bench reads --rounds 2 --round-ms 50)
for level in eventual session; do
    grep -qE "^$level +[0-9]+ +[0-9.]+ +1\.0000 " <<<"$told" || { echo "$told"; exit 1; }
done
grep -q '^session / eventual, median of 2 rounds' <<<"$told"
if "$weir" bench reads --rounds 0 2>/dev/null; then exit 1; fi
