#!/bin/sh
# mutants.sh FOLDER [WORD]: applies each fault of tests/explorer/mutants (those whose name contains
# WORD) to the text emitted in FOLDER, explores it, and prints TAP: ok where the fault was found.
# FOLDER is where explorer.mk builds; $MAKE builds the mutant as it builds the original.
set -u

folder=$1 word=${2:-}
here=$(dirname "$0")
number=0 survivors=0
signs='violation: .*|^ex: a block was freed twice.*'

trim() {
    printf '%s' "$1" | sed 's/^ *//; s/ *$//'
}

# Explores a mutant; writes 0 if a fault was found and said, 2 if the mutant does not build.
judge() { # explorer folder
    verdict=2
    if "$MAKE" -s --no-print-directory "$2/$1" EXPLORER="$2" WARN= >"$2/log" 2>&1; then
        timeout 60 "$2/$1" >"$2/log" 2>&1
        grep -Eq "$signs" "$2/log"
        verdict=$?
    fi
    echo $verdict >"$2/verdict"
}

if [ "$folder" = --judge ]; then
    judge "$2" "$3"
    exit
fi

report() { # good name remark
    number=$((number + 1))
    [ "$1" = ok ] || survivors=$((survivors + 1))
    echo "$1 $number - mutant: $2$3"
}

# Calls a function with NAME TABLE SCRIPT FOLDER for each mutant.
each() {
    while IFS='|' read -r name table script; do
        name=$(trim "$name") table=$(trim "$table")
        case $name in '' | '#'*) continue ;; *"$word"*) ;; *) continue ;; esac
        "$1" "$name" "$table" "$script" "$folder/mutants/$(printf '%s' "$name" | tr -c 'a-z\n' -)"
    done <"$here/mutants"
}

# Makes a mutant's text, and says how it is judged, unless it is no other.
make_text() {
    mkdir -p "$4"
    cp "$folder/$2.h" "$4/$2.h"
    sed "$3" "$folder/$2.c" >"$4/$2.c"
    echo same >"$4/verdict"
    cmp -s "$folder/$2.c" "$4/$2.c" || echo "--judge explore-$2 $4"
}

tell() {
    name=$1 to=$4
    case $(cat "$to/verdict") in
    same) report 'not ok' "$name" ': its pattern is not in the text any more' ;;
    0) report ok "$name" ", $(grep -Eo "$signs" "$to/log" | head -n 1)" ;;
    2) report 'not ok' "$name" ": it does not build; see $to/log" ;;
    *) report 'not ok' "$name" ": it survived; see $to/log" ;;
    esac
}

each make_text | xargs -r -L 1 -P 2 sh "$0"
each tell
echo "1..$number"
[ "$survivors" -eq 0 ]
