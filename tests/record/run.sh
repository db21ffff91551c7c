#!/bin/bash
# run.sh POOLGEN LIBRARY FOLDER: the recorder never harms what it records, and no profile is lost in
# silence. Each test records FOLDER/subject in some trouble, in a process of its own. Prints TAP.
set -u

poolgen=$(realpath "$1") library=$(realpath "$2") programs=$(realpath "$3")
subject=$programs/subject
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"
profiles=$work/profiles
user=65534 # nobody

# record COMMAND...: with the profile in an empty folder; what both say is kept, and the status.
record() {
    rm -rf "$profiles"
    mkdir -m 700 "$profiles"
    result=0
    timeout -s KILL 60 "$poolgen" record -o "$profiles/p.json" -- "$@" >"$work/said" 2>&1 || result=$?
    cat "$work/said"
    echo "status $result"
}

# preload COMMAND...: without poolgen record, which a process outlives or never had.
preload() {
    result=0
    POOLGEN_RECORD=$profiles/p.json LD_PRELOAD=$library timeout -s KILL 60 "$@" >"$work/said" 2>&1 || result=$?
    cat "$work/said"
    echo "status $result"
}

# The subject's mark, one block of 1901 bytes, is in the profile.
marked() {
    grep -q '^\[1901,1901,1,1,' "$1"
}

# The command ended as it should, and its profile is there.
keeps() {
    record "$@"
    [ "$result" = 0 ] && marked "$profiles/p.json"
}

# The command ended as it should, and poolgen record says why there is no profile.
tells() { # words COMMAND...
    words=$1
    shift
    record "$@"
    [ "$result" = 1 ] && grep -q "^poolgen record: .*$words" "$work/said"
}

# ---- locks and signals

forked() {
    record "$subject" "$1"
    [ "$result" = 0 ] && [ "$(find "$profiles" -name 'p.*.json' | wc -l)" = 100 ]
}

