#!/bin/sh
# budget.sh POOLGEN FOLDER: a budget of exactly what poolgen says the static objects take holds: the
# emitted assertion agrees, and so does the sum of all objects in the symbol table. One byte less is
# refused, or packed into less. Prints TAP.
set -u
poolgen=$1
tables=$2/tables
folder=$2/budget
number=0
mkdir -p "$folder"

static_bytes() {
    "$poolgen" --explain=json "$1" 2>/dev/null | awk -F '[:,]' '/"static_bytes"/ { print $2 + 0; exit }'
}

with_budget() { # table bytes
    grep -v '^budget' "$tables/$1.yaml" >"$folder/$1.yaml"
    echo "budget: $2" >>"$folder/$1.yaml"
    "$poolgen" -q -o "$folder/$1.c" "$folder/$1.yaml"
}

holds() { # table
    bytes=$(static_bytes "$tables/$1.yaml")
    with_budget "$1" "$bytes" && gcc -std=c11 -O0 -c -o "$folder/$1.o" "$folder/$1.c" || return 1
    sum=$(nm -S -t d "$folder/$1.o" | awk 'NF == 4 && $3 ~ /[bBdDrR]/ { sum += $2 } END { print sum + 0 }')
    echo "said $bytes, found $sum"
    [ "$sum" -gt 0 ] && [ "$sum" -le "$bytes" ] || return 1
    with_budget "$1" $((bytes - 1)) && less=$(static_bytes "$folder/$1.yaml") || return 0
    echo "packed into $less"
    [ "$less" -lt "$bytes" ]
}

for table in config-tokio config-embedded config-tokio-64k flagship_one none_grow_os \
    shared_upstream_os direct_grow small_cache counters_one counters_direct counters_small_cache \
    alignment_8_one granules granules_one compares_one select_split pools_256 pools_300 pools_1000; do
    number=$((number + 1))
    if holds $table >"$folder/log" 2>&1; then
        echo "ok $number - $table fits the budget that it says it needs"
    else
        echo "not ok $number - $table fits the budget that it says it needs"
        sed 's/^/# /' "$folder/log"
    fi
done
echo "1..$number"
