#!/bin/sh
# One API after a deploy, in place of a script for each of them.
#
# usage: check-api.sh settings|calendar|twilio|NAME [--smoke] [URL] [OPTIONS OF THE GATE]
#
# As post-deploy-check.sh, but for one API, and with the codes of the stage that broke.
#
# exit codes: 0 healthy, 1 login, 2 fetch, 3 save (settings), OAuth (calendar) or phone (twilio),
# 4 persistence or state, 5 anything else; 128 and more: ended by a signal.
set -u

gate=${APISMOKE:-apismoke}
api=${1:-}
[ $# -eq 0 ] || shift
case $api in
'' | -*)
    echo "check-api.sh: the first argument names no API; to do: give settings, calendar or twilio" >&2
    exit 5
    ;;
esac
# In front of the URL too, where it is not to be taken for a file of tests.
smoke=''
[ "${1:-}" != --smoke ] || {
    smoke=$1
    shift
}
case ${1:-} in
'') [ $# -eq 0 ] || {
    # A missing variable: the gate would take its target from elsewhere.
    echo "check-api.sh: the URL is empty; to do: give the URL of the backend" >&2
    exit 5
} ;;
-*) ;;
*)
    url=$1
    shift
    set -- "--target-url=$url" "$@"
    ;;
esac
# Python ends with 1 for a package that is gone, which would say that the login is broken.
"$gate" --help >/dev/null 2>&1 </dev/null || {
    echo "check-api.sh: $gate can't be started; to do: install it, or name it in APISMOKE" >&2
    exit 5
}
exec "$gate" --smoke-exit-codes=category ${smoke:+"$smoke"} "$@" "--smoke-api=$api"
