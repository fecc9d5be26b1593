#!/usr/bin/env bash
# bench_overhead_test.sh - `weir bench overhead` runs, tells all its sides, and shows the code it compares with. SPDX-License-Identifier: Apache-2.0
# Usage: bench_overhead_test.sh <source root>; what the figures are is no business of a test.
set -euo pipefail
"$WEIR_COMMAND" bench overhead --show-raw | cmp - "$1/drivers/raw_client.c"
"$WEIR_COMMAND" bench overhead --rounds 1 --round-ms 200 --json | python3 -c '
import json, sys
parts = json.load(sys.stdin)["parts"]
assert [(p["threads"], len(p["sides"])) for p in parts] == [(1, 4), (8, 4), (64, 2)], parts
for p in parts:
    for s in p["sides"]:
        assert s["per_second"] > 0 and 0 < s["p50_us"] <= s["p99_us"] <= s["p999_us"] and s["cpu_us"] > 0, s
'
"$WEIR_COMMAND" bench overhead --rounds 2 --round-ms 20 | grep -q "weir literals"
if "$WEIR_COMMAND" bench overhead --rounds 0 2>/dev/null; then exit 1; fi
