#!/bin/sh
# Deploys, gates what answers then, and rolls back if the gate says that it is bad.
# POSIX sh (dash, busybox, bash --posix); needs the command `apismoke` and nothing else.
# docs/how-to/deploy-scripts.md explains each exit code.
#
# Every command runs in the background and is waited for: a shell handles a signal only once its
# foreground command has ended, and the gate has to be told at once. There is no `set -e`, because
# the code of each command decides something.
set -u

usage() {
    cat <<'END'
usage: deploy.sh --deploy CMD --rollback CMD [options] -- GATE OPTIONS

Runs the deploy command, then `apismoke GATE OPTIONS`, and acts on the verdict.

  --deploy CMD             a shell command that deploys the new version
  --rollback CMD           a shell command that brings the previous version back
  --rollback-version TEXT  the --target-version for the gate after a roll-back; the
                           one in GATE OPTIONS is for the first gate only
  --rollback-inconclusive  roll back too if the gate could not tell, as for a version
                           that does not come up
  --restore                on dirty run `apismoke restore`, then gate once more
  --shout CMD              a shell command that tells people, for every end but 0;
                           it gets DEPLOY_EXIT_CODE and DEPLOY_SUMMARY
  --gate PATH              the command `apismoke` (default: apismoke)
  --lock DIR               one deployment at a time has it
                           (default: ${TMPDIR:-/tmp}/apismoke-deploy.lock)
  --log FILE               append the lines of this script to a file as well
  --dry-run                show what would be run, and end
  -h, --help               this text

exit codes:
   0  deployed; the gate passes
   1  rolled back, because the gate did not pass; the gate passes again
   2  held: nobody could tell (inconclusive, or interrupted); the new version stays
   3  held: the gate is misconfigured, missing or broken; the new version stays, or
      nothing was deployed
   4  held: the target was left changed (dirty); nothing was rolled back since
   5  the deploy command failed, but the gate passes on what answers; not rolled back
   6  the roll-back command failed, after the gate did not pass
   7  rolled back, because the gate did not pass; it does not after that either
  64  a mistake in the call; nothing was done
  75  another deployment is running; nothing was done
 129, 130, 131, 143
      a signal before the deploy command began; nothing was done
END
}

deploy='' rollback='' rollback_version='' rollback_inconclusive=no restore=no shout='' gate=apismoke log='' dry_run=no
lock=${TMPDIR:-/tmp}/apismoke-deploy.lock
rehearsed="the gate ended with 0, as a rehearsal does whatever its verdict is"

# -- what it says -----------------------------------------------------------------------------------

# The time in UTC and a line, on standard error and in the log.
say() {
    line="$(date -u +%Y-%m-%dT%H:%M:%SZ) deploy.sh: $*"
    printf '%s\n' "$line" >&2
    [ -z "$log" ] || printf '%s\n' "$line" >>"$log"
}

# Text without what looks like a secret. Commands are shown by --dry-run only, as they may hold some.
masked() {
    printf '%s\n' "$*" | sed -E \
        -e 's|://[^/@[:space:]]*@|://...@|g' \
        -e 's|(--smoke-notify[= ])[^[:space:]]*|\1...|g' \
        -e "s|([Aa]uthorization: *[A-Za-z]+ )[^'\"[:space:]]*|\1...|g" \
        -e "s/([A-Za-z0-9_]*([Pp][Aa][Ss][Ss]|[Ss][Ee][Cc][Rr][Ee][Tt]|[Tt][Oo][Kk][Ee][Nn]|[Kk][Ee][Yy])[A-Za-z0-9_]*[= ])('[^']*'|\"[^\"]*\"|[^[:space:]]*)/\1.../g"
}

refuse() {
    printf 'deploy.sh: %s\n  to do: %s; nothing was done\n' "$1" "$2" >&2
    exit 64
}

# Ends with a code, an outcome in one line and what to do; shouts unless all is well.
finish() {
    code=$1 summary=$2
    say "$summary"
    [ -z "$3" ] || say "to do: $3"
    say "exit code $code"
    # Before the shout, which may hang: the next deployment need not wait for it.
    unlock
    if [ "$code" -ne 0 ] && [ -n "$shout" ]; then
        phase=shouting
        run env DEPLOY_EXIT_CODE="$code" DEPLOY_SUMMARY="$summary" sh -c "$shout"
        [ "$status" -eq 0 ] || say "the shout command failed (exit code $status)"
    fi
    exit "$code"
}

