#!/bin/sh
# misra.sh FOLDER...: whether share/misra.md lists the rules of MISRA C:2012 that cppcheck's addon finds broken in the
# allocators of out/embedded and of the folders, and no others. Prints TAP.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A macro on the command line keeps cppcheck from trying others; the consumer's own files are not judged.
for folder in out/embedded "$@"; do
    cppcheck -q --std=c11 --platform=unix32 --enable=style --addon=misra -D__arm__=1 --include=tests/bare/chip.h \
        -Iexamples/firmware "$folder/allocator.c" >>"$work/log" 2>&1
done
if grep ': error:' "$work/log"; then
    echo 'not ok 1 - cppcheck reads every allocator'
    exit 1
fi
grep '^[^ ]*allocator\.[ch]:.*misra-c2012' "$work/log" >"$work/all"
sed -n 's/.*\[misra-c2012-\([0-9.]*\)\]$/\1/p' "$work/all" | sort -u >"$work/found"
sed -n 's/^| \([0-9][0-9]*\.[0-9][0-9]*\) |.*/\1/p' share/misra.md | sort -u >"$work/listed"

# verdict NUMBER NAME RULES
verdict() {
    if [ ! -s "$3" ]; then
        echo "ok $1 - $2"
        return
    fi
    echo "not ok $1 - $2"
    while read -r rule; do
        echo "# rule $rule"
        grep -F "misra-c2012-$rule]" "$work/all" | head -n 3 | sed 's/^/#   /' || :
    done <"$3"
    status=1
}

status=0
comm -23 "$work/found" "$work/listed" >"$work/unlisted"
comm -13 "$work/found" "$work/listed" >"$work/stale"
verdict 1 "every rule that is broken stands in share/misra.md" "$work/unlisted"
verdict 2 "every rule in share/misra.md is broken somewhere" "$work/stale"
echo 1..2
exit $status
