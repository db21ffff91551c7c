#!/bin/sh
# combine.sh FOLDER: whatever of the keys for chips and for ends of pools is combined, poolgen says why not, or emits
# what compiles without a warning: TAP, one test a target. POOLGEN names the binary, CC a compiler, WARN its warnings.
set -u
all=$1/combined

row() { # size, what else it says
    echo "  - {size: $1, initial_count: 9$2}"
}

table() { # target threads exhausted oversize harden section
    echo "name: chip"
    printf '%s\n' "target: [$1]" "threads: $2" "oversize: $4" "harden: $5" 'stats: counters'
    [ "$3" = mixed ] || echo "exhausted: $3"
    section='' reserve='' borrow='' hook='' fail=''
    [ "$6" = yes ] && section=', section: .fast'
    [ "$6$2" = yescritical ] && reserve=', reserve: 1'
    [ "$3" = mixed ] && borrow=', exhausted: borrow' hook=', exhausted: hook' fail=', exhausted: fail'
    echo 'pools:'
    row 16 "$section$borrow"
    row 48 "$reserve$hook"
    row 128 "$fail"
}

one() { # as table
    table "$@" >"$folder/table.yaml"
    if ! "$POOLGEN" -q -o "$folder/table.c" "$folder/table.yaml" 2>"$folder/refusal"; then
        grep -q 'error: .*must ' "$folder/refusal" && return
    elif free=$([ "$1" = bare ] && echo -ffreestanding); made=$((made + 1))
        # shellcheck disable=SC2086
        $CC -std=c11 $WARN -fsyntax-only $free -include tests/chip/given.h "$folder/table.c" >"$folder/log" 2>&1; then
        return
    fi
    bad=$((bad + 1))
    echo "# $*" && sed 's/^/# /' "$folder/refusal" "$folder/log"
}

# try NUMBER TARGET: every combination for it, in a folder of its own.
try() {
    target=$2 folder=$all/$2 made=0 bad=0
    mkdir -p "$folder"
    for threads in shared none critical; do
        for exhausted in grow upstream fail borrow hook mixed; do
            for oversize in upstream os fail; do
                for harden in off check full; do
                    for section in no yes; do one "$target" $threads $exhausted $oversize $harden $section; done
                done
            done
        done
    done
    if [ $bad = 0 ] && [ $made -ge 18 ]; then echo "ok $1 - $made tables for $target compile"; else
        echo "not ok $1 - $made tables for $target compile, but for $bad"
    fi
}

mkdir -p "$all"
try 1 posix >"$all/posix.log" &
try 2 bare >"$all/bare.log"
wait
cat "$all/posix.log" "$all/bare.log"
echo '1..2'
