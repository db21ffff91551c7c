#!/bin/sh
# Whether examples/firmware prints what its README says, between the marks "printed". Prints TAP.
set -u
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sed -n '/<!-- printed: begin -->/,/<!-- printed: end -->/s/^    //p' examples/firmware/README.md >"$work/expected"
if timeout -s KILL 120 "${MAKE:-make}" -s --no-print-directory example-firmware >"$work/printed" 2>"$work/errors" &&
    [ -s "$work/expected" ] && diff "$work/expected" "$work/printed" >"$work/difference"; then
    echo 'ok 1 - the firmware prints what its README says'
else
    echo 'not ok 1 - the firmware prints what its README says'
    cat "$work/errors" "$work/difference" | sed 's/^/# /'
    exit 1
fi
