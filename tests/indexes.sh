#!/bin/sh
# Whether the README of each folder names all that is in the folder, and nothing that is not there: TAP, a
# test a README.
#
# A name is a word in backquotes, or where a link leads. It names files and folders by themselves, by a
# pattern of the shell (`test_*.c`), or by what is in them. Code blocks name nothing, nor do words that
# hold a word in capitals (`STEM.h`), which stand for a name. Hidden files need not be named.
set -euf
cd "$(dirname "$0")/.."
. tests/tap.sh

# What poolgen writes beside a user's own files, by its default name.
emitted='allocator.c allocator.h allocator.hpp allocator.rs allocator.zig'

list_files() {
    git ls-files --cached --others --exclude-standard 2>"$work/no-git" ||
        find . -type f ! -path './build/*' | sed 's|^\./||'
}

# read_names FILE: one a line.
read_names() {
    awk '
        function print_all(line, form, before, after) {
            while (match(line, form)) {
                print substr(line, RSTART + before, RLENGTH - before - after)
                line = substr(line, RSTART + RLENGTH)
            }
        }
        /^```/ { in_code = !in_code }
        in_code { next }
        /^    / && (blank || in_block) { in_block = 1; next }
        { blank = /^$/; in_block = 0 }
        {
            print_all($0, "`[^` ]+`", 1, 1)
            print_all($0, "\\]\\([^)#: ]+\\)", 2, 1)
        }' "$1"
}

# Whether a word looks like the name of a file or folder of this repository.
is_path() {
    case $1 in
    /* | .[a-z]* | build/* | -* | *[!A-Za-z0-9_.*?/\[\]+-]*) return 1 ;;
    esac
    case $1 in
    */* | *.[ch] | *.[1-8] | *.mk | *.sh | *.py | *.yaml | *.json | *.md | *.rs | *.zig | *.toml | *.cpp | *.hpp | *.awk | \
        *.svg | *.html | *.in | *.bash | *.cmake | *.example | *.tables | *.expected | *.sql | *.pl) ;;
    *) return 1 ;;
    esac
    ! echo "$1" | sed 's/README//' | grep -q '[A-Z][A-Z][A-Z]'
}

# is_there PATTERN: whether a file or folder has the name.
is_there() (
    set +f
    for path in $1; do
        test -e "$path" && exit 0
    done
    exit 1
)

# names ENTRY NAME...: whether one of the names is the entry, fits it, or lies in it.
names() {
    entry=$1
    shift
    for name in "$@"; do
        name=${name#"$folder/"}
        case $name in */*) test -d "$folder/$entry" || continue ;; esac
        case $entry in ${name%%/*}) return 0 ;; esac
    done
    return 1
}

# check_index README: in the current folder, complains of each name that is missing or stale.
check_index() (
    readme=$1 wrong=0
    folder=$(dirname "$readme")
    words=$(read_names "$readme" | sort -u)
    for entry in $(list_files | sed -n "s|^${folder#.}/*||p" | sed 's|/.*||' | sort -u); do
        case $entry in README.md | .*) continue ;; esac
        if is_there "$folder/$entry" && ! names "$entry" $words; then
            echo "$readme does not name $entry"
            wrong=1
        fi
    done
    for word in $words; do
        case " $emitted " in *" $word "*) continue ;; esac
        is_path "$word" || continue
        is_there "$folder/$word" && continue
        case $word in */*) is_there "$word" && continue ;; esac
        echo "$readme names $word, which is not there"
        wrong=1
    done
    return $wrong
)

# ---- the test itself, on a folder with a fault of each kind

finds_faults() {
    mkdir -p "$work/tree/part/inner"
    cd "$work/tree"
    : >part/named.c >part/fits.mk >part/inner/deep.h >part/forgotten.sh
    cat >part/README.md <<'X'
`named.c`, `*.mk` and `inner/deep.h`; `part/` itself; `STEM.h`, `stats: off` and `build/x.c`.
`gone.c` and [a picture](gone.svg).

    `code.c`
X
    if check_index part/README.md >"$work/found"; then
        return 1
    fi
    cat >"$work/expected" <<'X'
part/README.md does not name forgotten.sh
part/README.md names gone.c, which is not there
part/README.md names gone.svg, which is not there
X
    diff "$work/expected" "$work/found"
}
ok 'what is missing and what is stale is found' finds_faults

for readme in $(list_files | grep '^\(.*/\)\{0,1\}README\.md$' | sort); do
    ok "$readme names what is there" check_index "$readme"
done
finish
