#!/bin/sh
# Notes what it is asked, and answers as a cluster would. Files beside it say what the cluster is like:
#   absent         there is no Secret
#   forbidden      the Secret may not be read
#   stale          how many times a Deployment is still asked for before the operator has updated it
#   broken         rollouts of Deployments fail
#   JOB.status     how the Job ends; without, it does not end
#   stuck          the pods of Jobs do not end
#   suspended      the CronJob of backups is suspended
#   active.NAME    Jobs of that name run
#   replicas       of Redis
here=$(dirname "$0")
echo "$*" >>"$here/calls"

# A member of the ConfigMap `releases`, which scripts/k8s-release.sh writes.
member() {
    [ -e "$here/releases" ] || return 0
    awk -v key="  $1:" 'index($0, key) == 1 { if ($2 == "|") { block = 1; next } gsub(/"/, ""); sub(/^ *[A-Za-z]*: */, ""); print }
        index($0, "    ") != 1 { block = 0 }
        block { print substr($0, 5) }' "$here/releases"
}

# What the operator has made of the SpinApps.
carried() {
    [ -e "$here/running" ] || return 0
    image=$(sed -n 's/^  image: //p' "$here/running" | head -n 1)
    id=$(sed -n 's|^    almanac/release: ||p' "$here/running" | head -n 1)
    printf '%s %s' "$image" "$id"
}

case "$*" in
    kustomize*) PATH=${PATH#*:} exec kubectl "$@" ;;
    *"apply --server-side"*almanac-release*) cat >"$here/releases" ;;
    *"apply --server-side"*) cat >"$here/secret.yaml" ;;
    *"-n "*"apply -f -"*) cat >"$here/job.yaml" && sed -n 's/^kind: /applied /p' "$here/job.yaml" >>"$here/calls" ;;
    *"apply -f -"*) cat >"$here/applied.yaml" ;;
    *"get configmap releases"*) path=${*##*.data.} && member "${path%\}}" ;;
    *"get secret almanac -o name"*)
        [ ! -e "$here/forbidden" ] || { echo 'Error from server (Forbidden): secrets "almanac" is forbidden' >&2 && exit 1; }
        [ ! -e "$here/absent" ] || { echo 'Error from server (NotFound): secrets "almanac" not found' >&2 && exit 1; } ;;
    *"get secret"*) [ ! -e "$here/absent" ] || exit 1 ;;
    *"get deployment"*)
        left=$(cat "$here/stale" 2>/dev/null || echo 0)
        if [ "$left" -gt 0 ]; then echo $((left - 1)) >"$here/stale"; else cp "$here/applied.yaml" "$here/running"; fi
        carried ;;
    *"rollout status deployment/"*) [ ! -e "$here/broken" ] || exit 1 ;;
    *"get statefulset redis"*) cat "$here/replicas" 2>/dev/null || printf 1 ;;
    *"get cronjob backup"*) [ ! -e "$here/suspended" ] || printf true ;;
    *"get jobs -l app.kubernetes.io/name="*) cat "$here/active.${6##*=}" 2>/dev/null ;;
    *"get job "*) cat "$here/$5.status" 2>/dev/null ;;
    *"delete job restore "*) [ ! -e "$here/stuck" ] || exit 1 ;;
esac
exit 0
