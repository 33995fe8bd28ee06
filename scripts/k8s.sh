#!/usr/bin/env bash
# Publishing and deploying, called by the Makefile:
#   scripts/k8s.sh image            pushes the app to $IMAGE as tag $TAG
#   scripts/k8s.sh setup ENV        creates the namespace and what only an administrator may
#   scripts/k8s.sh secret ENV       writes the Secret `almanac`, or with ROTATE=yes a new password into it
#   scripts/k8s.sh render ENV       prints what would be applied for tag $TAG
#   scripts/k8s.sh deploy ENV       applies it, and waits until it runs
#   scripts/k8s.sh rollback ENV     goes back to the release that ran last
#   scripts/k8s.sh restore ENV      restores the snapshot $BACKUP
#   scripts/k8s.sh validate         checks everything in k8s/ against the schemas of Kubernetes
# Settings, from the environment:
#   TAG         the image's tag: a version or a commit, never `latest`
#   IMAGE       where images are (registry.example/almanac)
#   BACKUP      of `restore`: the name of a snapshot
#   ADMIN_TOKEN of `secret`: the first token; a random one without
#   ROLLOUT_SECONDS  how long to wait for each rollout (300)
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/processes.sh
. scripts/k8s-release.sh
. scripts/k8s-restore.sh

readonly IMAGE=${IMAGE:-registry.example/almanac}
readonly ROLLOUT_SECONDS=${ROLLOUT_SECONDS:-300}
readonly KUBERNETES=1.36.0

main() {
    case ${1:-} in
        image) image ;;
        setup) setup "$(environment "${2:-}")" ;;
        secret) secret "$(environment "${2:-}")" ;;
        render) render "$(environment "${2:-}")" ;;
        deploy) deploy "$(environment "${2:-}")" ;;
        rollback) rollback "$(environment "${2:-}")" ;;
        restore) restore "$(environment "${2:-}")" ;;
        validate) validate ;;
        *) fail "usage: k8s.sh image | setup ENV | secret ENV | render ENV | deploy ENV | rollback ENV | restore ENV | validate" ;;
    esac
}

environment() {
    if [[ ! $1 =~ ^[a-z][a-z0-9-]*$ ]] || [ ! -d "k8s/overlays/$1" ]; then
        fail "ENV must be a folder of k8s/overlays, such as test or prod, got \`$1\`"
    fi
    printf '%s\n' "$1"
}

require_tag() {
    case ${TAG:-} in
        '') fail "TAG is missing, for example TAG=0.1.0" ;;
        latest) fail "the tag \`latest\` does not say which version runs: use a version or a commit" ;;
        *[!A-Za-z0-9._-]* | [.-]*) fail "\`$TAG\` is not a valid tag" ;;
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

# For an administrator: a pipeline may not do this.
setup() {
    kubectl apply -k "k8s/setup/$1"
    say "almanac-$1 is set up; next: make secret ENV=$1"
}

# What must not be in any file of this repository. The random values have letters and digits only, so that no
# address has to quote them.
secret() {
    local -r space=almanac-$1
    local password token callback
    kubectl get namespace "$space" >/dev/null || fail "there is no namespace $space yet: make setup ENV=$1"
    password=$(stored "$space" redis-password)
    token=${ADMIN_TOKEN:-$(stored "$space" admin-token)}
    if [ -z "$password" ] || [ "${ROTATE:-}" = yes ]; then password=$(random); fi
    [ -n "$token" ] || token=$(random)
    callback=$(stored "$space" callback-secret)
    [ -n "$callback" ] || callback=$(random)
    local -r address="redis://:$password@redis:6379"
    # Through pipes, so that neither shows in a list of processes. Applied by the server: the client would keep a
    # copy of the values in an annotation, which anyone sees who describes the Secret.
    {
        printf 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: almanac\n  namespace: %s\n' "$space"
        printf '  labels:\n    app: almanac\n    app.kubernetes.io/part-of: almanac\ndata:\n'
        printf '  redis-password: %s\n' "$(printf %s "$password" | encoded)"
        printf '  redis-address: %s\n' "$(printf %s "$address" | encoded)"
        printf '  admin-token: %s\n' "$(printf %s "$token" | encoded)"
        printf '  callback-secret: %s\n' "$(printf %s "$callback" | encoded)"
        printf '  redis-auth.conf: %s\n' "$(printf 'requirepass %s\n' "$password" | encoded)"
        printf '  runtime-config.toml: %s\n' "$(sed -e "s|^url = .*|url = \"$address\"|" runtime-config.toml | encoded)"
    } | kubectl apply --server-side --force-conflicts --field-manager=almanac-secret -f -
    # Left by versions that applied it as a client.
    kubectl -n "$space" annotate secret almanac kubectl.kubernetes.io/last-applied-configuration- >/dev/null
    say "the Secret \`almanac\` is in $space. The first token: kubectl -n $space get secret almanac -o jsonpath='{.data.admin-token}' | base64 -d"
}

encoded() {
    base64 | tr -d '\n'
}

# Nothing where there is no Secret yet.
stored() {
    { kubectl -n "$1" get secret almanac -o "jsonpath={.data['$2']}" 2>/dev/null || true; } | base64 -d
}

random() {
    od -An -N24 -tx1 /dev/urandom | tr -d ' \n'
}

# Core objects against Kubernetes' own schemas; those of SpinKube, KEDA and the Gateway API are checked against their
# definitions by tests/k8s.
validate() {
    local env folder
    if ! command -v kubectl >/dev/null; then
        say "kubectl is missing: k8s/ is not validated here (https://kubernetes.io/docs/tasks/tools)"
        return
    fi
    for env in test prod; do
        TAG=0.0.0 render "$env" | check "overlays/$env"
        kubectl kustomize "k8s/setup/$env" | check "setup/$env"
    done
    for folder in restore/check restore/job debug; do
        kubectl kustomize "k8s/$folder" | check "$folder"
    done
    check components/nodeport <k8s/components/nodeport/service.yaml
    check components/callbacks <k8s/components/callbacks/callbacks.yaml
}

check() {
    target/kubernetes-validate/bin/python tests/k8s/validate.py "$KUBERNETES" "$1"
}

main "$@"
