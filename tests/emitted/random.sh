#!/bin/sh
# random.sh POOLGEN FOLDER COUNT: emits that many random tables and holds each one's selection and
# owner map to a plain loop. Prints TAP. All take the same prefix, so that one probe serves all.
set -u
poolgen=$1
folder=$2/random
count=$3
table=0
here=tests/emitted
mkdir -p "$folder"
gcc -std=c11 -O2 -Wall -Wextra -Werror -c -o "$folder/probe.o" $here/links/probe.c -I$here &&
    gcc -std=c11 -O2 -Wall -Wextra -Werror -c -o "$folder/table.o" $here/table.c || exit 1

try() {
    awk -v table="$table" -f $here/random.awk >"$folder/$table.yaml" &&
        "$poolgen" -q -o "$folder/$table.c" "$folder/$table.yaml" &&
        gcc -std=c11 -O1 -c -o "$folder/allocator.o" "$folder/$table.c" &&
        gcc -o "$folder/probe" "$folder/probe.o" "$folder/table.o" "$folder/allocator.o" &&
        "$folder/probe" "$folder/$table.yaml" &&
        "$poolgen" --explain=json "$folder/$table.yaml" |
        awk -F '"' '$2 == "selector" || $2 == "owner" { printf ", %s: %s", $2, $6 }' | tee -a "$folder/forms"
}

: >"$folder/forms"
while [ "$table" -lt "$count" ]; do
    table=$((table + 1))
    if try >"$folder/log" 2>&1; then
        echo "ok $table - random table $table: $(cat "$folder/log")"
    else
        echo "not ok $table - random table $table, $folder/$table.yaml"
        sed 's/^/# /' "$folder/log"
    fi
done

# Every form must have been met, or these tables prove less than they should.
for form in unrolled table bits split stride granules; do
    table=$((table + 1))
    grep -q ": $form" "$folder/forms" && echo "ok $table - $form was met" || echo "not ok $table - $form was not met"
done
echo "1..$table"
