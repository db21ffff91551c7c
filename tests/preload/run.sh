#!/bin/bash
# run.sh LIBRARY FOLDER [WORD]: runs real programs with LIBRARY preloaded and without, and compares
# everything that they print and write; then programs that LIBRARY's sources are linked into. Prints
# TAP; works in FOLDER, where the programs of our own are.
set -u

library=$(realpath "$1") folder=$2 programs=$(realpath "$2") word=${3:-}
here=$(cd "$(dirname "$0")" && pwd)
number=0 failed=0
export LC_ALL=C TZ=UTC PYTHONHASHSEED=0 PYTHONDONTWRITEBYTECODE=1
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.org GIT_AUTHOR_DATE='2001-01-01T00:00:00Z'
export GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.org GIT_COMMITTER_DATE='2001-01-01T00:00:00Z'
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null

# ---- What is run: each in an empty folder of its own; what it prints and leaves there counts

run_python() {
    PYTHONMALLOC=malloc python3 "$here/work.py" 10000
}

run_python_threads() {
    PYTHONMALLOC=malloc python3 "$here/threads.py"
}

run_perl() {
    perl "$here/work.pl" 60000
}

run_git() {
    git init -q -b main one || return
    for commit in 1 2 3 4 5 6; do
        for file in $(seq 60); do
            seq "$commit" $((file * 7 + commit)) >"one/file$file"
        done
        git -C one add . && git -C one commit -q -m "commit $commit" || return
    done
    git -C one log --stat | sha256sum
    git clone -q --no-local one two && git -C two repack -q -a -d -f --threads=2 && git -C two gc -q || return
    git -C two fsck --strict && git -C two diff HEAD~3 | sha256sum
    git -C two rev-parse HEAD
    rm -rf one two # their index files hold times
}

run_gcc() {
    python3 "$here/big_source.py" 250 >big.c || return
    gcc -std=c11 -O2 -c big.c -o big.o && sha256sum big.o || return
    for level in 2; do
        gcc -std=c11 -O$level -c "$here/../../out/tokio/allocator.c" -o "allocator$level.o" || return
        sha256sum "allocator$level.o"
    done
}

run_sqlite() {
    sqlite3 base.db <"$here/work.sql" && sqlite3 base.db .dump | sha256sum
    rm -f base.db
}

run_xz() {
    seq 1 700000 >numbers
    xz -T2 --block-size=512KiB -1 -k numbers && sha256sum numbers.xz && xz -T2 -dc numbers.xz | sha256sum
}

run_sort() {
    seq 1 400000 | awk '{ print ($1 * 7919) % 400009 }' >numbers
    sort --parallel=2 -S 8M -n numbers | sha256sum
}

run_cpp() {
    "$programs/operators"
}

run_nothrow() {
    "$programs/nothrow"
}

run_throws() {
    "$programs/throws"
}

run_shell() {
    bash -c 'for i in $(seq 200); do x=$(echo "$i" | tr 0-9 a-j); y+=$x; done; echo "$y"; declare -A m; for i in {1..20000}; do m[$i]=$((i * i)); done; echo "${#m[@]} ${m[777]}"'
}

# Reservations must shrink where addresses are short.
run_short_of_addresses() {
    (ulimit -v 600000 && PYTHONMALLOC=malloc python3 "$here/work.py" 2000)
}

# ---- How it is compared

report() { # good name remark
    number=$((number + 1))
    [ "$1" = ok ] || failed=1
    echo "$1 $number - $2$3"
}

# Runs a function with or without the library in a fresh folder; its status becomes part of its output.
observe() { # function folder preload
    rm -rf "$2"
    mkdir -p "$2/files"
    (
        cd "$2/files" || exit
        [ -z "$3" ] || export LD_PRELOAD=$3
        "$1"
        echo "status $?"
    ) >"$2/output" 2>&1 </dev/null
}

compare() { # name function
    case $1 in *"$word"*) ;; *) return ;; esac
    observe "$2" "$folder/$2/without" ''
    observe "$2" "$folder/$2/with" "$library"
    if ! grep -q '^status 0$' "$folder/$2/without/output"; then
        report 'not ok' "$1" ': it fails without the library; see the output there'
        tail -n 3 "$folder/$2/without/output" | sed 's/^/# /'
    elif diff -r "$folder/$2/without" "$folder/$2/with" >"$folder/$2/difference"; then
        report ok "$1" ''
    else
        report 'not ok' "$1" ": it noticed; see $folder/$2/difference"
        head -n 10 "$folder/$2/difference" | sed 's/^/# /'
    fi
}

