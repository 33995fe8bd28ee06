#!/usr/bin/env bash
# `make down`: stops what a `make up` in another terminal started. The data stays.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/processes.sh

if is_ours up; then
    # It stops the app and the Redis it started, in that order.
    STOP_WITHIN_SECONDS=30
    stop up
    say "stopped"
elif is_ours app || is_ours redis; then
    # What a killed `make up` left behind.
    stop doorbell
    stop app
    stop redis
    say "stopped what was left"
else
    say "nothing runs"
fi
