#!/bin/sh
# run.sh LIST SEEDS: runs programs on emulated boards, and prints TAP. A line of LIST is
#   NAME KIND PROGRAM QEMU ARGUMENT...
# with the KIND of its outcome: `cases`, the program's own TAP; `unmasked`, one in which nothing masks interrupts, so that
# it must fail. SEEDS goes to the program. One instruction takes the same virtual time as another, and nothing else
# passes it, so that a run repeats itself.
set -u
number=0 status=0

# run NAME PROGRAM QEMU...: what it says goes to $log.
run() {
    log=$2.log
    program=$2
    shift 2
    timeout -s KILL 900 "$@" -display none -monitor none -serial none -chardev "file,id=host,path=$log" \
        -semihosting-config enable=on,target=native,chardev=host,arg=test,arg="$seeds" -kernel "$program" \
        </dev/null >"$program.emulator" 2>&1
}

# Its own lines, under the board's name.
show() { # name
    while read -r line; do
        case $line in
        'ok '* | 'not ok '*)
            number=$((number + 1))
            echo "${line%%ok *}ok $number - $1: ${line#* - }"
            ;;
        '#'*) echo "$line" ;;
        esac
    done <"$log"
}

bad() { # name text
    number=$((number + 1)) status=1
    echo "not ok $number - $1: $2"
    tail -n 20 "$log" "$program.emulator" | sed 's/^/# /'
}

seeds=$2
while read -r name kind program command; do
    # shellcheck disable=SC2086 # words
    run "$name" "$program" $command
    result=$?
    case $kind in
    cases)
        show "$name"
        [ $result -eq 0 ] || { status=1; grep -q '^not ok' "$log" || bad "$name" "it ended with status $result"; }
        ;;
    unmasked)
        if [ $result -eq 1 ] && grep -q '^not ok' "$log"; then
            number=$((number + 1))
            echo "ok $number - $name: interrupts that nothing masks are found"
        else
            bad "$name" "it ended with status $result, though nothing masks interrupts"
        fi
        ;;
    esac
done <"$1"
echo "1..$number"
exit $status