is_preloaded() {
    # The least block of the table is 16 bytes; glibc's is 24.
    [ "$(LD_PRELOAD=$library python3 -c 'import ctypes; c = ctypes.CDLL(None); c.malloc.restype = ctypes.c_void_p
print(c.malloc_usable_size(ctypes.c_void_p(c.malloc(1))))')" = 16 ]
}

if is_preloaded; then report ok 'the library is what serves' ''; else report 'not ok' 'the library is what serves' ''; fi
compare 'python3' run_python
compare 'python3 with threads and forks' run_python_threads
compare 'perl' run_perl
compare 'git: commit, log, clone, repack, gc, fsck' run_git
compare 'gcc on large files' run_gcc
compare 'sqlite3' run_sqlite
compare 'xz on two threads' run_xz
compare 'sort on two threads' run_sort
compare 'C++: operators new and delete in all forms' run_cpp
compare 'C++: a nothrow new that fails' run_nothrow
compare 'C++: a new that fails' run_throws
compare 'bash' run_shell
compare 'python3 short of addresses' run_short_of_addresses

# ---- Linked, in each way to link

# holds NAME COMMAND...: what the command prints is shown if it fails.
holds() {
    local name=$1 output
    shift
    case $name in *"$word"*) ;; *) return ;; esac
    if output=$("$@" 2>&1); then
        report ok "$name" ''
    else
        report 'not ok' "$name" ''
        sed 's/^/# /' <<<"$output"
    fi
}

# Objects for programs that are made in any way, C's parts as a compiler makes them by default.
sources="$folder/allocator.c $folder/allocator-malloc.c"
linked=$folder/linked
mkdir -p "$linked"

link_family() { # FLAGS...
    # shellcheck disable=SC2086
    gcc -std=c11 -O2 -fno-builtin "$@" -o "$linked/family" "$here/family.c" $sources -pthread && "$linked/family"
}

link_cpp() { # PROGRAM FLAGS...
    local program=$1
    shift
    for source in $sources; do
        gcc -std=c11 -O2 -fPIE -c -o "$linked/$(basename "$source" .c).o" "$source" || return
    done
    g++ -std=c++17 -O2 -fPIE "$@" -o "$linked/$program" "$here/$program.cpp" "$linked/allocator.o" \
        "$linked/allocator-malloc.o" -pthread && "$linked/$program"
}

exports() { # FLAGS...
    # shellcheck disable=SC2086
    gcc -std=c11 -O2 -fPIC -shared "$@" -o "$linked/whole.so" $sources -pthread &&
        diff <(nm -D --defined-only "$library" | awk '{ print $3 }') <(nm -D --defined-only "$linked/whole.so" | awk '{ print $3 }')
}

# The C++ library comes with what a program of C opens, and nobody else sees it.
opened_cpp() { # PROGRAM
    g++ -std=c++17 -O2 -Dmain=run -fPIC -shared -o "$linked/$1.so" "$here/$1.cpp" &&
        gcc -std=c11 -O2 -o "$linked/opens" "$here/opens.c" -ldl && LD_PRELOAD=$library "$linked/opens" "$linked/$1.so"
}

holds 'the whole family, preloaded or linked' "$programs/family"
holds 'what a program did to pages of its large blocks ends with them' env LD_PRELOAD="$library" "$programs/history"
holds 'the whole family, -static' link_family -static -DSTATIC
holds 'the whole family, -static-pie' link_family -static-pie -fPIE -DSTATIC
holds 'the whole family, -flto -fwhole-program' link_family -flto -fwhole-program
holds 'a library by -flto -fwhole-program exports all of it' exports -flto -fwhole-program
holds 'C++: a nothrow new that fails, in a library of a program of C' opened_cpp nothrow
holds 'C++: a new that fails, in a library of a program of C' opened_cpp throws
for how in -pie -static-libstdc++ -static -static-pie; do
    holds "C++: a nothrow new that fails, $how" link_cpp nothrow $how
    holds "C++: a new that fails, $how" link_cpp throws $how -Wl,-u,_ZSt17__throw_bad_allocv
    holds "C++: operators new and delete in all forms, $how" link_cpp operators $how
done
echo "1..$number"
exit $failed
