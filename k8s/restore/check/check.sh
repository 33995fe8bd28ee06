#!/bin/sh
# Checks that the snapshot $BACKUP_DIR/$SNAPSHOT exists and is readable. If it does not, or no name is given, lists
# the snapshots there are and fails.
set -eu
if [ ! -f "$BACKUP_DIR/$SNAPSHOT" ]; then
    {
        [ -z "$SNAPSHOT" ] || echo "restore: there is no snapshot $SNAPSHOT"
        echo "restore: available snapshots:"
        find "$BACKUP_DIR" -maxdepth 1 -name 'almanac-*.rdb' -exec basename {} \; | sort
    } >&2
    exit 1
fi
redis-check-rdb "$BACKUP_DIR/$SNAPSHOT"
