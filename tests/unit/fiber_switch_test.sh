#!/usr/bin/env bash
# fiber_switch_test.sh - the fiber tests with another way to switch stacks than this machine's own. SPDX-License-Identifier: Apache-2.0
# Usage: fiber_switch_test.sh <source root> ucontext|aarch64
# ucontext: what other processors than x86-64 and aarch64 use, here with the compiler at hand. aarch64: cross-compiled and run by
# qemu-user (Debian: gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user); skipped (exit 77) where those are not.
set -euo pipefail
source=$1 way=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
compiler=${CC:-cc} runner=() more=()
case $way in
ucontext) more=(-DWEIR_FIBER_UCONTEXT) ;;
aarch64)
    compiler=aarch64-linux-gnu-gcc
    runner=(qemu-aarch64)
    more=(-static)
    for tool in "$compiler" "${runner[@]}"; do
        command -v "$tool" >/dev/null || { echo "skipped: there is no $tool"; exit 77; }
    done
    ;;
*) echo "usage: $0 <source root> ucontext|aarch64" >&2; exit 2 ;;
esac
for level in -O0 -O2; do # registers that a switch must keep are used at -O2 alone
    "$compiler" "$level" -g -std=gnu11 -Wall -Wextra -Werror -Wno-unused-result -D_GNU_SOURCE -DWEIR_FAULTS -DWEIR_PLAIN_TESTS \
        -DWEIR_SOURCE_DIR="\"$source\"" -DWEIR_VERSION='"0"' -I "$source" -I "$source/include" "${more[@]}" -o "$folder/fibers" \
        "$source"/base/*.c "$source"/tests/support/test.c "$source"/tests/unit/base/{fiber,wait}_test.c -lpthread -lm
    "${runner[@]}" "$folder/fibers" >"$folder/told" 2>&1 || { cat "$folder/told"; exit 1; }
    grep -E 'Passing: [1-9][0-9]* \| Failing: 0$' "$folder/told" || { echo "no fiber test ran"; cat "$folder/told"; exit 1; }
done
