#!/bin/sh
# Rings the workers of each of $ANALYSES through the Redis at $STORE_URL. Fails if a doorbell has no listener:
# jobs of that analysis wait until a worker runs again.
set -eu
unheard=
for analysis in $ANALYSES; do
    listeners=$(redis-cli -u "$STORE_URL" -e publish "almanac.doorbell.$analysis" ring)
    echo "$analysis: $listeners listeners"
    if [ "$listeners" -eq 0 ]; then unheard="$unheard $analysis"; fi
done
if [ -n "$unheard" ]; then
    echo "doorbell: no worker listens for:$unheard" >&2
    exit 1
fi
