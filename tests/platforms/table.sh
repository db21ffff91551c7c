#!/bin/sh
# table.sh: prints the rows of platforms.list as README's table of platforms. With --check, whether README has just
# these, and whether there is a make target for each: TAP.
set -eu
cd "$(dirname "$0")/../.."
list=tests/platforms/platforms.list

print_table() {
    echo '| system | CPU | C library | how it is checked | threads | by |'
    echo '|---|---|---|---|---|---|'
    awk -F ' *[|] *' '!/^#/ { printf "| %s | %s | %s | %s | %s | `make %s` |\n", $2, $3, $4, $5, $6, $7 }' $list
}

if [ "${1:-}" != --check ]; then
    print_table
    exit
fi
. tests/tap.sh

in_readme() {
    sed -n '/^<!-- platforms: begin -->$/,/^<!-- platforms: end -->$/p' README.md | sed '1d;$d' >"$work/readme"
    print_table | diff "$work/readme" - || { echo 'make platform-table prints what README should say'; return 1; }
}

have_targets() {
    for target in $(awk -F ' *[|] *' '!/^#/ { print $7 }' $list | sort -u); do
        grep -q "^\([a-z-]* \)*$target\( [a-z-]*\)*:" Makefile ./*/*.mk || { echo "no target $target"; return 1; }
    done
}

ok "README's table of platforms is that of $list" in_readme
ok 'a target makes each row' have_targets
finish
