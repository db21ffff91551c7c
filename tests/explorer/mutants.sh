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

# Explores a mutant; 0 if a fault was found and said, 2 if the mutant does not build.
found() { # explorer folder
    "$MAKE" -s --no-print-directory "$2/$1" EXPLORER="$2" WARN= >"$2/log" 2>&1 || return 2
    timeout 60 "$2/$1" >"$2/log" 2>&1
    grep -Eq "$signs" "$2/log"
}

report() { # good name remark
    number=$((number + 1))
    [ "$1" = ok ] || survivors=$((survivors + 1))
    echo "$1 $number - mutant: $2$3"
}

while IFS='|' read -r name table script; do
    name=$(trim "$name") table=$(trim "$table")
    case $name in '' | '#'*) continue ;; *"$word"*) ;; *) continue ;; esac
    to=$folder/mutants/$(printf '%s' "$name" | tr -c 'a-z\n' -)
    mkdir -p "$to"
    cp "$folder/$table.h" "$to/$table.h"
    sed "$script" "$folder/$table.c" >"$to/$table.c"
    if cmp -s "$folder/$table.c" "$to/$table.c"; then
        report 'not ok' "$name" ': its pattern is not in the text any more'
        continue
    fi
    found "explore-$table" "$to"
    case $? in
    0) report ok "$name" ", $(grep -Eo "$signs" "$to/log" | head -n 1)" ;;
    2) report 'not ok' "$name" ": it does not build; see $to/log" ;;
    *) report 'not ok' "$name" ": it survived; see $to/log" ;;
    esac
done <"$here/mutants"
echo "1..$number"
[ "$survivors" -eq 0 ]
