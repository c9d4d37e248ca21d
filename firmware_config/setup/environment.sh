# The virtual environment: made once from locked versions, and left alone until those change.

VENV="$ROOT/.venv"
BIN="$VENV/bin"
# Stands while the environment is being changed: found at a start, it was interrupted.
UNFINISHED="$VENV/.unfinished"

is_suitable_python() {
    "$1" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

# The system's own Python first: it is the one that a pickup point has.
find_python() {
    local candidate
    for candidate in /usr/bin/python3 python3 python3.14 python3.13 python3.12 python3.11; do
        if is_suitable_python "$candidate"; then
            command -v "$candidate"
            return 0
        fi
    done
    return 1
}

# The lock files of a kind of work.
locks_of() {
    echo "$ROOT/requirements.txt"
    [[ $1 != test ]] || echo "$ROOT/requirements-test.txt"
}

# What the environment is made from; the tools' own settings, below, change nothing in it.
fingerprint() {
    {
        printf '%s\n' "$ROOT"
        sed '/^\[tool\.ruff\]/,$d' "$ROOT/pyproject.toml"
        cat "$PARTS/pip.txt" "$@"
    } | sha256sum | cut -d' ' -f1
}

prepare_environment() {
    local kind=$1 locks mark
    mapfile -t locks < <(locks_of "$kind")
    mark=$(fingerprint "${locks[@]}")
    # Two starts from one tree take turns here.
    exec 8>"$ROOT/.setup.lock"
    flock 8
    if [[ -e $UNFINISHED || $(cat "$VENV/.ready-$kind" 2>/dev/null) != "$mark" ]]; then
        make_environment
        install_locked "${locks[@]}"
        printf '%s\n' "$mark" >"$VENV/.ready-$kind"
        # What tests can also run.
        fingerprint "$(locks_of run)" >"$VENV/.ready-run"
        rm -f "$UNFINISHED"
    fi
    compile_translations
    exec 8>&-
}

make_environment() {
    if [[ -e $UNFINISHED ]] || ! is_suitable_python "$BIN/python"; then
        local python
        python=$(find_python)
        say "Making the Python environment .venv/ with $python"
        rm -rf "$VENV"
        mkdir "$VENV"
        touch "$UNFINISHED"
        "$python" -m venv "$VENV"
    fi
    touch "$UNFINISHED"
}

install_locked() {
    local options=(--require-hashes)
    # Tests import a part of it all: that part is compiled when it is read.
    [[ " $* " != *requirements-test.txt* ]] || options+=(--no-compile)
    say "Installing $(grep -hE '^[^ #]+==' "$@" | sort -u | wc -l) Python packages into .venv/ as locked in" \
        "$(basename -a "$@" | paste -sd' '): a minute or two, on a Raspberry Pi up to ten"
    pip_install --require-hashes --requirement="$PARTS/pip.txt" || packages_failed
    pip_install "${options[@]}" "${@/#/--requirement=}" || packages_failed
    pip_install --no-build-isolation --editable "$ROOT" 2>"$VENV/editable.log" ||
        { cat "$VENV/editable.log" >&2; packages_failed; }
    # Like the packages beside them: on a Pi, every start would compile them anew otherwise.
    "$BIN/python" -m compileall -q "$ROOT/edge" "$ROOT/sync"
}

pip_install() {
    "$BIN/python" -m pip install -qq --disable-pip-version-check --no-input --no-deps "$@"
}

packages_failed() {
    give_up "The Python packages could not be installed." \
        "The lines above say why; with the network back, start again: it goes on from the beginning."
}

compile_translations() {
    local source
    for source in "$ROOT"/web/translations/*/LC_MESSAGES/*.po; do
        [[ -e $source ]] || continue
        [[ ${source%.po}.mo -nt $source ]] ||
            "$BIN/pybabel" --quiet compile --input-file="$source" --output-file="${source%.po}.mo"
    done
}