forked_once() {
    record "$subject" fork-once
    set -- "$profiles"/p.*.json
    [ $# = 1 ] && grep -q '^\[1303,1303,1,1,' "$1" && grep -q '^\[1301,1301,1,0,' "$1"
}

passes() {
    record "$@"
    [ "$result" = 0 ]
}

# What poolgen record finds when it goes on is older than what is there.
outdone() {
    rm -rf "$profiles"
    mkdir "$profiles"
    "$poolgen" record -o "$profiles/p.json" -- "$subject" hand-over &
    recorder=$!
    for _ in $(seq 300); do
        marked "$profiles/p.json" 2>/dev/null && break
        sleep 0.1
    done
    kill -CONT $recorder
    wait $recorder && marked "$profiles/p.json"
}

cancelled() {
    mkdir -p "$profiles"
    preload "$subject" cancel
    [ "$result" = 0 ]
}

# ---- what is missing at the end

data_in_2() {
    rm -rf "$work/data" "$work/gone"
    mkdir "$work/gone"
    timeout -s KILL 60 "$poolgen" record -o "$work/gone/p.json" -- \
        "$subject" data-in-2 "$work/data" "$work/gone" && return 1
    [ "$(cat "$work/data")" = data ]
}

data_in_2_alone() {
    rm -rf "$profiles"
    mkdir "$profiles"
    preload "$subject" data-in-2 "$work/data" "$profiles"
    [ "$result" = 0 ] && [ "$(cat "$work/data")" = data ]
}

limited_alone() {
    rm -rf "$profiles"
    mkdir "$profiles"
    preload "$subject" limit-files
    [ "$result" = 0 ] && grep -q 'File too large' "$work/said" && [ ! -s "$profiles/p.json" ]
}

# Standard error is a pipe that nobody reads, and the complaint is written into it.
unread_alone() {
    rm -rf "$profiles"
    ( POOLGEN_RECORD=$profiles/p.json LD_PRELOAD=$library "$subject" mark 2>&1 >&3 3>&-; echo $? >"$work/status" ) \
        3>&1 | true
    [ "$(cat "$work/status")" = 0 ]
}

limited_all() {
    rm -rf "$profiles"
    mkdir "$profiles"
    # Not the log's own limit: what is said goes through a pipe.
    (ulimit -f 0; "$poolgen" record -o "$profiles/p.json" -- "$subject" mark 2>&1 || echo "status $?") | cat >"$work/said"
    cat "$work/said"
    grep -q 'File too large' "$work/said" && grep -q 'status 1$' "$work/said"
}

# As another user, with programs that it can reach.
as_user() {
    rm -rf "$work/public"
    mkdir -m 755 "$work/public"
    mkdir -m 777 "$work/public/out"
    chmod 711 "$work"
    cp "$poolgen" "$library" "$subject" "$work/public"
    setcap cap_net_raw+ep "$work/public/subject"
    setpriv --reuid=$user --regid=$user --clear-groups \
        "$work/public/poolgen" record -o "$work/public/out/p.json" -- "$@" >"$work/said" 2>&1 && return 1
    cat "$work/said"
}

capable() {
    as_user "$work/public/subject" mark && grep -q 'its file has capabilities' "$work/said"
}

capable_in_a_script() {
    as_user sh -c 'exec "$0" mark' "$work/public/subject" && grep -q '^poolgen record: sh: it ended without a profile' "$work/said"
}

set_user() {
    cp "$subject" "$work/setuid"
    chown $user "$work/setuid"
    chmod 4755 "$work/setuid"
    tells "another user's rights" "$work/setuid" mark
}

in_a_path_with_a_variable() {
    mkdir -p "$work/\$LIB"
    cp "$poolgen" "$library" "$work/\$LIB"
    (cd "$work" && "./\$LIB/poolgen" record -o "$work/p.json" -- "$subject" mark) >"$work/said" 2>&1 && return 1
    grep -q 'cannot preload a path with' "$work/said"
}

# Two processes of one number leave two files, and neither is the command's, whose number the first
# process of a namespace may have too.
in_namespaces() {
    record sh -c 'for i in 1 2; do unshare --pid --fork "$0" mark; done; exec "$0" mark' "$subject"
    ls "$profiles"
    [ "$result" = 0 ] && marked "$profiles/p.json" && marked "$profiles/p.1.json" && marked "$profiles/p.1-2.json"
}

in_namespaces_alone() {
    rm -rf "$profiles"
    mkdir "$profiles"
    for _ in 1 2; do
        preload unshare --pid --fork "$subject" mark
    done
    marked "$profiles/p.1.json" && marked "$profiles/p.1-2.json"
}

# The command ends before what it has started.
outlived() {
    record sh -c '(sleep 0.5; "$0" mark) >/dev/null 2>&1 &' "$subject"
    for _ in $(seq 100); do
        for profile in "$profiles"/p.*.json; do
            [ -e "$profile" ] && marked "$profile" && return
        done
        sleep 0.1
    done
    return 1
}

killed() {
    record sh -c 'kill -KILL $$'
    [ "$result" = 137 ] && grep -q 'Killed ended it before' "$work/said"
}

stopped() {
    rm -rf "$profiles"
    mkdir "$profiles"
    "$poolgen" record -o "$profiles/p.json" -- sh -c 'echo up >"$0"; sleep 60 & wait' "$work/up" &
    recorder=$!
    until [ -s "$work/up" ]; do sleep 0.05; done
    kill $recorder
    result=0
    wait $recorder || result=$?
    pkill -P $recorder || true
    [ "$result" = 143 ] && [ -s "$profiles/p.json" ]
}

# ---- what comes before the recorder

front_end() {
    tells 'it brings a malloc of its own' "$programs/own-malloc" mark
}

sanitized() { # kind
    tells 'it was built with a sanitizer' "$programs/$1" mark && ! grep -qi 'runtime does not come first\|fatal' "$work/said"
}

sanitized_alone() {
    mkdir -p "$profiles"
    ASAN_OPTIONS=verify_asan_link_order=0 preload "$programs/address" mark
    [ "$result" = 0 ] && grep -q 'built with a sanitizer' "$work/said"
}

# The sanitizer still finds what it is for.
still_sanitized() {
    record "$programs/address-fault"
    [ "$result" != 0 ] && grep -q 'heap-use-after-free' "$work/said"
}

replaced() {
    record env LD_PRELOAD="$library:$programs/libfake.so" "$subject" mark
    [ "$result" = 0 ] && marked "$profiles/p.json"
}

next_exit() {
    record env LD_PRELOAD="$library:$programs/libfake.so" "$subject" leave
    [ "$result" = 0 ] && marked "$profiles/p.json" && grep -q 'the next _exit' "$work/said"
}

# ---- limits of memory: what glibc manages, and what is left of it under the recorder

# limited KIB COMMAND...: in a shell of its own, so that a poolgen built with a sanitizer is not limited.
limited() {
    # shellcheck disable=SC2016 # expanded by the inner shell
    timeout -s KILL 60 "${@:2}" sh -c 'ulimit -v "$0" && exec "$@"' "$1" "${words[@]}" 2>/dev/null | tail -n 1
}

share() { # limit least-percentage words...
    limit=$1 least=$2 words=("$subject" "${@:3}")
    rm -rf "$profiles"
    mkdir "$profiles"
    plain=$(limited "$limit")
    under=$(limited "$limit" "$poolgen" record -o "$profiles/p.json" --)
    echo "${*:3} under $limit KiB: $plain without, $under recorded"
    [ -s "$profiles/p.json" ] && [ $((under * 100)) -ge $((plain * least)) ]
}

many_threads() {
    words=("$subject" threads 500)
    rm -rf "$profiles"
    mkdir "$profiles"
    [ "$(limited 4000000 "$poolgen" record -o "$profiles/p.json" --)" = 500 ] && [ -s "$profiles/p.json" ]
}

ok 'a child of the raw system call does not wait for a thread that it does not have' forked fork-raw
ok 'nor does a child of _Fork' forked fork-underscore
ok 'a child of _Fork has a profile of its own' forked_once
ok 'SIGTERM between two SIGUSR1 ends the program' passes "$subject" requests
ok 'a thousand SIGUSR1 to threads that allocate leave one whole profile' keeps "$subject" asked-often
ok 'a profile that the process wrote is not written over by an older one' outdone
ok 'leaving from a small signal stack leaves a profile' passes "$subject" small-stack
ok 'a thread cancelled in the midst of a profile does not keep the lock' cancelled
ok "a complaint is not written into the program's file" data_in_2
ok 'nor without poolgen record' data_in_2_alone
ok 'a limit on files costs nothing' keeps "$subject" limit-files
ok 'without poolgen record it costs the profile, which is told' limited_alone
ok 'standard error that nobody reads does not end the program' unread_alone
ok 'a limit on files that poolgen record has too is told' limited_all
ok 'the profile needs no descriptor' keeps "$subject" use-up-descriptors
ok 'all descriptors can be closed' keeps "$subject" close-descriptors
ok 'a jail for system calls lets the profile out' keeps "$subject" jail
if [ "$(id -u)" = 0 ]; then
    ok 'rights can be dropped' keeps "$subject" drop-rights
    drop="setpriv --reuid=$user --regid=$user --clear-groups"
    if $drop test -r "$poolgen"; then # not where the tree lies in a folder of root's own
        # shellcheck disable=SC2086  # a list of words
        ok 'rights can be dropped before the program starts' keeps $drop "$subject" mark
    else
        skip 'rights can be dropped before the program starts' 'nobody else can read this folder'
    fi
    ok 'locking all memory takes less than 64 MiB' keeps "$subject" lock-memory 64
    ok 'the root can be changed' keeps "$subject" change-root "$work"
    ok 'a file with capabilities is refused' capable
    ok 'a file with capabilities is told of when a script runs it' capable_in_a_script
    ok "a set-user-id program of another user is refused, root's too" set_user
    ok 'two processes of one number leave two files' in_namespaces
    ok 'likewise without poolgen record' in_namespaces_alone
else
    skip 'dropped rights, changed roots, capabilities and namespaces' 'only root can make them'
fi
ok 'a path that the dynamic linker would change is refused' in_a_path_with_a_variable
ok 'what outlives the command writes for itself' outlived
ok 'a command that is killed is told of' killed
ok 'stopping poolgen record stops the command, which leaves its profile' stopped
ok 'an emitted malloc linked into the program is told of' front_end
for kind in address thread leak; do
    if [ -x "$programs/$kind" ]; then
        ok "a program built with the $kind sanitizer runs as without" sanitized $kind
    else
        skip "a program built with the $kind sanitizer runs as without" 'no such runtime'
    fi
done
ok 'likewise without poolgen record' sanitized_alone
ok 'the address sanitizer still finds faults' still_sanitized
ok 'a clock of the program that allocates, and maps and random bytes of its own, are survived' keeps "$programs/own-clock" mark
ok 'a preloaded clock that allocates is survived' replaced
ok 'so are keys of threads that allocate' keeps "$programs/own-clock" threads-mark
ok 'an _exit that comes after the recorder is called' next_exit
ok '500 threads fit into 4 GB of addresses' many_threads
# Most at the least limit, where tables weigh most.
for case in 300000:24 300000:64 300000:520 300000:4096 300000:1048576 1100000:64 1100000:4096 2000000:4096 4000000:1048576; do
    limit=${case%:*} size=${case#*:}
    ok "0.9 of glibc's bytes in blocks of $size under $limit KiB of addresses" share "$limit" 90 fill "$size"
done
# Under less, glibc's arenas take what there is and leave to chance how many stacks fit beside them.
for limit in 2000000 4000000; do
    ok "threads under $limit KiB" share $limit 80 threads 5000
done
finish
