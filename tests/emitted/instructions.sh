#!/bin/sh
# instructions.sh FOLDER: instructions of a hit, from a function's start to its first ret, gcc -O2,
# x86-64, sizes known at run time only; and that a constant size takes no call. FOLDER/tables has
# been written by emit.sh. Prints TAP; says so where there is nothing to count with.
set -u
tables=$1/tables
folder=$1/instructions
number=0
mkdir -p "$folder"

if ! command -v objdump >/dev/null; then
    echo 'ok 1 # SKIP instructions of a hit: objdump is missing'
    exit 0
fi
if [ "$(uname -m)" != x86_64 ]; then
    echo "ok 1 # SKIP instructions of a hit: they are counted on x86-64, this is $(uname -m)"
    exit 0
fi

# The instructions of a function up to its first ret, one a line.
to_first_ret() { # object function
    objdump -d --no-show-raw-insn "$1" | awk -v start="<$2>:" '
        $2 == start { inside = 1; next }
        inside && /^$/ { exit }
        inside { print }
        inside && $2 ~ /^ret/ { exit }'
}

# most TABLE FUNCTION COUNT
most() {
    number=$((number + 1))
    prefix=$(awk '/^name:/ { print $2 }' "$tables/$1.yaml")
    object=$folder/$1.o
    [ -e "$object" ] && [ "$object" -nt "$tables/$1.c" ] ||
        gcc -std=c11 -O2 -c -o "$object" "$tables/$1.c" || exit 1
    to_first_ret "$object" "${prefix}_$2" >"$folder/text"
    count=$(wc -l <"$folder/text")
    if [ "$count" -gt 0 ] && [ "$count" -le "$3" ]; then
        echo "ok $number - $1: $2 hits in $count instructions of at most $3"
    else
        echo "not ok $number - $1: $2 hits in $count instructions, more than $3"
        sed 's/^/# /' "$folder/text"
    fi
}
most config-tokio alloc 18
most config-tokio free 18
most flagship_one alloc 15
most flagship_one free 12

# A constant size calls nothing on a hit: the first call comes after the first ret.
calls_nothing() { # table function compiler
    number=$((number + 1))
    gcc -std=c11 -O2 -I"$tables" -DPREFIX="$2" -include "$1.h" -c -o "$folder/constant.o" \
        tests/emitted/links/constant.c || exit 1
    for function in allocate release; do
        to_first_ret "$folder/constant.o" $function >"$folder/$function"
        if ! grep -q ret "$folder/$function" || grep -q call "$folder/$function"; then
            echo "not ok $number - $1: a constant size calls nothing on a hit"
            sed 's/^/# /' "$folder/$function"
            return
        fi
    done
    echo "ok $number - $1: a constant size hits in $(wc -l <"$folder/allocate") and" \
        "$(wc -l <"$folder/release") instructions, without a call"
}
calls_nothing config-tokio tokio
calls_nothing flagship_one flagship_one

echo "1..$number"
