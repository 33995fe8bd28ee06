#!/usr/bin/env bash
# `make up`, and `start` of an archive: builds, starts Redis and the app, loads the sample data, and keeps
# both running until Ctrl-C or `make down`. Settings, from the environment:
#   REDIS_URL   the Redis to use; one is started if none answers there (redis://127.0.0.1:6379)
#   LISTEN      where the app listens (127.0.0.1:3000)
#   SPIN_VARIABLE_<NAME>   any variable of spin.toml, such as SPIN_VARIABLE_MAX_PAGE_POINTS
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/processes.sh
. scripts/redis.sh
. scripts/http.sh

readonly URL=http://$LISTEN
# An app that ran this long was well: the next restart begins with the shortest pause again.
readonly GOOD_RUN_SECONDS=60
readonly LONGEST_PAUSE_SECONDS=30
readonly READY_WITHIN_SECONDS=120
readonly RING_EVERY_SECONDS=60
# A step of an analysis that takes longer than the lease of its job has lost it anyway.
readonly MAX_COMPUTING=15s

main() {
    parse_redis_url
    require_nothing_running
    mkdir -p "$STATE"
    echo $$ >"$STATE/up.pid"
    trap stop_everything EXIT
    trap 'exit 0' INT TERM HUP
    build
    start_redis
    configure_app
    start_app
    wait_until_ready || fail "the app ended before it was ready; its output is above"
    load_samples
    greet
    supervise
}

require_nothing_running() {
    if is_ours up; then
        fail "Almanac already runs from this folder; \`make down\` stops it"
    fi
    if answers "${LISTEN%:*}" "${LISTEN##*:}"; then
        fail "something else listens at $LISTEN. Choose another port: make up LISTEN=127.0.0.1:3001"
    fi
}

build() {
    redis_answers || scripts/require.sh redis-server
    if is_archive; then
        return
    elif has_spin; then
        "${MAKE:-make}" --no-print-directory components
    else
        "${MAKE:-make}" --no-print-directory components host
    fi
}

# What `make dist` made has everything built.
is_archive() {
    [ -x bin/almanac-host ]
}

# There are other programs of that name.
has_spin() {
    scripts/require.sh spin 2>/dev/null
}

start_redis() {
    if redis_answers; then
        say "using the Redis at $REDIS_HOST:$REDIS_PORT"
        case $(redis_says CONFIG GET appendonly) in
            *no*) say "note: that Redis keeps no append-only file, so a crash of it can lose the last writes" ;;
        esac
        return
    fi
    case $REDIS_HOST in
        127.* | localhost) ;;
        *) fail "no Redis answers at $REDIS_HOST:$REDIS_PORT, and one is started on this machine only" ;;
    esac
    [ -z "$REDIS_AUTH" ] || fail "no Redis answers at $REDIS_HOST:$REDIS_PORT, and one with a password is not started here"
    if answers "$REDIS_HOST" "$REDIS_PORT"; then
        fail "what listens at $REDIS_HOST:$REDIS_PORT is no Redis. Choose another port: make up REDIS_URL=redis://127.0.0.1:6380"
    fi
    mkdir -p "$STATE/redis"
    say "starting Redis at $REDIS_HOST:$REDIS_PORT; its data is in $STATE/redis"
    start redis redis-server --bind "${REDIS_HOST/localhost/127.0.0.1}" --port "$REDIS_PORT" \
        --dir "$PWD/$STATE/redis" --appendonly yes --save '' \
        --daemonize no --logfile "$PWD/$STATE/redis.log"
    # Reading a large append-only file takes its time: wait as long as Redis lives.
    until redis_says PING | grep -q PONG; do
        is_ours redis || fail "Redis did not start; $STATE/redis.log says why: $(tail -n 3 "$STATE/redis.log")"
        pause 0.1
    done
}