# -- one command, and the signals meanwhile -----------------------------------------------------------

signals=0 phase=before child='' locked=no early='' broken='' passes="the gate passes"

# A signal is passed on to the gate, which restores and ends. Other commands are not interrupted: what
# is half deployed or half rolled back is worse than either; the deploy command is, by a second signal.
# shellcheck disable=SC2329 # The traps below invoke it.
on_signal() {
    [ "$phase" != before ] || {
        say "a signal before anything was deployed; nothing was done"
        # The look for the gate: nothing is left running.
        [ -z "$child" ] || wait "$child"
        unlock
        exit $((128 + $1))
    }
    signals=$((signals + 1))
    case $phase in
    gating) pass_on "the gate, which restores first" ;;
    deploying)
        if [ "$signals" -eq 1 ]; then
            say "a signal: waiting for the deploy command; another signal ends it"
        else
            end_all "the deploy command"
        fi
        ;;
    # The outcome is told and the lock is given back: it may be ended at any time.
    shouting) end_all "the shout command" ;;
    *) say "a signal while $phase, which is not interrupted${child:+ (process $child)}" ;;
    esac
}

pass_on() {
    [ -z "$child" ] || {
        say "a signal: passed on to $1"
        kill -TERM "$child" 2>/dev/null
    }
}

# As `pass_on`, but to all that the command has started as well: a shell that gets a signal ends at
# once, and what it was running would go on without anybody who waits for it.
end_all() {
    [ -z "$child" ] || {
        say "a signal: passed on to $1"
        # shellcheck disable=SC2046 # Several numbers.
        kill -TERM "$child" $(started_by "$child") 2>/dev/null
    }
}

# The processes that a process has started, and those that they have.
started_by() {
    ps -A -o pid= -o ppid= 2>/dev/null | awk -v root="$1" '
        { parent[$1] = $2 }
        END {
            for (pid in parent) {
                up = parent[pid]
                while (up != root && up in parent) up = parent[up]
                if (up == root) print pid
            }
        }'
}

# Runs a command to its end; `status` is its exit code.
run() {
    before=$signals child=''
    "$@" <&3 3<&- &
    child=$!
    # One that came while the command was being started.
    [ "$signals" -eq "$before" ] || [ "$phase" != gating ] || pass_on "the gate"
    status=127
    while :; do
        before=$signals
        wait "$child"
        waited=$?
        # A signal ends `wait` early: once more. 127: the code had been given at the first time.
        [ "$waited" -eq 127 ] && [ "$status" -ne 127 ] || status=$waited
        [ "$signals" -ne "$before" ] || break
    done
    child=''
}

# -- one at a time ------------------------------------------------------------------------------------

is_alive() {
    kill -0 "$1" 2>/dev/null || [ -d "/proc/$1" ] || ps -p "$1" >/dev/null 2>&1
}

# This start of the machine, where the system tells it: after another one, a number is another process.
boot() {
    cat /proc/sys/kernel/random/boot_id 2>/dev/null
}

# Whether the lock was made. It may be let go, or taken over, between one look and the next.
make_lock() {
    mkdir "$lock" 2>/dev/null && return 0
    [ -d "$lock" ] && return 1
    mkdir "$lock" 2>/dev/null && return 0
    [ -d "$lock" ] || refuse "the lock $lock can't be made" "give a directory that can be made with --lock"
    return 1
}

# A directory, because making one is atomic everywhere. The lock of a process that is gone is taken
# over, by one at a time as well.
take_lock() {
    boot=$(boot)
    if ! make_lock; then
        held=$(cat "$lock/pid" 2>/dev/null)
        owner=${held%% *}
        case $owner in '' | *[!0-9]*) busy "an unknown process" ;; esac
        case $held in
        "$owner" | "$owner $boot" | "$owner ") ! is_alive "$owner" || busy "process $owner" ;;
        *) [ -n "$boot" ] || busy "process $owner" ;;
        esac
        mkdir "$lock.taking-over" 2>/dev/null || busy "another one, which is just taking it over," "$lock.taking-over"
        taken=no
        if [ "$(cat "$lock/pid" 2>/dev/null)" = "$held" ]; then
            rm -f "$lock/pid" && rmdir "$lock" && mkdir "$lock" && taken=yes
        fi
        rmdir "$lock.taking-over"
        [ "$taken" = yes ] || busy "another one"
        say "the lock of process $owner, which is gone, was taken over"
    fi
    locked=yes
    echo "$$ $boot" >"$lock/pid"
}

