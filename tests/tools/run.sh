#!/bin/sh
# run.sh POOLGEN FOLDER CARGO: which tool finds which bug of bugs.c, bugs.cpp and bugs.rs, where malloc serves and
# where the pools stay, and that it finds nothing in what does well. Prints TAP. What is missing of the
# compilers and tools is said and left out.
set -u
poolgen=$1
folder=$2
tools=$(dirname "${3:-/}")
here=tests/tools
number=0
rm -rf "$folder"
mkdir -p "$folder/said"

# say RESULT NAME
say() {
    number=$((number + 1))
    echo "$1 $number - $2"
}

# ---- programs: $folder/MODE-LANGUAGE, where MODE is TOOL-malloc or TOOL-pools

sed '/^emit:/d' configs/tokio.yaml >"$folder/pools.yaml"
echo 'emit: [cpp, rust]' >>"$folder/pools.yaml"
for level in off check full; do
    mkdir -p "$folder/$level"
    "$poolgen" -q --set harden=$level -o "$folder/$level/allocator.c" "$folder/pools.yaml" || exit 1
done

# build MODE CC CXX FLAGS...: in C and, where there is a compiler of it, in C++, at the level of hardening that
# the mode ends in, or none. Tools follow frame pointers.
build() {
    mode=$1 cc="$2 -std=c11 -g -O1 -fno-omit-frame-pointer" cxx="$3 -std=c++17 -g -O1 -fno-omit-frame-pointer"
    shift 3
    source=$folder/${mode##*-}
    [ -d "$source" ] || source=$folder/off
    # shellcheck disable=SC2086  # words
    $cc "$@" -c -o "$folder/$mode.o" "$source/allocator.c" &&
        $cc "$@" "-I$source" -o "$folder/$mode-c" "$here/bugs.c" "$folder/$mode.o" -pthread &&
        { [ "${cxx%% *}" = none ] || $cxx "$@" "-I$source" -o "$folder/$mode-cpp" "$here/bugs.cpp" "$folder/$mode.o" -pthread; }
}
# build_rust MODE RUSTC FLAGS...: on the object of the mode.
build_rust() {
    mode=$1 rustc=$2
    shift 2
    cp "$here/bugs.rs" "$folder/off/allocator.rs" "$folder/"
    "$rustc" --edition 2021 -g -C opt-level=1 -C "link-arg=$folder/$mode.o" "$@" -o "$folder/$mode-rs" "$folder/bugs.rs"
}
{
    build asan-malloc gcc g++ -fsanitize=address
    build asan-pools gcc g++ -fsanitize=address -DTOKIO_PASSTHROUGH=0
    build msan-malloc clang none -fsanitize=memory
    build msan-pools clang none -fsanitize=memory -DTOKIO_PASSTHROUGH=0
    build memcheck-malloc gcc g++ -DTOKIO_PASSTHROUGH=1
    build memcheck-pools gcc g++ -DTOKIO_VALGRIND=1
    build asan-check gcc none -fsanitize=address -DTOKIO_PASSTHROUGH=0
    build asan-full gcc none -fsanitize=address -DTOKIO_PASSTHROUGH=0
    build msan-full clang none -fsanitize=memory -DTOKIO_PASSTHROUGH=0
    build memcheck-full gcc none -DTOKIO_VALGRIND=1
    if "$tools/rustc" --version >/dev/null 2>&1; then
        build_rust memcheck-malloc "$tools/rustc"
        build_rust memcheck-pools "$tools/rustc"
        # ASan is for Rust's nightly compiler; the allocator need not be compiled with it where malloc serves.
        nightly=$("$tools/rustup" which --toolchain nightly rustc 2>/dev/null) &&
            cp "$folder/memcheck-malloc.o" "$folder/asan-malloc-plain.o" &&
            build_rust asan-malloc-plain "$nightly" -Zsanitizer=address &&
            mv "$folder/asan-malloc-plain-rs" "$folder/asan-malloc-rs"
    fi
} >"$folder/build.log" 2>&1

# ---- what each is to say: language, bug, and for every mode a pattern; - where the tool cannot know. Where the
# table is hardened, the allocator judges first what is freed.

cat >"$folder/rows" <<'END'
in  mode                                   asan-malloc asan-pools msan-malloc msan-pools memcheck-malloc memcheck-pools
c   overflow-by-1                          buffer-overflow use-after-poison - - Invalid.write Invalid.write
c   overflow-of-a-full-block               buffer-overflow use-after-poison - - Invalid.write Invalid.write
c   overflow-in-memcpy                     buffer-overflow use-after-poison - - Invalid.read Invalid.read
c   underflow                              buffer-overflow use-after-poison - - Invalid.write Invalid.write
c   write-after-free                       use-after-free use-after-poison - - Invalid.write Invalid.write
c   read-after-free                        use-after-free use-after-poison uninitialized uninitialized Invalid.read Invalid.read
c   write-after-free-of-a-constant-size    use-after-free use-after-poison - - Invalid.write Invalid.write
c   free-twice                             double-free use-after-poison - - Invalid.free Invalid.free
c   free-twice-with-others-between         double-free use-after-poison - - Invalid.free Invalid.free
c   stale-pointer-after-realloc            use-after-free use-after-poison - - Invalid.write Invalid.write
c   write-past-a-shrunk-block              buffer-overflow use-after-poison - - Invalid.write Invalid.write
c   uninitialised                          - - uninitialized uninitialized uninitialised uninitialised
c   uninitialised-and-used-before          - - uninitialized uninitialized uninitialised uninitialised
c   lost-block                             LeakSanitizer - - - definitely.lost definitely.lost
c   overflow-of-an-oversize-block          buffer-overflow buffer-overflow - - Invalid.write Invalid.write
c   write-after-free-of-an-oversize-block  use-after-free use-after-free - - Invalid.write Invalid.write
c   read-after-free-by-another-thread      use-after-free use-after-poison uninitialized uninitialized Invalid.read Invalid.read
c   read-after-free-and-later-blocks       use-after-free use-after-poison - uninitialized Invalid.read Invalid.read
c   write-after-free-and-later-blocks      use-after-free use-after-poison - - Invalid.write Invalid.write
c   free-twice-after-later-blocks          double-free use-after-poison - - Invalid.free Invalid.free
cpp write-past-a-vector                    buffer-overflow use-after-poison - - Invalid.write Invalid.write
cpp node-after-erase                       use-after-free use-after-poison - - Invalid.read Invalid.read
cpp data-of-a-vector-that-grew             use-after-free use-after-poison - - Invalid.write Invalid.write
cpp new-and-delete-twice                   double-free use-after-poison - - Invalid.free Invalid.free
rs  write-past-a-vector                    buffer-overflow - - - Invalid.write Invalid.write
rs  read-after-drop                        use-after-free - - - Invalid.read Invalid.read
rs  data-of-a-vector-that-grew             use-after-free - - - Invalid.write Invalid.write
rs  drop-twice                             double-free - - - Invalid.free Invalid.free
c   well                                   . . . . . .
cpp well                                   . . - - . .
rs  well                                   . - - - . .
in  mode                                   asan-check asan-full msan-full memcheck-full
c   overflow-by-1                          use-after-poison use-after-poison - Invalid.write
c   underflow                              use-after-poison use-after-poison - Invalid.write
c   write-after-free                       use-after-poison use-after-poison - Invalid.write
c   free-twice                             double.free.of double.free.of double.free.of double.free.of
c   stale-pointer-after-realloc            use-after-poison use-after-poison - Invalid.write
c   write-past-a-shrunk-block              use-after-poison use-after-poison - Invalid.write
c   uninitialised-and-used-before          - - uninitialized uninitialised
c   read-after-free-by-another-thread      use-after-poison use-after-poison uninitialized Invalid.read
c   read-after-free-and-later-blocks       use-after-poison use-after-poison uninitialized Invalid.read
c   well                                   . . . .
END

# Lines MODE LANGUAGE BUG PATTERN of what can be run here.
while read -r language bug patterns; do
    if [ "$language" = in ]; then
        modes=$patterns
        continue
    fi
    for mode in $modes; do
        pattern=${patterns%% *}
        patterns=${patterns#"$pattern"}
        patterns=${patterns# }
        [ "$pattern" = - ] || echo "$mode $language $bug $pattern"
    done
done <"$folder/rows" >"$folder/runs"

# Two at a time: memcheck takes its time to start.
cut -d' ' -f1-3 "$folder/runs" | while read -r mode language bug; do
    [ -x "$folder/$mode-$language" ] || continue
    case $mode in
    memcheck-*) command -v valgrind >/dev/null || continue ;;
    esac
    echo "$mode $language $bug"
done | xargs -P 2 -L 1 sh -c '
    case $1 in
    memcheck-*) under="valgrind --error-exitcode=9 --leak-check=full --num-callers=20" ;;
    *) under= ;;
    esac
    $under "$0/$1-$2" "$3" >"$0/said/$1-$2-$3" 2>&1
    echo $? >"$0/said/$1-$2-$3.status"' "$folder"

# judge MODE LANGUAGE BUG PATTERN: a report of that kind which names the function where it happened.
judge() {
    said=$folder/said/$1-$2-$3
    status=$(cat "$said.status")
    if [ "$3" = well ]; then
        [ "$status" = 0 ] && ! grep -qE 'ERROR: |WARNING: |definitely lost: [1-9]' "$said"
    else
        [ "$status" != 0 ] && grep -qE "$4" "$said" &&
            { grep -q "$(echo "$3" | tr - _)" "$said" || grep -q '^tokio: ' "$said"; }
    fi
}
while read -r mode language bug pattern; do
    name="$mode, $language: $bug"
    if [ ! -e "$folder/said/$mode-$language-$bug.status" ]; then
        say ok "$name # SKIP there is no program or no tool"
    elif judge "$mode" "$language" "$bug" "$pattern"; then
        say ok "$name"
    else
        say 'not ok' "$name"
        sed 's/^/# /' "$folder/said/$mode-$language-$bug"
    fi
done <"$folder/runs"

echo "1..$number"
