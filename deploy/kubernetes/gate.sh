#!/bin/sh
# Runs a Job of the gate, shows its output, and ends with its code.
#
# usage: gate.sh JOB.yaml [options of kubectl, such as --namespace=shop or --context=production]
#
# Ends with 2 if the gate had no code within APISMOKE_JOB_WAIT seconds (360): its pod was never started, or
# was ended by activeDeadlineSeconds; and with 3 if the Job could not be created. The file may
# create other objects before or behind the Job; the container of the gate is called apismoke.
set -u

[ $# -ge 1 ] || {
    echo "usage: gate.sh JOB.yaml [options of kubectl]" >&2
    exit 3
}
manifest=$1
shift
wait_s=${APISMOKE_JOB_WAIT:-360}
poll_s=${APISMOKE_JOB_POLL:-2}
case $wait_s,$poll_s in ,* | *, | *[!0-9,]* | *,0)
    echo "gate.sh: expected whole seconds, got '$wait_s' and '$poll_s', in APISMOKE_JOB_WAIT and APISMOKE_JOB_POLL" >&2
    exit 3
    ;;
esac

created=$(kubectl create "$@" -f "$manifest" -o name) || exit 3
job=$(printf '%s\n' "$created" | sed -n '/^job[.\/]/p')
case $job in '' | *[[:space:]]*)
    echo "gate.sh: expected one Job in $manifest, got '$job'; give a file that has one" >&2
    exit 3
    ;;
esac
pods=batch.kubernetes.io/job-name=${job#*/}
waited_s=0
# Not `kubectl wait`: it waits for the one end of a Job or for the other, and a gate may have either.
until code=$(kubectl get pods "$@" -l "$pods" -o \
    "jsonpath={.items[*].status.containerStatuses[?(@.name=='apismoke')].state.terminated.exitCode}") && [ -n "$code" ]; do
    if [ "$waited_s" -ge "$wait_s" ]; then
        echo "gate.sh: expected $job to end within $wait_s s, but its pod has no exit code;" \
            "look at 'kubectl describe $job' and at its pod" >&2
        exit 2
    fi
    sleep "$poll_s"
    waited_s=$((waited_s + poll_s))
done
kubectl logs "$@" "$job" -c apismoke
case $code in *[!0-9]*)
    echo "gate.sh: expected one pod of $job, got the codes $code; look at its pods for the one that counts" >&2
    exit 2
    ;;
esac
exit "$code"
