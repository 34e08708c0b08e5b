#!/bin/sh
# One gate after a deploy, in place of a script that ran one script for each API.
#
# usage: post-deploy-check.sh [--smoke] [URL] [OPTIONS OF THE GATE]
#
# Without a URL, APISMOKE_TARGET_URL has it. --smoke or SMOKE_TEST=true is the fast gate; else all
# checks are made. APISMOKE names the command `apismoke` where it is not on the PATH.
#
# exit codes: 0 healthy, 1 settings, 2 calendar, 3 twilio, 4 more than one API, 5 could not verify;
# 9 or 10 to 63 an API that apismoke.toml or contracts/ declares; 128 and more: ended by a signal.
set -u

gate=${APISMOKE:-apismoke}
# In front of the URL too, where it is not to be taken for a file of tests.
smoke=''
[ "${1:-}" != --smoke ] || {
    smoke=$1
    shift
}
case ${1:-} in
'') [ $# -eq 0 ] || {
    # A missing variable: the gate would take its target from elsewhere.
    echo "post-deploy-check.sh: the URL is empty; to do: give the URL of the backend" >&2
    exit 5
} ;;
-*) ;;
*)
    url=$1
    shift
    set -- "--target-url=$url" "$@"
    ;;
esac
# Python ends with 1 for a package that is gone, which would say that the settings are broken.
"$gate" --help >/dev/null 2>&1 </dev/null || {
    echo "post-deploy-check.sh: $gate can't be started; to do: install it, or name it in APISMOKE" >&2
    exit 5
}
exec "$gate" --smoke-exit-codes=api ${smoke:+"$smoke"} "$@"
