#!/bin/sh
# stages.sh STAGE...: whether gen/ depends in one direction only: TAP. A file of a stage includes from its
# own folder and from those before it; on top, main.c from all and others from none. Each include names its
# folder. Last, arrows that are wrong are planted in a copy, and each must be found.
set -eu
cd "$(dirname "$0")/.."
. tests/tap.sh

# wrong_arrows FOLDER STAGE...: prints each, and fails if there is one.
wrong_arrows() (
    cd "$1"
    shift
    find . -name '*.[ch]' | sed 's|^\./||' | sort | xargs awk -v stages="$*" '
        BEGIN {
            count = split(stages, name)
            for (i = 1; i <= count; i++)
                rank[name[i]] = i
            rank["main.c"] = count
        }
        # The stage of a path, or the file itself on top.
        function stage(path) {
            sub("/.*", "", path)
            return path
        }
        function complain(what) {
            printf "gen/%s:%d: includes \"%s\": %s\n", FILENAME, FNR, included, what
            wrong = 1
        }
        FNR == 1 && FILENAME ~ "/" && !(stage(FILENAME) in rank) {
            printf "gen/%s: its folder is no stage\n", FILENAME
            wrong = 1
        }
        /^[ \t]*#[ \t]*include[ \t]*"/ {
            split($0, part, "\"")
            included = part[2]
            if (included == "version.h")
                next
            from = stage(FILENAME)
            to = stage(included)
            if (included !~ "/")
                complain("without its folder")
            else if (!(to in rank))
                complain(to " is no stage")
            else if (rank[to] > rank[from] + 0)
                complain((from in rank) ? from " comes before " to : from " is no stage")
        }
        END { exit wrong }'
)

# finds FILE INCLUDED: that the include, planted in a copy of gen/, is found where it stands.
finds() {
    rm -rf "$work/gen"
    cp -R gen "$work/gen"
    mkdir -p "$work/gen/$(dirname "$1")"
    echo "#include \"$2\"" >>"$work/gen/$1"
    if wrong_arrows "$work/gen" $stages >"$work/found"; then
        echo "$1 may include $2"
        return 1
    fi
    test "$(grep -c "^gen/$1:" "$work/found")" -eq 1
    test "$(wc -l <"$work/found")" -eq 1
}

stages=$*
ok 'gen/ depends in one direction' wrong_arrows gen $stages

previous=
for stage in $stages; do
    if [ -n "$previous" ]; then
        ok "$previous/ may not include $stage/" finds "$previous/$(cd "gen/$previous" && echo *.c | cut -d' ' -f1)" \
            "$stage/planted.h"
    fi
    previous=$stage
done
ok 'the first stage may not include the last' finds base/arena.h "$previous/planted.h"
ok 'version.h may include no stage' finds version.h base/arena.h
ok 'an include names its folder' finds plan/plan.c plan.h
ok 'an include may not leave gen/' finds plan/plan.c ../templates/numbers.c
finish
