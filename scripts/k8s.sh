#!/usr/bin/env bash
# Publishing and deploying, called by the Makefile:
#   scripts/k8s.sh image            pushes the app to $IMAGE as tag $TAG
#   scripts/k8s.sh render ENV       prints what would be applied for tag $TAG
#   scripts/k8s.sh deploy ENV       applies it, and waits until it runs
#   scripts/k8s.sh rollback ENV     goes back to the tag that was deployed before
#   scripts/k8s.sh secret ENV       makes the Secret `almanac`, or with ROTATE=yes a new password in it
#   scripts/k8s.sh restore ENV      puts back the snapshot $BACKUP, or lists those that there are
#   scripts/k8s.sh validate         holds what every overlay renders against the schemas of Kubernetes
# Settings, from the environment:
#   TAG         the image's tag: a version or a commit, never `latest`
#   IMAGE       where images are (registry.example/almanac)
#   BACKUP      of `restore`: the name of a snapshot
#   ADMIN_TOKEN of `secret`: the first token; a random one without
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/processes.sh

readonly IMAGE=${IMAGE:-registry.example/almanac}
readonly KUBERNETES=1.32.0
readonly ROLLOUT=300s
# Of the namespace: which tag runs, and which ran before.
readonly NOW=almanac/tag BEFORE=almanac/tag-before

main() {
    case ${1:-} in
        image) image ;;
        render) render "$(environment "${2:-}")" ;;
        deploy) deploy "$(environment "${2:-}")" ;;
        rollback) rollback "$(environment "${2:-}")" ;;
        secret) secret "$(environment "${2:-}")" ;;
        restore) restore "$(environment "${2:-}")" ;;
        validate) validate ;;
        *) fail "usage: k8s.sh image | render ENV | deploy ENV | rollback ENV | secret ENV | restore ENV | validate" ;;
    esac
}

environment() {
    case $1 in
        test | prod) printf '%s\n' "$1" ;;
        *) fail "say which environment: ENV=test or ENV=prod" ;;
    esac
}

require_tag() {
    case ${TAG:-} in
        '') fail "say which tag: TAG=0.1.0" ;;
        latest) fail "the tag \`latest\` says nothing of what runs: take a version or a commit" ;;
        *[!A-Za-z0-9._-]* | [.-]*) fail "\`$TAG\` is no tag" ;;
    esac
}

# Spin pushes the components and spin.toml as one image, which the shim runs.
image() {
    require_tag
    command -v spin >/dev/null || fail "the Spin CLI 4.0 is missing: https://spinframework.dev/install"
    "${MAKE:-make}" --no-print-directory components
    spin registry push -f spin.toml "$IMAGE:$TAG"
    say "pushed $IMAGE:$TAG"
}

# An overlay of the overlay, which puts the tag in.
render() {
    require_tag
    local -r folder=target/k8s/$1
    mkdir -p "$folder"
    cat >"$folder/kustomization.yaml" <<EOF
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
  - ../../../k8s/overlays/$1
patches:
  - target:
      kind: SpinApp
    patch: |
      - op: replace
        path: /spec/image
        value: $IMAGE:$TAG
EOF
    kubectl kustomize "$folder"
}

deploy() {
    local -r env=$1 space=almanac-$1
    local before rendered
    rendered=$(render "$env")
    kubectl -n "$space" get secret almanac >/dev/null ||
        fail "the Secret is missing: make secret ENV=$env"
    before=$(annotation "$space" "$NOW")
    printf '%s\n' "$rendered" | kubectl apply -f -
    wait_for "$space"
    if [ "$before" != "$TAG" ]; then
        kubectl annotate namespace "$space" --overwrite "$NOW=$TAG" "$BEFORE=$before" >/dev/null
    fi
    say "$space runs $IMAGE:$TAG"
}

rollback() {
    local -r space=almanac-$1
    TAG=$(annotation "$space" "$BEFORE")
    [ -n "$TAG" ] || fail "nothing was deployed to $space before"
    say "going back to $TAG"
    deploy "$1"
}

annotation() {
    kubectl get namespace "$1" -o "jsonpath={.metadata.annotations['${2//./\\.}']}" 2>/dev/null || true
}

