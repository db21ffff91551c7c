#!/bin/sh
# record.sh POOLGEN PROGRAMS FOLDER: runs the servers under `poolgen record`, each with the load that
# the benchmark gives it, and leaves a profile of each in FOLDER. PROGRAMS holds the programs of this
# package built with the feature `system`.
set -eu
poolgen=$1 programs=$2 folder=$3
mkdir -p "$folder"

# record SERVER LOAD CONNECTIONS OPERATIONS
record() {
    "$poolgen" record -o "$folder/$2.json" -- "$programs/$1" >"$folder/address" &
    recorder=$!
    until [ -s "$folder/address" ]; do sleep 0.1; done
    "$programs/load" "$2" "$(cat "$folder/address")" "$3" "$4" >"$folder/$2.figures"
    kill -TERM "$recorder"
    wait "$recorder" || :
    rm "$folder/address"
    test -s "$folder/$2.json"
}

record server hello 64 50000
record server json 64 20000
record server parse 64 20000
record server kv 64 80000
record chat chat 200 20000
"$poolgen" record -o "$folder/spawn-storm.json" -- "$programs/spawn-storm" storm 300000 \
    >"$folder/spawn-storm.figures"
