# shellcheck shell=sh
# What tests/test_*.sh share, sourced: a folder $work that goes at the end, and TAP.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
number=0 status=0

# ok NAME COMMAND...: one line of TAP, and what the command printed where it failed. The command runs
# in a shell of its own that stops at the first failure.
ok() {
    name=$1
    shift
    number=$((number + 1))
    set +e
    (set -e; "$@") >"$work/log" 2>&1
    result=$?
    set -e
    if [ $result -eq 0 ]; then
        echo "ok $number - $name"
    else
        echo "not ok $number - $name"
        sed 's/^/# /' "$work/log"
        status=1
    fi
}

# skip NAME WHY
skip() {
    number=$((number + 1))
    echo "ok $number - $1 # SKIP $2"
}

finish() {
    echo "1..$number"
    exit $status
}

# emit FRONT_END FOLDER KEY: VALUE...: into $work/FOLDER the flagship's pools with a front end, under
# the name tokio, with keys added, and their object.
emit() {
    front_end=$1
    folder=$work/$2
    shift 2
    mkdir -p "$folder"
    sed -E '/^(emit|alignment|stats|threads):/d' ../configs/tokio.yaml >"$folder/pools.yaml"
    printf '%s\n' "emit: [$front_end]" "$@" >>"$folder/pools.yaml"
    "$POOLGEN" -q -o "$folder/allocator.c" "$folder/pools.yaml"
    cc -std=c11 -O2 -c -o "$folder/allocator.o" "$folder/allocator.c"
}

# stats_layout FOLDER: beside a table's output an object that says what the header's structs look like,
# for other languages' to be compared with.
stats_layout() {
    cat >"$1/layout.c" <<'END'
#include "allocator.h"
const size_t stats_layout[] = {
    sizeof(tokio_stats_t), offsetof(tokio_stats_t, bytes_committed), offsetof(tokio_stats_t, bytes_retained),
    offsetof(tokio_stats_t, pools), sizeof(tokio_pool_stats_t), offsetof(tokio_pool_stats_t, fallbacks),
};
END
    cc -std=c11 -O2 -c -o "$1/layout.o" "$1/layout.c"
}
