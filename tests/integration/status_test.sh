#!/usr/bin/env bash
# status_test.sh - `weir status` tells primary and replicas, as table, JSON and for Prometheus. SPDX-License-Identifier: Apache-2.0
set -euo pipefail
weir=${WEIR_COMMAND:?}
"$weir" setup >/dev/null
"$weir" status | grep -qE '^shop .* primary +in '
[ "$("$weir" status | grep -cE '^shop .* replica +in ')" = 2 ]
"$weir" status --json | python3 -c 'import json, sys; o = json.load(sys.stdin)["shards"][0]; assert [s["role"] for s in o["servers"]] == ["primary", "replica", "replica"], o; assert not o["split_brain"]'
[ "$("$weir" status --prometheus | grep -c '^weir_endpoint_up{.*} 1$')" = 3 ]
! "$weir" status --nonsense 2>/dev/null
