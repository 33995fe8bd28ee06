#!/usr/bin/env bash
# `make doorbell`: rings the workers of every analysis of spin.toml once, through Redis, so that jobs
# start that wait without a ring. A ring carries no meaning: one too many does no harm.
#   scripts/doorbell.sh                 rings once, and prints who heard it
#   scripts/doorbell.sh every SECONDS   rings as soon as the workers listen, and every SECONDS after that;
#                                       has the app send its callbacks when they are due
# Settings, from the environment:
#   REDIS_URL   the Redis where the workers listen (redis://127.0.0.1:6379)
#   LISTEN      where the app listens (127.0.0.1:3000)
#   SPIN_VARIABLE_CALLBACK_SECRET   without it there are no callbacks
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/processes.sh
. scripts/redis.sh
. scripts/http.sh

# A worker that never listens is one whose component is broken: its own log says so.
readonly LISTENING_WITHIN_SECONDS=120
# Callbacks that failed become due again without a message.
readonly LOOK_FOR_CALLBACKS_EVERY_SECONDS=10
readonly CALLBACKS=almanac.callbacks
IS_SUBSCRIBED=

main() {
    parse_redis_url
    [ "${REDIS_URL%%:*}" = redis ] || fail "a Redis behind TLS is not rung from here; a worker is rung by every submission"
    case ${1:-once} in
        once) ring_once ;;
        every) ring_every "$2" ;;
        *) fail "usage: doorbell.sh [every SECONDS]" ;;
    esac
}

ring_once() {
    local channel answer
    for channel in $(channels); do
        answer=$(ring "$channel") || fail "no Redis answers at $REDIS_HOST:$REDIS_PORT"
        case $answer in
            :0) say "$channel: nobody listens" ;;
            :1) say "$channel: rung" ;;
            :*) say "$channel: rung ${answer#:} times" ;;
            *) fail "$channel: Redis answers $answer" ;;
        esac
    done
}

# Never ends by itself, and never complains: a Redis that is gone comes back.
ring_every() {
    local channel next
    until workers_listen || ((SECONDS > LISTENING_WITHIN_SECONDS)); do
        pause 0.2
    done
    while :; do
        for channel in $(channels); do
            ring "$channel" >/dev/null || true
        done
        next=$((SECONDS + $1))
        if [ -z "${SPIN_VARIABLE_CALLBACK_SECRET:-}" ]; then
            pause "$1"
        fi
        while ((SECONDS < next)); do
            await_callback
            http POST /callbacks/deliver >/dev/null || true
        done
    done
}

# Waits until a callback is due, or until it is time to look for those that failed before.
await_callback() {
    local status=0
    if [ -z "$IS_SUBSCRIBED" ]; then
        # What became due in the meantime is looked for at once.
        if subscribe; then IS_SUBSCRIBED=yes; else pause 1; fi
        return
    fi
    read -r -t "$LOOK_FOR_CALLBACKS_EVERY_SECONDS" _ <&4 || status=$?
    # The rest of the message, and those that came with it.
    while ((status == 0)) && read -r -t 0.05 _ <&4; do :; done
    # Above 128 nothing came in time; else the connection is gone.
    if ((status > 0 && status <= 128)); then
        exec 4<&-
        IS_SUBSCRIBED=
    fi
}

# Listens for callbacks on the file descriptor 4.
subscribe() {
    { exec 4<>"/dev/tcp/$REDIS_HOST/$REDIS_PORT"; } 2>/dev/null || return
    if [ -n "$REDIS_AUTH" ]; then printf 'AUTH %s\r\n' "$(redis_credentials)" >&4; fi
    printf 'SUBSCRIBE %s\r\n' "$CALLBACKS" >&4
}

# Prints how many heard it, as Redis writes numbers: `:1`.
ring() {
    local answer
    answer=$(redis_says PUBLISH "$1" ring) || return
    answer=${answer%%$'\n'*}
    printf '%s\n' "${answer%$'\r'}"
}

main "$@"
