#!/bin/sh
# Takes a snapshot of the Redis at $STORE_URL into $BACKUP_DIR, verifies it, and keeps the newest $KEEP.
# No variable here has a name that Kubernetes sets for a Service, such as REDIS_PORT.
set -eu

main() {
    exec 9>"$BACKUP_DIR/.lock"
    flock -n 9 || fail "another backup is running"
    # A backup that was killed leaves its unfinished file.
    rm -f "$BACKUP_DIR"/almanac-*.rdb.part
    # Before writing, so that the volume never needs room for more than $KEEP. One always stays: the new one may fail.
    if [ "$KEEP" -gt 1 ]; then prune "$((KEEP - 1))"; else prune 1; fi
    name=$BACKUP_DIR/almanac-$(date -u +%Y%m%dT%H%M%SZ).rdb
    trap 'rm -f "$name.part"' EXIT
    redis-cli -u "$STORE_URL" --rdb "$name.part"
    redis-check-rdb "$name.part"
    sync "$name.part"
    mv "$name.part" "$name"
    prune "$KEEP"
    ls -l "$BACKUP_DIR"
}

# Deletes all snapshots but the newest $1.
prune() {
    find "$BACKUP_DIR" -maxdepth 1 -name 'almanac-*.rdb' | sort -r | tail -n +"$(($1 + 1))" | xargs -r rm --
}

fail() {
    echo "backup: $*" >&2
    exit 1
}

main
