#!/bin/bash
# python.sh REPETITIONS NAME=FILE.so...: processor seconds of a python3 that calls malloc for all it
# allocates, with each library preloaded (nothing: the system's), interleaved; medians.
set -u
repetitions=$1
shift
here=$(cd "$(dirname "$0")" && pwd)
samples=$(mktemp)
trap 'rm -f "$samples"' EXIT
TIMEFORMAT='%U %S'
for _ in $(seq "$repetitions"); do
    for allocator in "$@"; do
        { time LD_PRELOAD=${allocator#*=} PYTHONMALLOC=malloc PYTHONHASHSEED=0 \
            python3 "$here/../tests/preload/work.py" 10000 >/dev/null; } 2>&1 |
            awk -v name="${allocator%%=*}" 'NF == 2 { print name, $1 + $2 }' >>"$samples"
    done
done
echo "python3, tests/preload/work.py 10000: processor seconds, medians of $repetitions interleaved runs"
for allocator in "$@"; do
    name=${allocator%%=*}
    printf '%-12s %s\n' "$name" "$(awk -v name="$name" '$1 == name { print $2 }' "$samples" | sort -n |
        awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }')"
done
