#!/bin/sh
# run.sh FOLDER: the programs of this folder, each on what its table emits: TAP. POOLGEN names the binary, CC a
# compiler, WARN its warnings.
set -u
folder=$1
here=tests/chip
number=0
mkdir -p "$folder"

result() { # status name
    number=$((number + 1))
    if [ "$1" = 0 ]; then echo "ok $number - $2"; else echo "not ok $number - $2"; fi
}

# program NAME TABLE SOURCE FLAGS...: emits, compiles both with the flags, runs.
program() {
    name=$1 table=$2 source=$3
    shift 3
    out=$folder/$name
    mkdir -p "$out"
    # shellcheck disable=SC2086
    "$POOLGEN" -q -o "$out/allocator.c" "$table" &&
        $CC -std=c11 -O2 -g $WARN -ffreestanding "-I$here" "$@" -c -o "$out/allocator.o" "$out/allocator.c" &&
        $CC -std=c11 -O1 -g $WARN "-I$here" "-I$out" "$@" -pthread -o "$out/test" "$here/$source" "$out/allocator.o" &&
        "$out/test" >"$out/log" 2>&1
    status=$?
    grep -E '^(not ok|#)' "$out/log" 2>/dev/null | sed 's/^/# /'
    result $status "$name"
}

# refuses NAME TABLE TEXT FLAGS...: what is not given is asked for, in these words.
refuses() {
    name=$1 table=$2 text=$3
    shift 3
    mkdir -p "$folder/refused"
    "$POOLGEN" -q -o "$folder/refused/allocator.c" "$table" &&
        ! $CC -std=c11 -ffreestanding "$@" -c -o "$folder/refused/allocator.o" "$folder/refused/allocator.c" \
            2>"$folder/refused/log" && grep -q "#error \"$text" "$folder/refused/log"
    result $? "$name"
}

with() { # table keys: the table with them, in place of its own
    keys=$(echo "$2" | sed 's/:.*//')
    grep -v "^$keys:" "$here/$1.yaml" >"$folder/$1-$keys.yaml"
    echo "$2" >>"$folder/$1-$keys.yaml"
    echo "$folder/$1-$keys.yaml"
}

growing() { # table: without reserves, which pools that grow do not have
    sed -i 's/, reserve: [0-9]*//' "$1"
    echo "$1"
}

lock=-DCHIP_CRITICAL_H='"lock.h"'
program 'a signal as an interrupt' $here/interrupts.yaml interrupts.c -DCHIP_CRITICAL_H='"mask.h"'
program 'threads, one section at a time' $here/interrupts.yaml threads.c "$lock"
program 'the same under ThreadSanitizer' $here/interrupts.yaml threads.c "$lock" -fsanitize=thread
hosted=$(growing "$(with interrupts 'target: [posix]')")
program 'the same with a C library, malloc and growth, under ThreadSanitizer' "$hosted" threads.c "$lock" \
    -fsanitize=thread -DMOST_SIZE=1000
program 'the same where malloc serves' "$hosted" threads.c "$lock" -DCHIP_PASSTHROUGH=1
for harden in off check full; do
    { cat "$hosted" && printf '%s\n' 'oversize: os' "harden: $harden"; } >"$folder/mappings-$harden.yaml"
    program "the same with own mappings, harden: $harden, under ThreadSanitizer" "$folder/mappings-$harden.yaml" threads.c \
        "$lock" -fsanitize=thread -DMOST_SIZE=1000
done
program 'the same, hardened, under ThreadSanitizer' "$(with interrupts 'harden: check')" threads.c \
    "$lock" -fsanitize=thread '-DCHIP_RANDOM(ptr,bytes)=__builtin_memset(ptr,7,bytes)'
program 'ends of pools' $here/ends.yaml ends.c "$lock"
program 'ends of pools, hardened' "$(with ends 'harden: check')" ends.c "$lock" \
    '-DCHIP_RANDOM(ptr,bytes)=__builtin_memset(ptr,7,bytes)'
program 'sections, none of them cleared' $here/place.yaml place.c -DSECTIONS -DCHIP_ARENA_SECTION='"chip_rest"'
{ cat "$(with place 'target: [posix]')" && printf '%s\n' 'threads: none' 'exhausted: fail' 'oversize: os'; } >"$folder/place.yaml"
program 'sections beside a C library and own mappings' "$folder/place.yaml" place.c -DSECTIONS -DCHIP_ARENA_SECTION='"chip_rest"'
program 'counts that begin again' "$(with place 'stats: counters')" counts.c '-DCHIP_API=static __attribute__((unused))'
program 'no section, hardened in full' $here/faults.yaml place.c -include fault.h -DCHIP_SILENT \
    -DOWN_RANDOM
program 'faults as texts' $here/faults.yaml faults.c -include fault.h
program 'faults as numbers' $here/faults.yaml faults.c -DCHIP_FAULT_NUMBERS -include fault.h
program 'faults that nobody asks for' $here/faults.yaml faults.c -DCHIP_SILENT -include fault.h
refuses 'sections want their macros' $here/ends.yaml 'threads: critical: define CHIP_ENTER'
refuses 'hardening wants random bytes' $here/faults.yaml 'harden: define CHIP_RANDOM'
echo "1..$number"
