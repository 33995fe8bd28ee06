# shellcheck shell=bash
# Of k8s.sh: restoring a snapshot.

readonly LOOK='kubectl logs redis-0 -c data says why, and k8s/README.md, "Back up and restore", what to do'
# Longer than the activeDeadlineSeconds of each Job, which normally ends the wait.
readonly CHECK_SECONDS=${CHECK_SECONDS:-660} RESTORE_SECONDS=${RESTORE_SECONDS:-3900}

# What the clean-up has to put right, whatever ended the restore.
must_resume='' must_start='' restoring=''

# The snapshot is checked while Redis runs. Then Redis is stopped, and a pod that has both volumes does the work. It
# changes the data in its last step only, so after a failure Redis starts with what it had; where that is in doubt
# Redis refuses to start.
restore() {
    local -r space=almanac-$1
    [[ ${BACKUP:-} =~ ^(almanac-[A-Za-z0-9-]+\.rdb)?$ ]] ||
        fail "\`$BACKUP\` is not the name of a snapshot, such as almanac-20261127T021700Z.rdb"
    [ -z "$(active_jobs "$space" restore)" ] || fail "a restore is already running in $space"
    restoring=$space
    trap 'clean_up "$restoring"' EXIT
    # Without a name this lists the snapshots.
    run_job "$space" restore-check k8s/restore/check "$CHECK_SECONDS" || fail "nothing was changed; choose a snapshot with BACKUP=..."
    suspend_backups "$space"
    stop_redis "$space"
    run_job "$space" restore k8s/restore/job "$RESTORE_SECONDS" || fail "the restore failed; see above"
    start_redis "$space" || fail "$BACKUP is restored, but Redis does not start: $LOOK"
    say "$space has the data of $BACKUP. Keys that have expired since are gone: see k8s/README.md"
}

# The clean-up of an interrupted or failed restore, and the last step of one that succeeded.
clean_up() {
    if [ -n "$must_start" ]; then
        # Two pods must not use the volume at once.
        if delete_job "$1" restore; then
            start_redis "$1" || say "Redis does not start: $LOOK"
        else
            say "the restore's pod does not end, so Redis stays stopped. When the pod is gone: kubectl -n $1 scale statefulset/redis --replicas=1"
        fi
    fi
    if [ -n "$must_resume" ]; then
        kubectl -n "$1" patch cronjob backup --type merge -p '{"spec":{"suspend":false}}' >&2 ||
            say "the CronJob \`backup\` of $1 is still suspended: kubectl -n $1 patch cronjob backup -p '{\"spec\":{\"suspend\":false}}'"
    fi
}

# A backup in the middle of a restore would find no Redis, or keep the volume from the restore's node.
suspend_backups() {
    if [ "$(kubectl -n "$1" get cronjob backup -o 'jsonpath={.spec.suspend}')" != true ]; then
        must_resume=yes
        kubectl -n "$1" patch cronjob backup --type merge -p '{"spec":{"suspend":true}}' >&2
    fi
    [ -z "$(active_jobs "$1" backup)" ] || fail "a backup is running in $1: wait until it has ended. Nothing was changed."
}

stop_redis() {
    must_start=yes
    kubectl -n "$1" scale statefulset/redis --replicas=0
    kubectl -n "$1" wait --for=delete pod/redis-0 --timeout "${ROLLOUT_SECONDS}s"
}

# Workers ended with their Redis, and wait longer before each new start: new pods start at once.
start_redis() {
    kubectl -n "$1" scale statefulset/redis --replicas=1 || return
    must_start=
    kubectl -n "$1" rollout status statefulset/redis --timeout "${ROLLOUT_SECONDS}s" || return
    kubectl -n "$1" delete pod -l app.kubernetes.io/component=worker --ignore-not-found --wait=false
}

# Runs the Job of a folder, shows its log, and returns whether it succeeded.
run_job() {
    local -r space=$1 job=$2 deadline=$((SECONDS + $4))
    local conditions=
    delete_job "$space" "$job" || return
    kubectl kustomize "$3" | sed "s|NAME_OF_SNAPSHOT|\"${BACKUP:-}\"|" | kubectl -n "$space" apply -f - || return
    until
        conditions=$(kubectl -n "$space" get job "$job" -o 'jsonpath={.status.conditions[?(@.status=="True")].type}' || true)
        [[ " $conditions " =~ \ (Complete|Failed)\  ]]
    do
        ((SECONDS < deadline)) || break
        pause 1
    done
    kubectl -n "$space" logs "job/$job" --tail=100 >&2 || true
    [[ " $conditions " =~ \ Complete\  ]]
}

# Returns when its pods are gone too.
delete_job() {
    kubectl -n "$1" delete job "$2" --ignore-not-found --cascade=foreground --timeout "${ROLLOUT_SECONDS}s" >&2
}

# How many pods of Jobs of that name run, where any do.
active_jobs() {
    kubectl -n "$1" get jobs -l "app.kubernetes.io/name=$2" -o 'jsonpath={.items[*].status.active}'
}
