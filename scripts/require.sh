#!/usr/bin/env bash
# Sees to it that what a Makefile target needs is there: `require.sh cargo wasm-targets redis-server`.
# Installs what it may without asking anybody for rights; otherwise says exactly what to do.
set -euo pipefail

readonly TARGETS=(wasm32-wasip2 wasm32-unknown-unknown)

main() {
    local need
    for need in "$@"; do
        case $need in
            cargo) require_cargo ;;
            wasm-targets) require_wasm_targets ;;
            linters) require_linters ;;
            redis-server) require_program redis-server redis-server redis ;;
            browser) require_program chromedriver chromium-driver chromedriver ;;
            schemathesis) require_schemathesis ;;
            kubernetes-validate) require_kubernetes_validate ;;
            haproxy) require_program haproxy haproxy haproxy ;;
            curl) require_program curl curl curl ;;
            spin) require_spin ;;
            python) require_python ;;
            node) require_node ;;
            *) fail "require.sh knows nothing of $need" ;;
        esac
    done
}

require_cargo() {
    command -v cargo >/dev/null && return
    fail "cargo is missing. Install Rust 1.93 or later from https://rustup.rs, then open a new terminal."
}

# There are other programs of that name.
require_spin() {
    local version
    version=$(spin --version 2>/dev/null </dev/null) || version=
    [[ $version =~ ^spin\ ([0-9]+)\. ]] && [ "${BASH_REMATCH[1]}" -ge 4 ] && return
    fail "the Spin CLI 4.0 is missing. Install it from https://spinframework.dev/install."
}

# The standard library for Wasm: part of a rustup toolchain, one command away.
require_wasm_targets() {
    local target
    for target in "${TARGETS[@]}"; do
        [ -d "$(rustc --print target-libdir --target "$target")" ] && continue
        command -v rustup >/dev/null ||
            fail "this Rust toolchain lacks the target $target and has no rustup to add it. Install Rust from https://rustup.rs."
        say "adding the Rust target $target"
        rustup target add "$target" ||
            fail "rustup could not add $target (see above). With a network that allows it, run: rustup target add ${TARGETS[*]}"
    done
}

require_linters() {
    local tool
    for tool in rustfmt clippy; do
        cargo "${tool/rustfmt/fmt}" --version >/dev/null 2>&1 && continue
        say "adding $tool to the Rust toolchain"
        rustup component add "$tool" || fail "rustup could not add $tool (see above)"
    done
    require_program shellcheck shellcheck shellcheck
}

# In an environment of its own, beside what is built; made anew when its list of packages changes.
require_schemathesis() {
    require_venv schemathesis tests/schemathesis/requirements.txt
}

require_kubernetes_validate() {
    require_venv kubernetes-validate tests/k8s/requirements.txt
}

# A Python program and what it needs, as a list fixes it, in a venv target/NAME.
require_venv() {
    local -r name=$1 list=$2 venv=target/$1
    # A venv knows its own path: one that was moved does not start.
    cmp -s "$list" "$venv/requirements.txt" && "$venv/bin/$name" --version >/dev/null 2>&1 && return
    require_python
    say "installing $name into $venv"
    rm -rf "$venv"
    if ! python3 -m venv "$venv" ||
        ! "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$list"; then
        fail "$name could not be installed (see above)"
    fi
    cp "$list" "$venv/requirements.txt"
}

# Python with venv, which Debian packages apart.
require_python() {
    require_program python3 python3 python
    python3 -c 'import ensurepip, venv' 2>/dev/null || require_package python3-venv "python3 lacks venv"
}

# Node.js 18 or later, with npm.
require_node() {
    require_program node nodejs node
    require_program npm npm node
    [ "$(node -p 'process.versions.node.split(".")[0]')" -ge 18 ] ||
        fail "Node.js $(node --version) is too old: version 18 or later is needed, from https://nodejs.org."
}

# A program, and its package in Debian and in Homebrew.
require_program() {
    local program=$1 debian=$2 homebrew=$3
    command -v "$program" >/dev/null && return
    require_package "$debian" "$program is missing" "On macOS: brew install $homebrew."
}

# A package of Debian, what is wrong without it, and what to do elsewhere.
require_package() {
    local debian=$1 complaint=$2 elsewhere=${3:-}
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        say "installing $debian with apt-get"
        install_debian "$debian" || fail "apt-get could not install $debian (see above)"
        return
    fi
    fail "$complaint. On Debian or Ubuntu: sudo apt-get install $debian.${elsewhere:+ $elsewhere}"
}

# A machine that never ran apt-get update has no list of packages yet.
install_debian() {
    local -x DEBIAN_FRONTEND=noninteractive
    apt-get install -y --no-install-recommends "$1" >/dev/null 2>&1 ||
        { apt-get update && apt-get install -y --no-install-recommends "$1"; }
}

say() {
    printf 'almanac: %s\n' "$*" >&2
}

fail() {
    say "$*"
    exit 1
}

main "$@"
