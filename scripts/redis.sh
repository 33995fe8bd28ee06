# shellcheck shell=bash
# What up.sh and doorbell.sh share: where Redis is, speaking with it without a client, and whether the
# workers listen.

readonly REDIS_URL=${REDIS_URL:-redis://127.0.0.1:6379}

# redis://[user:password@]host[:port][/database]
parse_redis_url() {
    local rest=${REDIS_URL#*://}
    [ "$rest" != "$REDIS_URL" ] || fail "REDIS_URL must look like redis://127.0.0.1:6379, not '$REDIS_URL'"
    rest=${rest%%\?*}
    # shellcheck disable=SC2034  # for up.sh
    REDIS_SERVER=${REDIS_URL%%://*}://${rest%%/*}
    REDIS_AUTH=
    case $rest in *@*) REDIS_AUTH=${rest%@*} rest=${rest##*@} ;; esac
    rest=${rest%%/*}
    REDIS_HOST=${rest%:*}
    REDIS_PORT=6379
    case $rest in *:*) REDIS_PORT=${rest##*:} ;; esac
}

# The channels on which the workers of spin.toml listen.
channels() {
    sed -n 's/^channel = "\(almanac\.doorbell\.[a-z0-9_-]*\)"$/\1/p' spin.toml
}

# Whether every worker listens. A Redis that does not say, behind TLS or to this user, is taken at its word.
workers_listen() {
    local answer
    # shellcheck disable=SC2046  # each channel is a word
    answer=$(redis_says PUBSUB NUMSUB $(channels)) || return 1
    [[ $answer != *:0* ]]
}

redis_answers() {
    redis_says PING >/dev/null
}

# Asks Redis something over a plain socket and prints its answer, so that no client is needed. Any
# answer means that a Redis is there, also that it wants a password.
redis_says() {
    # A connection with TLS is left to the app.
    [ "${REDIS_URL%%:*}" = redis ] || return 0
    (
        exec 3<>"/dev/tcp/$REDIS_HOST/$REDIS_PORT" || exit 1
        if [ -n "$REDIS_AUTH" ]; then
            printf 'AUTH %s\r\n' "$(redis_credentials)" >&3
            # Where these are wrong, the answer to the command itself says so.
            IFS= read -r -t 5 answer <&3 || exit 1
        fi
        printf '%s\r\nQUIT\r\n' "$*" >&3
        IFS= read -r -t 5 answer <&3 || exit 1
        case $answer in [-+:*]*) ;; *) exit 1 ;; esac
        printf '%s\n' "$answer"
        while IFS= read -r -t 1 answer <&3; do printf '%s\n' "$answer"; done
    ) 2>/dev/null
}

# User and password as AUTH takes them: decoded from the address, in quotes.
redis_credentials() {
    local user=${REDIS_AUTH%%:*} password=${REDIS_AUTH#*:}
    [ "$password" != "$REDIS_AUTH" ] || password=
    if [ -n "$user" ]; then printf '%s ' "$(redis_quoted "$user")"; fi
    redis_quoted "$password"
}

redis_quoted() {
    local text
    text=$(printf '%b' "${1//%/\\x}")
    text=${text//\\/\\\\}
    printf '"%s"' "${text//\"/\\\"}"
}
