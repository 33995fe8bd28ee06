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

# Whether the process noted as $1 still runs, and is what it was: a number can be taken by another
# process in the meantime.
is_ours() {
    local name=$1 pid command
    pid=$(cat "$STATE/$name.pid" 2>/dev/null) || return 1
    # A small Debian has no ps, a Mac no /proc.
    command=$({ tr '\0' ' ' <"/proc/$pid/cmdline"; } 2>/dev/null || ps -o command= -p "$pid" 2>/dev/null) || return 1
    case $name:$command in
        up:*scripts/up.sh*) ;;
        app:*"$STATE/runtime-config.toml"*) ;;
        redis:*redis-server*) ;;
        doorbell:*scripts/doorbell.sh*) ;;
        *) return 1 ;;
    esac
}

# Stops the process noted as $1, if it still runs, with everything it started.
stop() {
    local name=$1 pid deadline=$((SECONDS + STOP_WITHIN_SECONDS))
    if is_ours "$name"; then
        pid=$(cat "$STATE/$name.pid")
        kill -TERM "$pid" 2>/dev/null || true
        while is_ours "$name"; do
            if ((SECONDS > deadline)); then
                kill -KILL -- "-$pid" 2>/dev/null || kill -KILL "$pid" 2>/dev/null || true
                break
            fi
            sleep 0.1
        done
    fi
    rm -f "$STATE/$name.pid"
}