# Redis first: what else starts before it starts again and again.
wait_for() {
    local app
    kubectl -n "$1" rollout status statefulset/redis --timeout "$ROLLOUT"
    for app in $(kubectl -n "$1" get spinapps.core.spinkube.dev -o name); do
        kubectl -n "$1" rollout status "deployment/${app##*/}" --timeout "$ROLLOUT"
    done
}

# What must not be in any file of this repository. Letters and digits only, so that no address has to
# quote them.
secret() {
    local -r space=almanac-$1
    local password token
    kubectl get namespace "$space" >/dev/null 2>&1 || kubectl create namespace "$space"
    password=$(stored "$space" redis-password)
    token=${ADMIN_TOKEN:-$(stored "$space" admin-token)}
    if [ -z "$password" ] || [ "${ROTATE:-}" = yes ]; then password=$(random); fi
    [ -n "$token" ] || token=$(random)
    local -r address="redis://:$password@redis:6379"
    # Through pipes, so that neither shows in a list of processes.
    {
        printf 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: almanac\n  namespace: %s\n' "$space"
        printf '  labels:\n    app: almanac\n    app.kubernetes.io/part-of: almanac\nstringData:\n'
        printf '  redis-password: "%s"\n  redis-address: "%s"\n  admin-token: "%s"\n' "$password" "$address" "$token"
        printf '  redis-auth.conf: |\n    requirepass %s\n' "$password"
        printf '  runtime-config.toml: |\n'
        sed -e "s|^url = .*|url = \"$address\"|" -e 's/^/    /' runtime-config.toml
    } | kubectl apply -f -
    say "the Secret \`almanac\` is in $space. The first token: kubectl -n $space get secret almanac -o jsonpath='{.data.admin-token}' | base64 -d"
}

# With Redis stopped, a pod that has both volumes does the work. The apps end and begin again with their Redis.
restore() {
    local -r space=almanac-$1
    [ -n "${BACKUP:-}" ] || fail "say which: BACKUP=almanac-....rdb. The last backup's log lists them: kubectl -n $space logs -l app.kubernetes.io/name=backup --tail=20"
    kubectl -n "$space" scale statefulset/redis --replicas=0
    kubectl -n "$space" wait --for=delete pod/redis-0 --timeout="$ROLLOUT"
    kubectl -n "$space" delete job restore --ignore-not-found
    sed "s|BACKUP_NAME|$BACKUP|" k8s/restore/job.yaml | kubectl -n "$space" apply -f -
    kubectl -n "$space" wait --for=condition=complete job/restore --timeout=1h ||
        fail "it did not work out, and Redis is still stopped; kubectl -n $space logs job/restore says why"
    kubectl -n "$space" scale statefulset/redis --replicas=1
    kubectl -n "$space" rollout status statefulset/redis --timeout "$ROLLOUT"
    say "$space has the data of $BACKUP. Keys that expire did so from then on: see k8s/README.md"
}

# Nothing where there is no Secret yet.
stored() {
    { kubectl -n "$1" get secret almanac -o "jsonpath={.data['$2']}" 2>/dev/null || true; } | base64 -d
}

random() {
    od -An -N24 -tx1 /dev/urandom | tr -d ' \n'
}

# Core objects against Kubernetes' own schemas; those of SpinKube and KEDA are held against what their
# definitions allow by tests/k8s.
validate() {
    local env
    if ! command -v kubectl >/dev/null; then
        say "kubectl is missing: k8s/ is not validated here (https://kubernetes.io/docs/tasks/tools)"
        return
    fi
    mkdir -p target/k8s
    for env in test prod; do
        TAG=0.0.0 render "$env" >"target/k8s/$env.yaml"
        target/kubernetes-validate/bin/python tests/k8s/validate.py "$KUBERNETES" "target/k8s/$env.yaml"
    done
    target/kubernetes-validate/bin/python tests/k8s/validate.py "$KUBERNETES" k8s/debug/pod.yaml
    target/kubernetes-validate/bin/python tests/k8s/validate.py "$KUBERNETES" k8s/restore/job.yaml
}

main "$@"
