# shellcheck shell=bash
# What up.sh and doorbell.sh share: requests to the app without a client, for a machine that has none.

export LISTEN=${LISTEN:-127.0.0.1:3000}

# Sends a request, with a file as its body if one is named, and prints the answer: the status on the
# first line, then the body. Fails where nothing answers in time.
#   http METHOD PATH [CONTENT_TYPE FILE]
# The administrator's token goes along if there is one.
http() {
    local method=$1 path=$2 type=${3:-} file=${4:-} port=${LISTEN##*:} host=${LISTEN%:*} status line
    host=${host#[} host=${host%]}
    (
        exec 3<>"/dev/tcp/$host/$port" || exit 1
        printf '%s %s HTTP/1.1\r\nhost: %s\r\nconnection: close\r\n' "$method" "$path" "$LISTEN" >&3
        if [ -n "${SPIN_VARIABLE_ADMIN_TOKEN:-}" ]; then
            printf 'authorization: Bearer %s\r\n' "$SPIN_VARIABLE_ADMIN_TOKEN" >&3
        fi
        if [ -n "$file" ]; then
            printf 'content-type: %s\r\ncontent-length: %d\r\n\r\n' "$type" "$(wc -c <"$file")" >&3
            cat "$file" >&3
        else
            printf 'content-length: 0\r\n\r\n' >&3
        fi
        IFS=' ' read -r -t "${HTTP_WITHIN_SECONDS:-60}" _ status _ <&3 || exit 1
        printf '%s\n' "${status%$'\r'}"
        while IFS= read -r line <&3 && [ "${line%$'\r'}" != '' ]; do :; done
        cat <&3
    ) 2>/dev/null
}
