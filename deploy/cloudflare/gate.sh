#!/bin/sh
# Deploys a new version of a Worker at 0 %, gates it there, and gives it all traffic if it passes.
#
# usage: gate.sh URL OLD_VERSION_ID NEW_VERSION_ID [options of apismoke]
#
# NEW_VERSION_ID is what `wrangler versions upload` has printed. Run it beside apismoke.toml. What ends
# with anything but 0 leaves all traffic with the old version; 1 (fail) also takes the new one out.
set -u

[ $# -ge 3 ] || {
    echo "usage: gate.sh URL OLD_VERSION_ID NEW_VERSION_ID [options of apismoke]" >&2
    exit 3
}
url=$1
old=$2
new=$3
shift 3
# Python ends with 1 for a package that is gone, which would be taken for the verdict *fail*.
apismoke --help >/dev/null 2>&1 </dev/null || {
    echo "gate.sh: expected the command apismoke, which can't be started; install it; nothing was done" >&2
    exit 3
}
deploy() { npx wrangler versions deploy "$@" --yes || {
    echo "gate.sh: wrangler refused: $*" >&2
    exit 2
}; }

deploy "$old@100%" "$new@0%"
WORKER_VERSION_ID=$new
export WORKER_VERSION_ID
# An override is ignored, silently, where it can't be honoured: then the old version answers, and the
# gate waits and ends with 2, because another version than the expected one did.
apismoke --smoke --target-url="$url" --target-profile=override "$@" --target-version="$new" --smoke-exit-codes=verdict
code=$?
case $code in
0) deploy "$new@100%" ;;
1) deploy "$old@100%" ;;
*) echo "gate.sh: the gate ended with $code; $new is deployed at 0 %, look before you go on" >&2 ;;
esac
exit "$code"
