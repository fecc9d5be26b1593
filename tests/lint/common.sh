# common.sh - what the lint scripts share. SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A lint is a script with a function `lint <root>` that prints one line per mistake and `looked <n>` once, and calls lint_main with
# its bad samples after it: "<path>|<content>|<part of the mistake>". The samples prove that it can fail.

# Our source files below a root, generated ones never (they are in build/).
sources() { # <root> <extended regular expression of names>
    (cd "$1" && find base drivers examples include router schema tests tools -type f -regextype posix-extended -regex "$2" 2>/dev/null | sort) || true
}

# Text without comments and the contents of strings, lines kept.
strip_c() {
    perl -0777 -pe 's{(/\*.*?\*/)|(//[^\n]*)|("(?:\\.|[^"\\\n])*")|(\x27(?:\\.|[^\x27\\\n])*\x27)}{
        my $t = $&; $t =~ s/[^\n]//g; defined $3 ? "\"\"$t" : defined $4 ? "0$t" : " $t" }gse' "$1"
}

lint_main() { # <root> <samples..>
    local root=$1 name output count sample path content part scratch
    shift
    name=$(basename "$0" .sh)
    scratch=$(mktemp -d)
    # shellcheck disable=SC2064 # the folder of now
    trap "rm -rf '$scratch'" EXIT
    for sample in "$@"; do
        IFS='|' read -r path content part <<<"$sample"
        rm -rf "${scratch:?}/root"
        mkdir -p "$scratch/root/$(dirname "$path")"
        printf '%b\n' "$content" >"$scratch/root/$path"
        output=$(lint "$scratch/root" || true)
        if ! grep -qF -- "$part" <<<"$output"; then
            echo "lint $name: it does not find the mistake of its sample $path ($part); it says:"
            echo "$output"
            exit 1
        fi
    done
    output=$(lint "$root")
    count=$(sed -n 's/^looked //p' <<<"$output")
    output=$(grep -v '^looked ' <<<"$output" || true)
    if [ -n "$output" ]; then
        echo "$output"
        echo "lint $name: $(wc -l <<<"$output") mistakes in ${count:-0} files"
        exit 1
    fi
    if [ "${count:-0}" = 0 ]; then
        echo "lint $name: it found no file to look at"
        exit 1
    fi
    echo "lint $name: $count files are fine, $# bad samples were found"
}
