#!/bin/sh
# Replaces the data of the stopped Redis whose volume is $DATA_DIR with the snapshot $BACKUP_DIR/$SNAPSHOT.
# The new data is built beside the old and moved into place at the end. The old data is set aside, never deleted.
# Exit status: 0 if the snapshot was restored, 1 if nothing was changed.
set -eu
unset REDISCLI_AUTH

main() {
    source=$BACKUP_DIR/$SNAPSHOT
    live=$DATA_DIR/appendonlydir
    time=$(date -u +%Y%m%dT%H%M%SZ)
    aside=$DATA_DIR/before-restore-$time
    scratch=$DATA_DIR/restore-$time.part
    deadline=$(($(date +%s) + ${RESTORE_SECONDS:-3000}))
    require_known_state
    redis-check-rdb "$source"
    require_space
    mkdir "$scratch"
    trap clean_up EXIT
    trap 'exit 1' INT TERM
    build
    swap
}

require_known_state() {
    [ -f "$source" ] || fail "no snapshot $source"
    [ ! -e "$aside" ] || fail "$aside already exists"
    if [ ! -e "$live" ]; then
        for earlier in "$DATA_DIR"/before-restore*/appendonlydir; do
            [ ! -e "$earlier" ] || fail "$live is missing, but $earlier exists: an earlier restore was interrupted. Move it back first: mv $earlier $live"
        done
    fi
    for part in "$DATA_DIR"/restore-*.part; do
        [ ! -e "$part" ] || echo "restore: $part is left over from an attempt that was killed; it can be deleted"
    done
}

# The append-only file that is written is about as large as the snapshot.
require_space() {
    size=$(stat -L -c %s "$source")
    free=$(df -Pk "$DATA_DIR" | tail -n 1 | tr -s ' ' | cut -d ' ' -f 4)
    [ "$free" -gt "$((size * 12 / 10240))" ] ||
        fail "the volume of Redis has $free KiB free, too little for a snapshot of $((size / 1024)) KiB: delete what earlier restores have set aside ($DATA_DIR/before-restore-*), or grow the volume"
}

# A Redis with an append-only file reads no snapshot, so a temporary one reads it and then writes such a file.
build() {
    socket=$scratch/socket
    ln -s "$source" "$scratch/snapshot.rdb"
    {
        redis-server --dir "$scratch" --dbfilename snapshot.rdb --appendonly no --save '' \
            --port 0 --unixsocket "$socket" --pidfile "$scratch/pid" || true
        touch "$scratch/ended"
    } &
    wait_until loaded
    redis-cli -s "$socket" -e config set appendonly yes
    wait_until rewritten
    keys=$(redis-cli -s "$socket" -e dbsize)
    redis-cli -s "$socket" shutdown nosave
    wait
    redis-check-aof "$scratch/appendonlydir/appendonly.aof.manifest"
    sync
}

loaded() {
    [ "$(redis-cli -s "$socket" ping 2>/dev/null)" = PONG ]
}

rewritten() {
    state=$(redis-cli -s "$socket" info persistence) || return 1
    case $state in
        *aof_last_bgrewrite_status:err*) fail "the append-only file could not be written; see above" ;;
        *aof_rewrite_in_progress:1* | *aof_rewrite_scheduled:1*) return 1 ;;
    esac
}

wait_until() {
    until "$1"; do
        [ ! -e "$scratch/ended" ] || fail "the temporary Redis ended; see above"
        [ "$(date +%s)" -lt "$deadline" ] || fail "the snapshot was not $1 in time"
        sleep 0.2
    done
}

swap() {
    if [ -e "$live" ]; then
        mkdir "$aside"
        mv "$live" "$aside/"
        echo "restore: the data that was there is in $aside"
    fi
    mv "$scratch/appendonlydir" "$live"
    sync
    echo "restore: $SNAPSHOT is restored, $keys keys"
}

# Also undoes a swap that was interrupted halfway.
clean_up() {
    status=$?
    if [ ! -e "$live" ] && [ -e "$aside/appendonlydir" ]; then
        mv "$aside/appendonlydir" "$live"
        rmdir "$aside"
    fi
    if [ -e "$scratch/pid" ]; then kill "$(cat "$scratch/pid")" 2>/dev/null || true; fi
    wait
    rm -rf "$scratch"
    exit "$status"
}

fail() {
    echo "restore: $*" >&2
    exit 1
}

main
