#!/bin/sh
# loop.sh POOLGEN FOLDER ROUNDS [TOKIO]: records the loads, tunes a table, and compares it with the
# flagship's. TOKIO holds the programs of examples/tokio, built with the feature `system`; without it
# the load is work.py.
set -eu
poolgen=$1 folder=$2 rounds=$3 tokio=${4:-}
here=$(dirname "$0")
rm -rf "$folder"
mkdir -p "$folder"
say() { printf '\n== %s\n' "$*"; }

# ---- the loads: `load NAME COMMAND...` runs one, with COMMAND before the program

if [ -n "$tokio" ]; then
    loads='parse storm'
else
    loads='python'
fi
ops() { case $1 in parse) echo 10000 ;; storm) echo 200000 ;; *) echo 20 ;; esac; }

load() {
    name=$1
    shift
    case $name in
    storm) "$@" "$tokio/spawn-storm" storm "$(ops storm)" >/dev/null ;;
    python) PYTHONMALLOC=malloc "$@" /usr/bin/python3 "$here/work.py" ;;
    parse)
        rm -f "$folder/address"
        "$@" "$tokio/server" >"$folder/address" &
        server=$!
        until [ -s "$folder/address" ]; do sleep 0.05; done
        "$tokio/load" parse "$(cat "$folder/address")" 64 "$(ops parse)" >/dev/null
        kill -TERM $server
        { wait $server || [ $? -eq 143 ]; } 2>/dev/null # the shell would tell of the signal
        ;;
    esac
}

# ---- record, tune

# As often as it is going to run: a load's peaks are not the same each time.
say "recording: $loads, $rounds times each"
for name in $loads; do
    for round in $(seq "$rounds"); do
        load "$name" "$poolgen" record -o "$folder/$name.$round.json" --
    done
done
"$poolgen" merge -o "$folder/profile.json" "$folder"/*.json

say 'tuning: as many pools as the flagship has, up to the same size'
sed '/^emit:/d' configs/tokio.yaml >"$folder/flagship.yaml"
pools=$(grep -c 'size:' "$folder/flagship.yaml")
# The storm's peaks vary by half from run to run, and blocks that are never used take no memory.
tune() {
    "$poolgen" tune "$folder/profile.json" --pools "$pools" --largest 8KiB --headroom 2 --name closed \
        --against "$folder/flagship.yaml" --weigh "$2" -o "$folder/$1.yaml" >"$folder/$1.difference"
    cat "$folder/$1.difference"
}
tune tuned peak
say 'the same for least memory: lean'
tune lean memory
"$poolgen" report "$folder/profile.json" --table "$folder/flagship.yaml" \
    --table "$folder/tuned.yaml" --table "$folder/lean.yaml" -o "$folder/report.html"

# ---- emit both, for preloading

say 'emitting and compiling the tables'
cc -std=c11 -O2 -o "$folder/run" "$here/run.c"
for table in flagship tuned lean; do
    mkdir "$folder/$table"
    echo 'emit: [malloc]' >>"$folder/$table.yaml"
    "$poolgen" -q --prefix closed -o "$folder/$table/allocator.c" "$folder/$table.yaml"
    cc -std=c11 -O2 -fPIC -shared -ftls-model=initial-exec -I"$folder/$table" \
        -o "$folder/$table.so" "$folder/$table/allocator.c" "$folder/$table/allocator-malloc.c" \
        "$here/stats.c" -ldl -lpthread
done

# ---- run

peers=/usr/lib/$(cc -print-multiarch)
preload() {
    case $1 in
    flagship | tuned | lean) echo "$folder/$1.so" ;;
    glibc) echo ;;
    jemalloc) echo "$peers/libjemalloc.so.2" ;;
    mimalloc) echo "$peers/libmimalloc.so.2.0" ;;
    tcmalloc) echo "$peers/libtcmalloc_minimal.so.4" ;;
    esac
}
allocators=
for allocator in flagship tuned lean glibc jemalloc mimalloc tcmalloc; do
    library=$(preload $allocator)
    if [ -z "$library" ] || [ -e "$library" ]; then
        allocators="$allocators $allocator"
    fi
done

say "running$allocators, $rounds rounds of each load"
for round in $(seq "$rounds"); do
    for name in $loads; do
        for allocator in $allocators; do
            [ ! -t 2 ] || printf '\rround %s: %s on %s \033[K' "$round" "$name" "$allocator" >&2
            load "$name" "$folder/run" "$folder/$name.$allocator.used" \
                env LD_PRELOAD="$(preload "$allocator")" CLOSED_STATS="$folder/$name.$allocator.grown"
        done
    done
done
[ ! -t 2 ] || printf '\r\033[K' >&2

# ---- compare

# column FILE NUMBER: median of that column
column() {
    awk -v n="$2" '{ print $n }' "$1" | sort -n |
        awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

say 'result (medians)'
for table in tuned lean; do
    sed -n "s/^lost at the peaks/&, $table/p" "$folder/$table.difference"
done
printf '\n%-8s%-10s%18s%16s%18s\n' load allocator 'CPU us/operation' 'resident KiB' 'blocks that grew'
for name in $loads; do
    for allocator in $allocators; do
        used=$folder/$name.$allocator.used
        grown=-
        [ ! -e "$folder/$name.$allocator.grown" ] || grown=$(column "$folder/$name.$allocator.grown" 1)
        printf '%-8s%-10s%18s%16s%18s\n' "$name" "$allocator" \
            "$(column "$used" 1 | awk -v ops="$(ops "$name")" '{ printf "%.2f", $1 / ops }')" \
            "$(column "$used" 2)" "$grown"
    done
done
printf '\nThe tables are %s and %s, the report %s.\n' "$folder/tuned.yaml" \
    "$folder/lean.yaml" "$folder/report.html"
