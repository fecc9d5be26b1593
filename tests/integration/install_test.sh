#!/usr/bin/env bash
# install_test.sh - an installed weir is found by pkg-config and by CMake, shared and static. SPDX-License-Identifier: Apache-2.0
# Usage: install_test.sh <build folder> <C compiler>
set -euo pipefail

build=$1 cc=$2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
prefix=$scratch/prefix
version=$("$build/weir" --version)

DESTDIR='' cmake --install "$build" --prefix "$prefix" >"$scratch/log" || { cat "$scratch/log"; exit 1; }
cat >"$scratch/hello.c" <<'C'
#include <stdio.h>
#include <weir.h>
int main(void) { return printf("weir %s\n", weir_version()) < 0; }
C

is_version() { # <how> <command..>
    local how=$1 got
    shift
    got=$("$@")
    [ "$got" = "$version" ] || { echo "install_test: $how: it prints '$got', not '$version'"; exit 1; }
    echo "install_test: $how: fine"
}

pc=$(find "$prefix" -name weir.pc)
[ -n "$pc" ] || { echo "install_test: no weir.pc was installed"; exit 1; }
libdir=$(dirname "$(dirname "$pc")")
export PKG_CONFIG_PATH=$libdir/pkgconfig
# weir.pc knows the prefix of configuring: another one is given on the command line of pkg-config, as packagers do.
config() { pkg-config --define-variable=prefix="$prefix" "$@" weir; }
read -ra flags <<<"$(config --cflags --libs)"
"$cc" "$scratch/hello.c" -o "$scratch/hello" "${flags[@]}"
is_version "pkg-config" env LD_LIBRARY_PATH="$libdir" "$scratch/hello"

read -ra flags <<<"$(config --cflags)"
read -ra libraries <<<"$(config --static --libs-only-l | sed 's/-lweir\>//')"
"$cc" "$scratch/hello.c" -o "$scratch/hello-static" "${flags[@]}" "$libdir/libweir.a" "${libraries[@]}"
is_version "pkg-config --static" "$scratch/hello-static"

cat >"$scratch/CMakeLists.txt" <<'C'
cmake_minimum_required(VERSION 3.23)
project(hello C)
find_package(weir 0 REQUIRED)
add_executable(hello hello.c)
target_link_libraries(hello PRIVATE weir::weir)
C
if ! { cmake -S "$scratch" -B "$scratch/build" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_COMPILER="$cc" &&
    cmake --build "$scratch/build"; } >"$scratch/log" 2>&1; then
    cat "$scratch/log"
    exit 1
fi
is_version "find_package" "$scratch/build/hello"
is_version "the installed command" env LD_LIBRARY_PATH="$libdir" "$prefix/bin/weir" --version

# Thread-local memory lies on the stack of each thread of the program, also of those whose stacks are small.
bytes=$(($(readelf -lW "$libdir/libweir.so" | awk '$1 == "TLS" { print $6 }')))
[ "$bytes" -le 64 ] || { echo "install_test: libweir.so takes $bytes bytes of each thread's stack"; exit 1; }
