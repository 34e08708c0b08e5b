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

# The token comes by standard input, so that it is in no list of processes.
answer() {
    printf 'header = "Authorization: Bearer %s"\n' "$APP_TOKEN" |
        curl --silent --show-error --fail-with-body --max-time 30 --config - --request POST \
            --header 'Accept: application/vnd.github+json' --data "$1" "$callback" ||
        {
            echo "answer-protection-rule.sh: the answer was refused; the deployment still waits" >&2
            exit 2
        }
}

apismoke --smoke --target-url="$url" "$@" --smoke-exit-codes=verdict
code=$?
case $code in
0) answer "{\"environment_name\": \"$environment\", \"state\": \"approved\", \"comment\": \"apismoke: pass\"}" ;;
1) answer "{\"environment_name\": \"$environment\", \"state\": \"rejected\", \"comment\": \"apismoke: fail\"}" ;;
# Without a state it is a report: the rule goes on waiting.
*) answer "{\"environment_name\": \"$environment\", \"comment\": \"apismoke: no verdict on the target, code $code\"}" ;;
esac
exit "$code"
