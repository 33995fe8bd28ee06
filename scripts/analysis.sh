#!/usr/bin/env bash
# Analyses of one's own; docs/your-own-analysis.md tells how.
#   analysis.sh new NAME LANGUAGE   copies the template of a language and registers the copy
#   analysis.sh build NAME...       makes components of analyses in Python or JavaScript, where their
#                                   sources have changed: target/analyses/NAME.wasm
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/processes.sh
# Ranges such as a-z mean the same everywhere.
export LC_ALL=C

readonly ANALYSES=components/analyses
readonly TOOLS=$ANALYSES/tools
readonly INSTALLED=target/analysis-tools
readonly BUILT=target/analyses
readonly LONGEST_NAME=40

main() {
    case ${1:-} in
        new) create "${2:-}" "${3:-}" ;;
        build) shift && build_all "$@" ;;
        *) fail "usage: analysis.sh new NAME LANGUAGE, or analysis.sh build NAME..." ;;
    esac
}

create() {
    local name=$1 language=$2 folder=$ANALYSES/$1
    check_language "$language"
    check_name "$name"
    if [ -e "$folder" ]; then
        [ "$(language_of "$name")" = "$language" ] ||
            fail "the name $name is taken: $folder is there already, and not in $(title "$language")"
        say "$folder is there already and stays as it is"
    else
        check_free "$name" "$language"
        copy_template "$name" "$language"
        say "wrote $folder from the template for $(title "$language")"
    fi
    register "$name" "$language"
    explain "$name" "$language"
}

check_language() {
    case $1 in
        python | javascript | rust) ;;
        *) fail "say which language, as in: make analysis NAME=my-mean LANG=python (or javascript, or rust)" ;;
    esac
}

title() {
    case $1 in
        python) echo Python ;;
        javascript) echo JavaScript ;;
        rust) echo Rust ;;
    esac
}

# A name is part of addresses, file names, channels and the ids of Wasm components.
check_name() {
    [[ $1 =~ ^[a-z][a-z0-9]*(-[a-z][a-z0-9]*)*$ && ${#1} -le $LONGEST_NAME ]] ||
        fail "\`$1\` cannot be a name: it takes words of small letters and digits, each beginning with a letter, joined by \`-\`, $LONGEST_NAME characters at most. For example: make analysis NAME=my-mean LANG=python"
    [[ $1 != template-* ]] || fail "names that begin with template- are the templates' own"
}

check_free() {
    local name=$1 language=$2
    if grep -q "^\[component\.$name\(-worker\)\?\]$" spin.toml; then
        fail "the name $name is taken: spin.toml has a component of that name"
    fi
    if [ "$language" = rust ] && is_package "$name"; then
        fail "the name $name is taken: it is that of a Rust package that Almanac uses"
    fi
}

# Cargo would not know which of two packages is meant, nor the compiler what a keyword is meant as.
is_package() {
    grep -q "^name = \"$1\"$" Cargo.lock && return
    case $1 in
        alloc | core | proc-macro | std | test) ;;
        as | async | await | box | break | const | continue | crate | do | dyn | else | enum | extern | \
            false | final | fn | for | gen | if | impl | in | let | loop | macro | match | mod | move | mut | \
            override | priv | pub | ref | return | self | static | struct | super | trait | true | try | type | \
            typeof | unsafe | unsized | use | virtual | where | while | yield | abstract | become) ;;
        *) return 1 ;;
    esac
}

language_of() {
    local folder=$ANALYSES/$1
    if [ -e "$folder/analysis.py" ]; then
        echo python
    elif [ -e "$folder/analysis.js" ]; then
        echo javascript
    elif [ -e "$folder/description.json" ]; then
        echo rust
    fi
}

# Whole or not at all: the copy gets its name last.
copy_template() {
    local name=$1 template=template-$2 draft=$ANALYSES/.$1.draft file
    rm -rf "$draft"
    cp -R "$ANALYSES/$template" "$draft"
    while IFS= read -r file; do
        sed "s/$template/$name/g" "$ANALYSES/$template/${file#"$draft"/}" >"$file"
    done < <(find "$draft" -type f)
    mv "$draft" "$ANALYSES/$name"
}

register() {
    local name=$1 language=$2
    if [ "$language" = rust ]; then
        add_package "$name"
    fi
    if grep -q "^channel = \"almanac\.doorbell\.$name\"$" spin.toml; then
        say "spin.toml has the worker of $name already"
    else
        worker "$name" "$(component_of "$name" "$language")" >>spin.toml
        say "added the worker of $name to spin.toml"
    fi
}

# Into the workspace, and among the analyses that `make build` builds.
add_package() {
    local name=$1 member="    \"$ANALYSES/$1\","
    if ! grep -qF "$member" Cargo.toml; then
        replace Cargo.toml "/^    \"components\/analyses\/analyst\",$/ { print; print \"    \\\"$ANALYSES/$name\\\",\"; next } { print }"
        grep -qF "$member" Cargo.toml || fail "Cargo.toml has no list of members as expected; add this line to it: $member"
        say "added $name to the members in Cargo.toml"
    fi
    if ! grep -Eq "^ANALYSES :=.* $name( |\$)" Makefile; then
        replace Makefile "/^ANALYSES := / { sub(/:=/, \":= $name\") } { print }"
        grep -Eq "^ANALYSES := $name( |\$)" Makefile || fail "the Makefile has no ANALYSES as expected; add $name to it"
        say "added $name to ANALYSES in the Makefile"
    fi
}

