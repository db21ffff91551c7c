#!/bin/sh
# Whether out/ is what the configs emit now: TAP, a test a config. POOLGEN names the binary.
set -u
cd "$(dirname "$0")/.."
number=0 status=0
for config in configs/*.yaml; do
    stem=$(basename "$config" .yaml)
    number=$((number + 1))
    if diff=$("$POOLGEN" -q --check -o "out/$stem/allocator.c" "$config" 2>&1); then
        echo "ok $number - out/$stem is fresh"
    else
        echo "not ok $number - out/$stem is stale: make golden, and read the difference"
        echo "$diff" | head -n 40 | sed 's/^/# /'
        status=1
    fi
done
for folder in out/*/; do
    number=$((number + 1))
    if [ -f "configs/$(basename "$folder").yaml" ]; then
        echo "ok $number - $folder has its config"
    else
        echo "not ok $number - $folder has no config"
        status=1
    fi
done
echo "1..$number"
exit $status
