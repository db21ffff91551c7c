#!/bin/bash
# run.sh FRONT_END FOLDER: what allocators do in a process that limits, replaces or unloads. FRONT_END is
# the malloc front end as a library; programs are in FOLDER. Prints TAP.
set -u

front_end=$(realpath "$1") folder=$2
number=0 status=0

# holds NAME COMMAND...: what the command prints is shown if it fails.
holds() {
    local name=$1 output result=ok
    shift
    output=$("$@" 2>&1) || result='not ok' status=1
    number=$((number + 1))
    echo "$result $number - $name"
    [ "$result" = ok ] || sed 's/^/# /' <<<"$output"
}

# ---- Limits: the front end beside glibc

# beside TENTHS KIB ARGUMENT...: at a limit of addresses, the front end gets so many tenths of what
# glibc gets, or more.
beside() {
    local tenths=$1 kib=$2 theirs ours
    shift 2
    theirs=$(ulimit -v "$kib" && "$folder/limits" "$@") || return
    ours=$(ulimit -v "$kib" && LD_PRELOAD=$front_end "$folder/limits" "$@") || return
    echo "ours $ours, glibc's $theirs"
    [ "$theirs" -gt 0 ] && [ $((ours * 10)) -ge $((theirs * tenths)) ]
}

# serves MIB KIB: so much demand within a limit of addresses.
serves() {
    local mib
    mib=$(ulimit -v "$2" && LD_PRELOAD=$front_end "$folder/limits" demand $(($1 << 20))) || return
    echo "$mib MiB"
    [ "$mib" -ge "$1" ]
}

# locks BYTES: mlockall, as a user whom the limit binds where one may be set so high.
locks() {
    if prlimit --memlock="$1" true 2>/dev/null; then
        prlimit --memlock="$1" setpriv --reuid=65534 --clear-groups env LD_PRELOAD="$front_end" "$folder/limits" lock "$1"
    else
        LD_PRELOAD=$front_end "$folder/limits" lock "$1"
    fi
}

for kib in 300000 1126400 2097152; do
    for size in 64 4096 1048576; do
        holds "0.9 of glibc's bytes in blocks of $size under $kib KiB of addresses" beside 9 "$kib" bytes "$size"
    done
    holds "0.8 of glibc's threads under $kib KiB of addresses" beside 8 "$kib" threads
done
holds '240 MiB of demand under 300000 KiB of addresses' serves 240 300000
for mib in 64 1024; do
    holds "all memory can be locked within $mib MiB" locks $((mib << 20))
done
holds 'growth under a filter of flags of mmap' env LD_PRELOAD="$front_end" "$folder/limits" filter

# ---- Functions that programs replace

# calls_back FUNCTION few|large
calls_back() {
    [ "$(LD_PRELOAD=$front_end timeout 60 "$folder/callbacks" "$@")" = called ]
}

for function in mmap munmap mremap clock_gettime madvise mprotect msync sysconf pthread_key_create pthread_setspecific; do
    holds "a $function that allocates 50 blocks" calls_back $function few
    holds "a $function that allocates 300 KB" calls_back $function large
done

# ---- Counts and results at their edges

end_often() {
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        timeout 60 "$1" || return 1
    done
}

for kind in shared direct none; do
    holds "$kind: edges of counts, and nothing lost where the system calls back" timeout 60 "$folder/edges/$kind/test"
done

# ---- What watches the process

if [ -x "$folder/moves" ]; then
    holds 'ThreadSanitizer sees nothing wrong in blocks that the system moves' timeout 120 "$folder/moves"
fi

# ---- Libraries that hold an allocator

for kind in shared direct none; do
    if [ $kind != none ]; then
        holds "$kind: threads outlive the library" timeout 60 "$folder/unload" "$folder/$kind.so" threads
        holds "$kind: the process ends while threads go on" timeout 60 "$folder/unload" "$folder/$kind.so" exit
        holds "$kind: so does one that the library came with" end_often "$folder/ends-$kind"
    fi
    holds "$kind: 3,000 loads leave nothing" timeout 60 "$folder/unload" "$folder/$kind.so" loads
    holds "$kind: a block in use outlives the library" timeout 60 "$folder/unload" "$folder/$kind.so" live
done
echo "1..$number"
exit $status