# Runs an awk program over a file in its place.
replace() {
    awk "$2" "$1" >"$1.draft"
    cat "$1.draft" >"$1"
    rm "$1.draft"
}

component_of() {
    if [ "$2" = rust ]; then
        echo "target/wasm32-unknown-unknown/component/${1//-/_}.wasm"
    else
        echo "$BUILT/$1.wasm"
    fi
}

# The worker of an analysis, in the words of spin.toml: those of `echo`, with another name.
worker() {
    awk '
        function tell() {
            sub(/\n+$/, "\n", block)
            if (is_echo) printf "\n%s", block
            block = ""
            is_echo = 0
        }
        /^\[\[/ { tell() }
        /^channel = "almanac\.doorbell\.echo"$/ { is_echo = 1 }
        /^#/ { next }
        { block = block $0 "\n" }
        END { tell() }
    ' spin.toml | sed -e "s/echo/$1/g" -e "s|path = \"[^\"]*\"|path = \"$2\"|"
}

explain() {
    local name=$1 source
    case $2 in
        python) source=analysis.py ;;
        javascript) source=analysis.js ;;
        rust) source=src/lib.rs ;;
    esac
    cat <<EOF

Write the analysis in $ANALYSES/$name/$source. \`make up\` builds and starts it, with everything
else; then, for example:

  curl localhost:3000/analyses/$name
  curl localhost:3000/jobs -H 'Prefer: wait=20' -d '{"analysis":"$name","dataset":"co2","params":{"field":"average"}}'

EOF
}

build_all() {
    local name
    for name in "$@"; do
        case $(language_of "$name") in
            python) build_if_changed "$name" python ;;
            javascript) build_if_changed "$name" javascript ;;
            *) fail "$ANALYSES/$name has neither an analysis.py nor an analysis.js" ;;
        esac
    done
}

# Never leaves a part of a component: the last step is a renaming.
build_if_changed() {
    local name=$1 language=$2 output=$BUILT/$1.wasm draft=$BUILT/.$1.wasm
    mkdir -p "$BUILT"
    inputs "$name" >"$draft.inputs"
    if [ -e "$output" ] && cmp -s "$draft.inputs" "$output.inputs"; then
        return
    fi
    rm -f "$output"
    "install_$language"
    say "building $output"
    "build_$language" "$name" "$draft" || fail "$ANALYSES/$name could not be made a component (see above)"
    mv "$draft.inputs" "$output.inputs"
    mv "$draft" "$output"
}

# Every file that a component is made of, with its checksum.
inputs() {
    find "$ANALYSES/$1" "$TOOLS" wit -type f -exec cksum {} + | sort
}

# The tools are installed anew when their versions change, or when they run no more. They are run
# by name of the interpreter, not by their scripts, which name the folder that they were installed in.
install_python() {
    is_installed python requirements.txt && componentize_py --version >/dev/null 2>&1 && return
    scripts/require.sh python
    say "installing componentize-py into $INSTALLED/python"
    rm -rf "$INSTALLED/python"
    python3 -m venv "$INSTALLED/python"
    "$INSTALLED/python/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes \
        --requirement "$TOOLS/requirements.txt" ||
        fail "pip could not install what $TOOLS/requirements.txt names (see above)"
    note_installed python requirements.txt
}

build_python() {
    componentize_py --wit-path wit --world analyst componentize --stub-wasi \
        --python-path "$ANALYSES/$1" --output "$2" analysis >"$BUILT/$1.log" 2>&1 ||
        { cat "$BUILT/$1.log" >&2 && return 1; }
}

componentize_py() {
    RUST_BACKTRACE=0 PYTHONDONTWRITEBYTECODE=1 "$INSTALLED/python/bin/python" -c 'from componentize_py import script; script()' "$@"
}

install_javascript() {
    is_installed javascript package-lock.json && return
    scripts/require.sh node
    say "installing componentize-js into $INSTALLED/javascript"
    rm -rf "$INSTALLED/javascript"
    mkdir -p "$INSTALLED/javascript"
    cp "$TOOLS/package.json" "$TOOLS/package-lock.json" "$TOOLS/componentize.mjs" "$INSTALLED/javascript"
    # npm takes a folder that is reached through a link for another package.
    (cd -P "$INSTALLED/javascript" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2) ||
        fail "npm could not install what $TOOLS/package-lock.json names (see above)"
    note_installed javascript package-lock.json
}

build_javascript() {
    node "$INSTALLED/javascript/componentize.mjs" "$ANALYSES/$1/analysis.js" wit "$2"
}

is_installed() {
    cmp -s "$TOOLS/$2" "$INSTALLED/$1/installed"
}

note_installed() {
    cp "$TOOLS/$2" "$INSTALLED/$1/installed"
}

main "$@"
