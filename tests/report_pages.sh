#!/bin/sh
# report_pages.sh POOLGEN FOLDER PROFILE...: draws the report of the profiles in headless Chromium,
# as a reader in daylight, in the dark, with a narrow screen and on paper has it. The pictures stay in
# FOLDER, to be looked at; what can be checked without eyes is checked, as TAP.
set -eu
poolgen=$1 folder=$2
shift 2
rm -rf "$folder"
mkdir -p "$folder"
"$poolgen" report "$@" --table configs/tokio.yaml -o "$folder/report.html"
page=file://$(cd "$folder" && pwd)/report.html
tests=0

# browse FLAG...: nothing but the page is there for it
browse() {
    profile=$(mktemp -d)
    timeout 120 chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
        --disable-background-networking --disable-component-update --disable-sync \
        --host-resolver-rules='MAP * ~NOTFOUND' --hide-scrollbars --user-data-dir="$profile" \
        "$@" "$page" >"$folder/stdout" 2>"$folder/stderr"
    status=$?
    rm -rf "$profile"
    return $status
}

check() { # NAME COMMAND...
    tests=$((tests + 1))
    what=$1
    shift
    if "$@"; then echo "ok $tests - $what"; else echo "not ok $tests - $what"; fi
}

width() { # of a PNG: bytes 16 to 19
    od -An -tu1 -j16 -N4 "$1" | awk '{ print $1 * 16777216 + $2 * 65536 + $3 * 256 + $4 }'
}

draw() { # NAME WIDTH HEIGHT FLAG...
    name=$1 wide=$2
    high=$3
    shift 3
    check "$name is drawn" browse --window-size="$wide,$high" --screenshot="$folder/$name.png" "$@"
    check "$name is $wide wide" test "$(width "$folder/$name.png")" = "$wide"
}

has_charts() {
    browse --dump-dom && test "$(grep -c '<svg ' "$folder/stdout")" = 4
}

draw light 1050 2800
draw dark 1050 2800 --blink-settings=preferredColorScheme=0
draw phone 500 3200
check 'dark is not light' sh -c "! cmp -s '$folder/light.png' '$folder/dark.png'"
check 'it prints' browse --no-pdf-header-footer --print-to-pdf="$folder/print.pdf"
check 'the print is a PDF' grep -q '^%PDF' "$folder/print.pdf"
check 'four charts are in the page' has_charts
echo "1..$tests"
