#!/usr/bin/env bash
# `make doorbell`: rings the workers of every analysis of spin.toml once, through Redis, so that jobs
# begin which wait without a ring. A ring carries no meaning: one too many does no harm.
#   scripts/doorbell.sh                 rings once, and says who heard it
#   scripts/doorbell.sh every SECONDS   rings as soon as the workers listen, then again and again
# Settings, from the environment:
#   REDIS_URL   the Redis where the workers listen (redis://127.0.0.1:6379)
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/processes.sh
. scripts/redis.sh

# A worker that never listens is one whose component is broken: that is for its log to say.
readonly LISTENING_WITHIN_SECONDS=120

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
    local channel
    for channel in $(channels); do
        ring_until_heard "$channel"
    done
    while :; do
        pause "$1"
        for channel in $(channels); do
            ring "$channel" >/dev/null || true
        done
    done
}

ring_until_heard() {
    until [[ $(ring "$1") =~ ^:[1-9] ]] || ((SECONDS > LISTENING_WITHIN_SECONDS)); do
        pause 0.2
    done
}

channels() {
    sed -n 's/^channel = "\(almanac\.doorbell\.[a-z0-9_-]*\)"$/\1/p' spin.toml
}

# Prints how many heard it, as Redis writes numbers: `:1`.
ring() {
    local answer
    answer=$(redis_says PUBLISH "$1" ring) || return
    answer=${answer%%$'\n'*}
    printf '%s\n' "${answer%$'\r'}"
}

main "$@"
