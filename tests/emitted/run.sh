#!/bin/sh
# run.sh FOLDER TABLE...: runs the test programs of one flavour, one after the other, each in its
# own process, and prints their TAP. $UNDER, if set, is a tool to run them under.
set -u
folder=$1 failed=0
shift
for table in "$@"; do
    # shellcheck disable=SC2086
    CMOCKA_MESSAGE_OUTPUT=TAP ${UNDER:-} "$folder/$table/test" || failed=1
done
exit $failed
