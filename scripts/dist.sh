#!/usr/bin/env bash
# `make dist`: packs what is built into an archive that runs with nothing but redis-server installed:
# target/dist/almanac-VERSION-linux-ARCHITECTURE.tar.gz, and its checksum beside it.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/processes.sh

readonly OUT=target/dist

main() {
    [ "$(uname -s)" = Linux ] || fail "an archive is made on Linux, for Linux"
    local name folder
    name=almanac-$(version)-linux-$(uname -m)
    folder=$OUT/$name
    rm -rf "$folder"
    mkdir -p "$folder/bin" "$folder/components" "$folder/scripts"
    cp target/release/almanac-host "$folder/bin"
    cp -R data runtime-config.toml dist/README.md dist/start dist/stop "$folder"
    cp scripts/{up,down,doorbell,processes,redis,http,require}.sh "$folder/scripts"
    copy_components "$folder"
    # Without this the first start compiles for most of a minute.
    "$folder/bin/almanac-host" compile --portable --from "$folder/spin.toml" --cache-dir "$folder/compiled" >/dev/null
    tar -C "$OUT" --sort=name --owner=0 --group=0 --numeric-owner -czf "$OUT/$name.tar.gz" "$name"
    (cd "$OUT" && sha256sum "$name.tar.gz" >"$name.tar.gz.sha256")
    say "wrote $OUT/$name.tar.gz"
}

version() {
    sed -n '/^\[workspace\.package\]/,/^\[/s/^version = "\(.*\)"$/\1/p' Cargo.toml
}

# Every component that spin.toml names, and a spin.toml that names them where they are in the archive.
copy_components() {
    local folder=$1 path copy
    sed -n 's/.*"\(target\/[^"]*\.wasm\)".*/\1/p' spin.toml | sort -u | while IFS= read -r path; do
        copy=$folder/components/${path##*/}
        [ ! -e "$copy" ] || fail "two components are called ${path##*/}"
        cp "$path" "$copy"
    done
    sed -e 's|"target/[^"]*/\([^"/]*\.wasm\)"|"components/\1"|' \
        -e '/^# One command builds/d' -e '/^\[component\..*\.build\]$/,/^$/d' spin.toml >"$folder/spin.toml"
}

main "$@"