# Everything that the app must know of this place, in the names of spin.toml's variables.
configure_app() {
    export REDIS_URL
    export SPIN_VARIABLE_REDIS_ADDRESS=${SPIN_VARIABLE_REDIS_ADDRESS:-$REDIS_URL}
    export SPIN_VARIABLE_REDIS_HOST=${SPIN_VARIABLE_REDIS_HOST:-${REDIS_URL%%://*}://$REDIS_HOST:$REDIS_PORT}
    export SPIN_VARIABLE_DOORBELL_ADDRESS=${SPIN_VARIABLE_DOORBELL_ADDRESS:-$REDIS_SERVER}
    awk -v url="$REDIS_URL" '/^url = / { $0 = "url = \"" url "\"" } { print }' \
        runtime-config.toml >"$STATE/runtime-config.toml"
    if is_archive; then
        APP=(bin/almanac-host up --cache-dir compiled --max-computing "$MAX_COMPUTING")
    elif has_spin; then
        # Without a folder for its state Spin writes no log files, which grow without bound; the terminal has every line.
        APP=(spin up --state-dir '')
    else
        APP=(target/release/almanac-host up --cache-dir target/host-cache --max-computing "$MAX_COMPUTING")
    fi
    APP+=(-f spin.toml --runtime-config-file "$STATE/runtime-config.toml" --listen "$LISTEN"
        --max-instance-concurrent-reuse-count 1)
}

start_app() {
    say "starting ${APP[0]} at $URL"
    start app "${APP[@]}"
    STARTED=$SECONDS
    # Jobs that were queued before are begun as soon as the workers listen, and no ring is missed
    # for longer than a minute.
    stop doorbell
    start doorbell scripts/doorbell.sh every "$RING_EVERY_SECONDS"
}

# Waits until the app reaches its Redis and every worker listens. Fails when the app ends instead.
wait_until_ready() {
    local complained=
    until is_ready; do
        is_running || return 1
        if [ -z "$complained" ] && ((SECONDS - STARTED > READY_WITHIN_SECONDS)); then
            say "not ready after $READY_WITHIN_SECONDS s: $(http GET /readyz || echo 'no answer')"
            complained=yes
        fi
        pause 0.1
    done
}

is_ready() {
    # Jobs that nobody works on make /readyz fail too; they are no reason to wait.
    case $(HTTP_WITHIN_SECONDS=10 http GET /readyz) in
        200* | 503*'#stalled'*) workers_listen ;;
        *) return 1 ;;
    esac
}

# Whether the process that the supervisor waits for still runs: the others of its group do not matter.
is_running() {
    kill -0 "$(cat "$STATE/app.pid")" 2>/dev/null
}

# Loads each file of data/ as the dataset of its name, where there is none of that name.
load_samples() {
    local file name
    for file in data/*.csv; do
        name=$(basename "$file" .csv)
        [[ $(http GET "/datasets/$name") == 404* ]] || continue
        say "loading $file as the dataset $name"
        load_sample "$name" "$file" || say "$file could not be loaded; the rest works"
    done
}

load_sample() {
    local name=$1 file=$2 time_column
    time_column=$(head -n 1 "$file" | cut -d, -f1)
    succeeds http POST /datasets application/json "data/$name.json" &&
        succeeds http POST "/datasets/$name/import?time=$time_column" text/csv "$file"
}

# Runs a request; whatever is no success is shown.
succeeds() {
    local answer
    answer=$("$@") || answer='no answer'
    case $answer in
        2*) ;;
        *) say "$3: $answer" && return 1 ;;
    esac
}

greet() {
    cat <<EOF

Almanac is ready at $URL (Ctrl-C stops it; the data stays). Open that in a browser, or try:

  curl '$URL/datasets'
  curl '$URL/datasets/co2/points?start=2020&end=2021&format=csv'
  curl '$URL/jobs' -H 'Prefer: wait=20' -d '{"analysis":"plot","dataset":"co2","params":{"y":"average"}}'

EOF
}

# Spin ends when it loses Redis, and this is where both come back.
supervise() {
    local status pause_seconds=1
    while :; do
        status=0
        wait "$(cat "$STATE/app.pid")" || status=$?
        # What is left of its process group still holds the port.
        stop app
        if ((SECONDS - STARTED >= GOOD_RUN_SECONDS)); then pause_seconds=1; fi
        say "the app ended by itself (status $status); starting it again in $pause_seconds s"
        pause "$pause_seconds"
        pause_seconds=$((pause_seconds * 2 < LONGEST_PAUSE_SECONDS ? pause_seconds * 2 : LONGEST_PAUSE_SECONDS))
        # A Redis that was there before is somebody else's to restart.
        if [ -f "$STATE/redis.pid" ] && ! redis_answers; then (start_redis) || continue; fi
        start_app
        if wait_until_ready; then say "ready again at $URL"; fi
    done
}

# The app first, so that it does not miss its Redis.
stop_everything() {
    local status=$?
    trap '' INT TERM HUP
    stop doorbell
    stop app
    stop redis
    rm -f "$STATE/up.pid"
    exit "$status"
}

main
