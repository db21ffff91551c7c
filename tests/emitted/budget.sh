#!/bin/sh
# budget.sh POOLGEN FOLDER: a budget of exactly what poolgen says the static objects take holds: the
# emitted assertion agrees, and so does the symbol table, object by object and in all. One byte less is
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

table_of() { # name
    for table in "tests/$1.yaml" "tests/chip/$1.yaml" "$tables/$1.yaml"; do
        if [ -f "$table" ]; then echo "$table" && return; fi
    done
}

# sizes_of TABLE: how each static object was listed by poolgen, and what the compiler made of it.
sizes_of() {
    name=$(sed -n 's/^name: *//p' "$(table_of "$1")")
    "$poolgen" --explain=json "$folder/$1.yaml" 2>/dev/null |
        sed -n '/"objects"/,/}/s/^ *"\([a-z_]*\)": \([0-9][0-9]*\).*/listed \1 \2/p'
    nm -S -t d "$folder/$1.o" | awk -v prefix="${name}_" 'NF == 4 && $3 ~ /[bBdDrR]/ {
        sub("^" prefix, "", $4); print "found", $4, $2 + 0 }'
}

# An object that is listed by name has just that size; those that are not are the others, which are small.
each_fits() { # table
    sizes_of "$1" | awk '
        $1 == "listed" { listed[$2] = $3 }
        $1 == "found" { name = $2 in listed ? $2 : "others"; found[name] += $3 }
        END {
            for (name in listed)
                if (name == "others" ? listed[name] < found[name] : listed[name] != found[name]) {
                    print name ": listed " listed[name] ", found " found[name] + 0
                    bad = 1
                }
            exit bad || !("arena" in listed)
        }'
}

with_budget() { # table bytes
    grep -v '^budget' "$(table_of "$1")" >"$folder/$1.yaml"
    echo "budget: $2" >>"$folder/$1.yaml"
    "$poolgen" -q -o "$folder/$1.c" "$folder/$1.yaml"
}

holds() { # table
    bytes=$(static_bytes "$(table_of "$1")")
    upper=$(sed -n 's/^name: *//p' "$(table_of "$1")" | tr '[:lower:]' '[:upper:]')
    with_budget "$1" "$bytes" && gcc -std=c11 -O0 -w "-D${upper}_ENTER()=0" \
        "-D${upper}_LEAVE(state)=(void)(state)" "-D${upper}_RANDOM(ptr, bytes)=__builtin_memset(ptr, 1, bytes)" -c -o "$folder/$1.o" "$folder/$1.c" || return 1
    sum=$(nm -S -t d "$folder/$1.o" | awk 'NF == 4 && $3 ~ /[bBdDrR]/ { sum += $2 } END { print sum + 0 }')
    echo "said $bytes, found $sum"
    [ "$sum" -gt 0 ] && [ "$sum" -le "$bytes" ] && each_fits "$1" || return 1
    with_budget "$1" $((bytes - 1)) && less=$(static_bytes "$folder/$1.yaml") || return 0
    echo "packed into $less"
    [ "$less" -lt "$bytes" ]
}

for table in config-tokio config-embedded config-tokio-64k flagship_one flagship_manual none_grow_os none_fail_fail \
    none_upstream_os manual_os shared_fail_fail shared_upstream_os direct_grow small_cache counters_one \
    counters_direct counters_small_cache alignment_8_one mixed_policies mixed_policies_one granules granules_one \
    compares_one select_split pools_256 pools_300 pools_1000 own_profile bare_one bare_mixed bare_table bare_wide \
    bare_pools_300 bare_critical critical_grow_os one_borrow ends_one interrupts ends place faults; do
    number=$((number + 1))
    if holds $table >"$folder/log" 2>&1; then
        echo "ok $number - $table fits the budget that it says it needs"
    else
        echo "not ok $number - $table fits the budget that it says it needs"
        sed 's/^/# /' "$folder/log"
    fi
done
echo "1..$number"
