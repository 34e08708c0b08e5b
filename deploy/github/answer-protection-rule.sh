#!/bin/sh
# Answers a custom deployment protection rule with the verdict of a gate.
#
# usage: answer-protection-rule.sh CALLBACK_URL ENVIRONMENT TARGET_URL [options of apismoke]
#
# CALLBACK_URL is `deployment_callback_url` of the webhook `deployment_protection_rule`; APP_TOKEN an
# installation token of the GitHub App. 0 approves, 1 (fail) rejects. Anything else is only told: the
# deployment stays waiting for a person, or for another run of this script.
set -u

[ $# -ge 3 ] || {
    echo "usage: answer-protection-rule.sh CALLBACK_URL ENVIRONMENT TARGET_URL [options]" >&2
    exit 3
}
[ -n "${APP_TOKEN:-}" ] || {
    echo "answer-protection-rule.sh: expected APP_TOKEN, got none; export an installation token" >&2
    exit 3
}
callback=$1
environment=$2
url=$3
shift 3
# It comes out of a webhook, and gets the token.
case $callback in https://*) ;; *)
    echo "answer-protection-rule.sh: expected a URL that begins with https://, got '$callback'" >&2
    exit 3
    ;;
esac
# Python ends with 1 for a package that is gone, which would be taken for the verdict *fail*.
apismoke --help >/dev/null 2>&1 </dev/null || {
    echo "answer-protection-rule.sh: expected the command apismoke, which can't be started; install it; nothing was done" >&2
    exit 3
}

# Text as a string of JSON: the name of an environment may hold anything but line ends.
json() {
    printf '"'
    printf '%s' "$1" | sed 's/[\\"]/\\&/g'
    printf '"'
}

# The token comes by standard input, so that it is in no list of processes.
answer() {
    printf 'header = "Authorization: Bearer %s"\n' "$APP_TOKEN" |
        curl --silent --show-error --fail-with-body --max-time 30 --config - --request POST \
            --header 'Accept: application/vnd.github+json' --data "$1" --url "$callback" ||
        {
            echo "answer-protection-rule.sh: the answer was refused; the deployment still waits" >&2
            exit 2
        }
}

apismoke --smoke --target-url="$url" "$@" --smoke-exit-codes=verdict
code=$?
name="\"environment_name\": $(json "$environment")"
case $code in
0) answer "{$name, \"state\": \"approved\", \"comment\": \"apismoke: pass\"}" ;;
1) answer "{$name, \"state\": \"rejected\", \"comment\": \"apismoke: fail\"}" ;;
# Without a state it is a report: the rule goes on waiting.
*) answer "{$name, \"comment\": \"apismoke: no verdict on the target, code $code\"}" ;;
esac
exit "$code"
