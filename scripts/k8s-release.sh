# shellcheck shell=bash
# Of k8s.sh: rendering a release, deploying it, and going back.
#
# The ConfigMap `releases` of the namespace says what ran, each release as `IMAGE ID` with its manifests:
#   attempted          what was applied last, whether or not it came to run
#   current            what was rolled out completely last
#   previous           what ran before that
# A release's ID is a checksum of its manifests; each Deployment carries it as an annotation.

# An overlay of the overlay, which puts in the image and the ID.
render() {
    require_tag
    local folder id
    mkdir -p target/k8s
    folder=$(mktemp -d target/k8s/render.XXXXXX)
    kustomization "$1" unreleased >"$folder/kustomization.yaml"
    id=$(kubectl kustomize "$folder" | cksum | tr ' ' -) || fail "k8s/overlays/$1 cannot be rendered"
    kustomization "$1" "$id" >"$folder/kustomization.yaml"
    kubectl kustomize "$folder"
    rm -r "$folder"
}

kustomization() {
    cat <<YAML
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
      - op: add
        path: /spec/deploymentAnnotations
        value:
          almanac/release: "$2"
YAML
}

deploy() {
    local -r space=almanac-$1
    local manifests secret
    manifests=$(render "$1")
    # A pipeline may not read the Secret; then its absence shows in the pods.
    secret=$(kubectl -n "$space" get secret almanac -o name 2>&1) || case $secret in
        *NotFound*) fail "the Secret is missing in $space: make secret ENV=$1" ;;
    esac
    roll_out "$space" "$IMAGE:$TAG $(id_of "$manifests")" "$manifests"
}

# What ran last. After a deployment that failed that is the release before it; after one that succeeded, the one that
# it replaced.
rollback() {
    local -r space=almanac-$1
    local target=current
    if [ "$(recorded "$space" attempted)" = "$(recorded "$space" current)" ]; then target=previous; fi
    local release manifests
    release=$(recorded "$space" "$target")
    manifests=$(recorded "$space" "${target}Manifests")
    if [ -z "$release" ] || [ -z "$manifests" ]; then
        fail "no earlier release has run in $space: deploy one with make deploy ENV=$1 TAG=..."
    fi
    say "going back to ${release% *}"
    roll_out "$space" "$release" "$manifests" without_claims
}

# A claim stays as large as the newer release made it: the cluster refuses to shrink one.
without_claims() {
    awk '/^---$/ { if (!claim) printf "%s", document; document = ""; claim = 0 }
        /^kind: PersistentVolumeClaim$/ { claim = 1 }
        { document = document $0 "\n" }
        END { if (!claim) printf "%s", document }'
}

# Applies manifests, waits until they run, and only then records them as current. A filter leaves out what is not to
# be applied.
roll_out() {
    local -r space=$1 release=$2 manifests=$3 filter=${4:-cat}
    local current current_manifests previous previous_manifests app
    # Starting Redis while a restore replaces its data would destroy both.
    [ "$(kubectl -n "$space" get statefulset redis --ignore-not-found -o 'jsonpath={.spec.replicas}')" != 0 ] ||
        fail "Redis is stopped in $space, perhaps for a restore. When it may run again: kubectl -n $space scale statefulset/redis --replicas=1"
    current=$(recorded "$space" current)
    current_manifests=$(recorded "$space" currentManifests)
    previous=$(recorded "$space" previous)
    previous_manifests=$(recorded "$space" previousManifests)
    record "$space" "$release" "$current" "$current_manifests" "$previous" "$previous_manifests"
    printf '%s\n' "$manifests" | "$filter" | kubectl apply -f -
    # Redis first: what starts before it restarts again and again.
    kubectl -n "$space" rollout status statefulset/redis --timeout "${ROLLOUT_SECONDS}s"
    for app in $(apps_of "$manifests"); do
        wait_for "$space" "$app" "$release"
    done
    if [ "$current" != "$release" ]; then previous=$current previous_manifests=$current_manifests; fi
    record "$space" "$release" "$release" "$manifests" "$previous" "$previous_manifests"
    say "$space runs ${release% *}"
}

# The operator updates a Deployment some time after its SpinApp: until then its rollout is that of the old release.
wait_for() {
    local -r space=$1 app=$2 release=$3 deadline=$((SECONDS + ROLLOUT_SECONDS))
    local carries
    until
        carries=$(kubectl -n "$space" get deployment "$app" -o "jsonpath={.spec.template.spec.containers[0].image} {.metadata.annotations['almanac/release']}" 2>/dev/null || true)
        [ "$carries" = "$release" ]
    do
        ((SECONDS < deadline)) ||
            fail "the operator did not update the Deployment $app to ${release% *} within $ROLLOUT_SECONDS seconds: kubectl -n $space describe spinapp $app"
        pause 1
    done
    kubectl -n "$space" rollout status "deployment/$app" --timeout "${ROLLOUT_SECONDS}s"
}

apps_of() {
    awk '/^---$/ { kind = "" } /^kind: / { kind = $2 } kind == "SpinApp" && /^  name: / { print $2 }' <<<"$1"
}

id_of() {
    sed -n 's|^    almanac/release: ||p' <<<"$1" | head -n 1
}

recorded() {
    kubectl -n "$1" get configmap releases --ignore-not-found -o "jsonpath={.data.$2}"
}

record() {
    {
        printf 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: releases\n  namespace: %s\n' "$1"
        printf '  labels:\n    app: almanac\n    app.kubernetes.io/part-of: almanac\ndata:\n'
        printf '  attempted: "%s"\n  current: "%s"\n  previous: "%s"\n' "$2" "$3" "$5"
        printf '  currentManifests: |\n%s\n' "$(indented "$4")"
        printf '  previousManifests: |\n%s\n' "$(indented "$6")"
    } | kubectl apply --server-side --force-conflicts --field-manager=almanac-release -f - >/dev/null
}

indented() {
    awk '{ print "    " $0 }' <<<"$1"
}
