# shellcheck shell=bash
# What up.sh and down.sh share: the processes of this folder, each known by $STATE/NAME.pid.

# Relative to the project's folder; git ignores it. Redis keeps its data below it.
STATE=.almanac
# A process that is asked to stop and has not after so long is killed.
STOP_WITHIN_SECONDS=10

say() {
    printf 'almanac: %s\n' "$*" >&2
}

fail() {
    say "$*"
    exit 1
}

# Sleeps in the background, so that a signal is heeded at once.
pause() {
    sleep "$1" >/dev/null 2>&1 &
    wait $!
}

# Starts a command in the background and notes it as $1. It gets a process group of its own, so that
# Ctrl-C reaches the script alone, which then stops everything in the right order.
start() {
    local name=$1
    shift
    set -m
    "$@" </dev/null &
    set +m
    echo $! >"$STATE/$name.pid"
}

# Whether something listens at a host and port.
answers() {
    (exec 3<>"/dev/tcp/$1/$2") 2>/dev/null
}

# Whether anything noted as $1 still runs.
is_ours() {
    [ -n "$(members "$1")" ]
}

# The processes noted as $1 that still run. All but `up` have a process group of their own, which may
# outlive its first process: `spin up` is three processes, and killing the first leaves the others.
members() {
    local name=$1 noted pid
    noted=$(cat "$STATE/$name.pid" 2>/dev/null) || return 0
    if [ "$name" = up ]; then echo "$noted"; else in_group "$noted"; fi | while read -r pid; do
        # A number can be taken by another process in the meantime.
        if is_expected "$name" "$(command_of "$pid")"; then echo "$pid"; fi
    done
}

is_expected() {
    case $1:$2 in
        up:*scripts/up.sh*) ;;
        app:*"$STATE/runtime-config.toml"*) ;;
        redis:*redis-server*) ;;
        doorbell:*doorbell.sh* | doorbell:sleep*) ;;
        *) return 1 ;;
    esac
}

# The processes of a group. A small Debian has no ps, a Mac no /proc.
in_group() {
    local file stat group
    if [ ! -r /proc/self/stat ]; then
        ps -A -o pid=,pgid= | awk -v group="$1" '$2 == group { print $1 }'
        return
    fi
    for file in /proc/[0-9]*/stat; do
        { IFS= read -r stat <"$file"; } 2>/dev/null || continue
        # The name, in brackets, may have blanks; state, parent and group follow it.
        read -r _ _ group _ <<<"${stat##*) }"
        if [ "$group" = "$1" ]; then echo "${stat%% *}"; fi
    done
}

# Nothing of a process that has ended.
command_of() {
    { tr '\0' ' ' <"/proc/$1/cmdline" || ps -o command= -p "$1"; } 2>/dev/null || true
}

# Stops what is noted as $1, if it still runs, with everything it started.
stop() {
    local name=$1 pid deadline=$((SECONDS + STOP_WITHIN_SECONDS))
    if is_ours "$name"; then
        pid=$(cat "$STATE/$name.pid")
        send TERM "$name" "$pid"
        while is_ours "$name"; do
            if ((SECONDS > deadline)); then
                send KILL "$name" "$pid"
                break
            fi
            sleep 0.1
        done
    fi
    rm -f "$STATE/$name.pid"
}

# Sends a signal to a process group; `make up` alone is in the group of whoever called it.
send() {
    if [ "$2" = up ]; then kill "-$1" "$3"; else kill "-$1" -- "-$3"; fi 2>/dev/null || true
}
