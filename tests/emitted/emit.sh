#!/bin/sh
# emit.sh POOLGEN FOLDER: writes every table that is tested into FOLDER, and what poolgen emits from
# it. Outputs whose text is what it was keep their time, so that nothing is compiled for nothing.
set -eu
poolgen=$1
folder=$2
mkdir -p "$folder/new"
tests/emitted/tables.sh "$folder"
for config in configs/*.yaml; do
    # Blocks of the first serve 8 bytes less: tests/crimes, tests/preload. The other is for a module: tests/wasm.
    case $config in */hardened.yaml | */wasm.yaml) continue ;; esac
    cp "$config" "$folder/config-$(basename "$config")" # there must be no malloc.h
done
for table in "$folder"/*.yaml; do
    "$poolgen" -q -o "$folder/new/$(basename "$table" .yaml).c" "$table"
done
for output in "$folder"/new/*.[ch]; do
    cmp -s "$output" "$folder/$(basename "$output")" || mv "$output" "$folder"
done
rm -rf "$folder/new"