unlock() {
    [ "$locked" = yes ] || return 0
    locked=no
    rm -f "$lock/pid"
    rmdir "$lock"
}

busy() {
    say "another deployment is running: $1 has $lock; nothing was done"
    say "to do: wait for it; if there is none, remove ${2:-that directory}"
    exit 75
}

# -- the gate -----------------------------------------------------------------------------------------

# Whether the command starts at all. Python ends with 1 for a package that is gone, which must not be
# taken for the verdict *fail*; nor must a signal at this moment be taken for a gate that is gone.
gate_works() {
    [ "$phase" = before ] || phase="looking whether the gate starts"
    run show_help
    [ "$status" -eq 0 ]
}

# shellcheck disable=SC2329 # `run` invokes it.
show_help() {
    "$gate" --help >/dev/null 2>&1 </dev/null
}

# The path of a report for a later gate of this call: it leaves the earlier one, the evidence.
beside() {
    name=${2##*/}
    case $2 in
    - | /dev/*) printf '%s' "$2" ;;
    *)
        case $name in
        ?*.*) printf '%s.%s.%s' "${2%.*}" "$1" "${2##*.}" ;;
        *) printf '%s.%s' "$2" "$1" ;;
        esac
        ;;
    esac
}

# Runs the gate once; `status` is its code in the table `verdict`.
# $1: which gate of this call, empty for the first. $2: a target version, empty for any, or `as given`.
run_gate() {
    which=$1 version=$2
    shift 2
    left=$#
    while [ "$left" -gt 0 ]; do
        option=$1
        shift
        left=$((left - 1))
        # Options and their values in one word.
        case $option in
        --target-version | --smoke-report | --smoke-html | --smoke-ctrf | --smoke-har | --smoke-markdown | --smoke-sarif | --smoke-codequality | --junitxml | --junit-xml)
            [ "$left" -eq 0 ] || {
                option="$option=$1"
                shift
                left=$((left - 1))
            }
            ;;
        esac
        case $option in
        --target-version=*) [ "$version" != 'as given' ] || set -- "$@" "$option" ;;
        --smoke-report=* | --smoke-html=* | --smoke-ctrf=* | --smoke-har=* | --smoke-markdown=* | --smoke-sarif=* | --smoke-codequality=* | --junitxml=* | --junit-xml=*)
            [ -z "$which" ] || option="${option%%=*}=$(beside "$which" "${option#*=}")"
            set -- "$@" "$option"
            ;;
        *) set -- "$@" "$option" ;;
        esac
    done
    case $version in
    '' | 'as given') ;;
    *) set -- "$@" "--target-version=$version" ;;
    esac
    phase=gating
    # In front, so that no word is taken for a command of apismoke, as in `apismoke restore`.
    run "$gate" --smoke-exit-codes=verdict "$@"
    case $status in
    0) say "$passes" ;;
    1)
        if gate_works; then
            status=1
            say "the gate fails: the target is bad"
        else
            say "the gate ended with 1, but can't be started: that is no verdict"
            status=3
        fi
        ;;
    2) say "the gate is inconclusive: it could not tell" ;;
    3) say "the gate is misconfigured" ;;
    4) say "the gate says dirty: the target was left changed" ;;
    126 | 127)
        say "the gate can't be started (exit code $status)"
        status=3
        ;;
    *)
        say "the gate was ended without a verdict (exit code $status)"
        status=2
        ;;
    esac
}

# As `run_gate`, and restores a dirty target with --restore.
judge() {
    run_gate "$@"
    [ "$status" -eq 4 ] && [ "$restore" = yes ] || return 0
    phase=restoring
    say "restoring (--restore)"
    run_restore "$@"
    if [ "$status" -ne 0 ]; then
        say "apismoke restore did not restore everything (exit code $status)"
        status=4
        return 0
    fi
    after=${1:+$1-}restored judged_version=$2
    shift 2
    run_gate "$after" "$judged_version" "$@"
}

# What of the options `apismoke restore` takes as well: where, and the profile.
run_restore() {
    shift 2
    left=$#
    while [ "$left" -gt 0 ]; do
        option=$1
        shift
        left=$((left - 1))
        case $option in
        --target-url | --target-profile)
            [ "$left" -eq 0 ] || {
                set -- "$@" "$option=$1"
                shift
                left=$((left - 1))
            }
            ;;
        --target-url=* | --target-profile=*) set -- "$@" "$option" ;;
        esac
    done
    if [ "$phase" = restoring ]; then
        run "$gate" restore "$@"
    else
        masked "apismoke restore${*:+ $*}"
    fi
}

# -- the decision -------------------------------------------------------------------------------------

roll_back() {
    reason=$1 phase="rolling back"
    shift
    say "rolling back: $reason"
    run sh -c "$rollback"
    [ "$status" -eq 0 ] ||
        finish 6 "ROLL-BACK FAILED (exit code $status): $reason, and that version may still answer" \
            "bring the previous version back by hand, now; then gate it"
    judge rolled-back "$rollback_version" "$@"
    case $status in
    0) finish 1 "ROLLED BACK: $reason; the gate passes again" "read the first verdict above" ;;
    4) finish_dirty "$@" ;;
    *) finish 7 "ROLLED BACK, AND NOT WELL: $reason; the gate does not pass after the roll-back either" \
        "look at the target now: the last verdict above says what is wrong, or why nobody can tell" ;;
    esac
}

finish_dirty() {
    phase=telling
    finish 4 "HELD, DIRTY: ${broken}the target was left changed; nothing was rolled back since" \
        "restore it with the command that the verdict names, or: $(run_restore '' '' "$@")"
}

main() {
    say "deploying"
    phase=deploying
    run sh -c "$deploy"
    deployed=$status
    [ "$signals" -eq 0 ] ||
        finish 2 "HELD, INTERRUPTED: the deploy command ended with $deployed, and nobody has gated what answers now" \
            "gate it: apismoke with the same options; then keep it or roll back"
    if [ "$deployed" -eq 0 ]; then
        say "deployed; gating"
        judge '' 'as given' "$@"
    else
        # Rolling back blindly would go one version too far if nothing was replaced yet.
        say "the deploy command failed (exit code $deployed); gating what answers"
        # Not to be lost among the words of the verdict.
        broken="the deploy command failed (exit code $deployed), and "
        judge '' '' "$@"
    fi
    case $status in
    0)
        [ "$deployed" -eq 0 ] || finish 5 "DEPLOY FAILED (exit code $deployed): $passes on what answers; not rolled back" \
            "read the output of the deploy command; the verdict has the version that answers, if the target tells it"
        finish 0 "DEPLOYED: $passes" ''
        ;;
    1) roll_back "${broken}the gate failed" "$@" ;;
    4) finish_dirty "$@" ;;
    3) finish 3 "HELD, THE GATE IS MISCONFIGURED: ${broken}what was deployed stays, and nobody has judged it" \
        "correct what the gate names, then run the gate by itself" ;;
    *)
        # An interruption says nothing about the target.
        [ "$rollback_inconclusive" = no ] || [ "$signals" -gt 0 ] || roll_back "${broken}the gate could not tell" "$@"
        finish 2 "HELD, INCONCLUSIVE: ${broken}what was deployed stays, and nobody could tell whether it works" \
            "read the verdict above; then run the gate by itself, or roll back by hand"
        ;;
    esac
}

show_plan() {
    echo "deploy:    $(masked "$deploy")"
    echo "gate:      $(masked "$gate --smoke-exit-codes=verdict $*")"
    echo "fail:      $(masked "$rollback"), then the gate${rollback_version:+ with --target-version=$rollback_version}"
    if [ "$restore" = yes ]; then
        echo "dirty:     $(run_restore '' '' "$@"), then the gate"
    else
        echo "dirty:     hold; to restore: $(run_restore '' '' "$@")"
    fi
    [ "$rollback_inconclusive" = no ] || echo "could not tell: as on fail"
    echo "otherwise: hold"
    echo "lock:      $lock"
}

# Whether text has nothing but blanks, and line ends: as a command it does nothing, and ends with 0.
is_blank() {
    case $1 in *[![:space:]]*) return 1 ;; esac
}

# -- the call -----------------------------------------------------------------------------------------

while [ $# -gt 0 ]; do
    case $1 in
    -h | --help)
        usage
        exit 0
        ;;
    --)
        shift
        break
        ;;
    --rollback-inconclusive) rollback_inconclusive=yes ;;
    --restore) restore=yes ;;
    --dry-run) dry_run=yes ;;
    --deploy=*) deploy=${1#*=} ;;
    --rollback=*) rollback=${1#*=} ;;
    --rollback-version=*) rollback_version=${1#*=} ;;
    --shout=*) shout=${1#*=} ;;
    --gate=*) gate=${1#*=} ;;
    --lock=*) lock=${1#*=} ;;
    --log=*) log=${1#*=} ;;
    --deploy | --rollback | --rollback-version | --shout | --gate | --lock | --log)
        # A dash: the next option, where an empty variable was not quoted.
        case ${2--} in -*) refuse "$1 has no value" "give one, as $1=VALUE if it begins with a dash" ;; esac
        # Once more, in one word.
        option="$1=$2"
        shift 2
        set -- "$option" "$@"
        continue
        ;;
    *) refuse "'${1%%=*}' is no option of deploy.sh" "put the options of the gate behind --, and see deploy.sh --help" ;;
    esac
    shift
done

is_blank "$deploy" && refuse "--deploy is missing or empty" "give the command that deploys"
is_blank "$rollback" && refuse "--rollback is missing or empty" "give the command that rolls back, or --rollback=false where there is no way back"
[ -n "$gate" ] || refuse "--gate is empty" "give the path of apismoke, or leave it out"
[ -n "$lock" ] || refuse "--lock is empty" "give a directory, or leave it out"

case ${APISMOKE_REHEARSE:-} in '' | 0 | [Nn]* | [Ff]* | [Oo][Ff]*) ;; *) passes=$rehearsed ;; esac
target=${APISMOKE_TARGET_URL:-} previous=''
for option in "$@"; do
    case $option in
    --smoke-exit-codes | --smoke-exit-codes=*) refuse "--smoke-exit-codes is given" "leave it out: deploy.sh decides by the table 'verdict'" ;;
    -h | --help | -V | --version) refuse "$option is given to the gate" "leave it out: it ends with 0 and gates nothing" ;;
    --target-url=*) target=${option#*=} ;;
    --smoke-rehearse) passes=$rehearsed ;;
    esac
    [ "$previous" != --target-url ] || target=$option
    previous=$option
done
# Before anything is deployed: an empty variable would show only afterwards.
[ -n "$target" ] || refuse "the gate has no target: --target-url is missing or empty" "give it behind --"

# The gate writes only to descriptors that are open, and a command in the background has none to read.
# Into another number: what opens /dev/null here gets a 0 that is free, and would be taken for it.
(: 3<&0) 2>/dev/null || exec </dev/null
exec 3<&0
if [ -n "$log" ] && ! (: >>"$log") 2>/dev/null; then
    file=$log log=''
    refuse "--log $file can't be written" "give a file in a directory that can be written"
fi

if [ "$dry_run" = yes ]; then
    show_plan "$@"
    gate_works && exit 0
    echo "deploy.sh: $gate can't be started; to do: install it, or give its path with --gate" >&2
    exit 3
fi

# Its output may have no reader any more, as behind a connection that broke: it has to act all the same.
trap : PIPE
# Between making the lock and noting that, a signal would leave it behind.
trap 'early=1' HUP
trap 'early=2' INT
trap 'early=3' QUIT
trap 'early=15' TERM
take_lock
trap 'on_signal 1' HUP
trap 'on_signal 2' INT
trap 'on_signal 3' QUIT
trap 'on_signal 15' TERM
[ -z "$early" ] || on_signal "$early"
# A gate that is not there would be noticed after the deploy only, when nobody can judge it any more.
gate_works || finish 3 "THE GATE IS MISSING: $gate can't be started; nothing was deployed" \
    "install it, as its README says, or give its path with --gate"
main "$@"
