#!/bin/sh
# Gates a paused blue-green deployment of Amazon ECS: continues it, rolls it back, or leaves it paused.
#
# usage: gate.sh CLUSTER SERVICE TEST_URL [options of apismoke]
#
# It waits until the deployment that is in progress has a pause hook that awaits an action, runs the
# gate against TEST_URL (the test listener), and answers the hook:
#   0 pass                             CONTINUE
#   1 fail                             ROLLBACK
#   2 inconclusive, 3 misconfigured,   nothing: the deployment stays paused until a person answers it,
#   4 dirty, anything else             or the hook's own timeout does
# Ends with the code of the gate, and with 2 if no hook awaited an action within APISMOKE_ECS_WAIT
# seconds (600), or if the answer was refused. Needs the AWS CLI, and apismoke with its credentials.
set -u

[ $# -ge 3 ] || {
    echo "usage: gate.sh CLUSTER SERVICE TEST_URL [options of apismoke]" >&2
    exit 3
}
cluster=$1
service=$2
url=$3
shift 3
wait_s=${APISMOKE_ECS_WAIT:-600}
poll_s=${APISMOKE_ECS_POLL:-10}
case $wait_s,$poll_s in ,* | *, | *[!0-9,]* | *,0)
    echo "gate.sh: expected whole seconds, got '$wait_s' and '$poll_s', in APISMOKE_ECS_WAIT and APISMOKE_ECS_POLL" >&2
    exit 3
    ;;
esac
# Python ends with 1 for a package that is gone, which would be taken for the verdict *fail*.
apismoke --help >/dev/null 2>&1 </dev/null || {
    echo "gate.sh: expected the command apismoke, which can't be started; install it; nothing was done" >&2
    exit 3
}

# Writes the ARN of the deployment that is in progress, and the id of its hook that awaits an action.
paused_hook() {
    deployment=$(aws ecs list-service-deployments --cluster "$cluster" --service "$service" \
        --status IN_PROGRESS --query 'serviceDeployments[0].serviceDeploymentArn' --output text) || return 1
    case $deployment in arn:*) ;; *) return 1 ;; esac
    hook=$(aws ecs describe-service-deployments --service-deployment-arns "$deployment" --output text --query \
        "serviceDeployments[0].lifecycleHookDetails[?targetType=='PAUSE' && status=='AWAITING_ACTION'] | [0].hookId") ||
        return 1
    case $hook in '' | None) return 1 ;; esac
}

answer() {
    aws ecs continue-service-deployment --service-deployment-arn "$deployment" --hook-id "$hook" --action "$1" ||
        {
            echo "gate.sh: the answer $1 was refused; the deployment is still paused: $deployment" >&2
            exit 2
        }
}

waited_s=0
until paused_hook; do
    if [ "$waited_s" -ge "$wait_s" ]; then
        echo "gate.sh: expected a deployment of $service in $cluster that awaits an action, got none within" \
            "$wait_s s; look at its deployments, and at the pause hook in its configuration" >&2
        exit 2
    fi
    sleep "$poll_s"
    waited_s=$((waited_s + poll_s))
done

apismoke --smoke --target-url="$url" "$@" --smoke-exit-codes=verdict
code=$?
case $code in
0) answer CONTINUE ;;
1) answer ROLLBACK ;;
*) echo "gate.sh: the gate ended with $code; the deployment stays paused: $deployment, hook $hook" >&2 ;;
esac
exit "$code"
