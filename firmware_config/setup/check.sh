# ./setup.sh test and bench: everything that must hold, and how fast it is.

test_verb() {
    local selection=()
    while [[ $# -gt 0 ]]; do
        case $1 in
            --deep) selection=(-m "slow or not slow") ;;
            *) refuse "test does not know '$1'." "Its only option is --deep." ;;
        esac
        shift
    done
    # On the machine that has everything, a skipped test is a failure.
    if is_reference_machine; then selection+=(--skips-fail); fi
    prepare_machine test
    prepare_environment test
    cd "$ROOT"
    check "style" "$BIN/ruff" check
    check "format" "$BIN/ruff" format --check
    check "types" "$BIN/mypy"
    check "imports" "$BIN/lint-imports" --no-logo
    check "shell" shellcheck --external-sources --check-sourced setup.sh .ci/run
    # By file, because the tests of one file share what they start; in the order that
    # tests/conftest.py gives; one worker more than cores, because many tests wait. A worker
    # that died is not replaced: by file, its successor would wait for ever.
    check "tests" "$BIN/python" -m pytest -rs -n "$(($(nproc) < 4 ? $(nproc) + 1 : 4))" \
        --dist loadfile --no-loadscope-reorder --max-worker-restart 0 "${selection[@]}"
}

# The first check that fails ends the run.
check() {
    local what=$1
    shift
    say "== $what: $(basename "$1") ${*:2}"
    "$@" || give_up "The check '$what' failed." "Its lines above say where."
}

bench_verb() {
    local output=() file
    while [[ $# -gt 0 ]]; do
        case $1 in
            --json) file=$(option_value "$@") || exit; output=(--json "$(realpath -m "$file")"); shift 2 ;;
            *) refuse "bench does not know '$1'." "Its only option is --json FILE." ;;
        esac
    done
    prepare_machine test
    prepare_environment test
    cd "$ROOT"
    "$BIN/python" -m tests.bench "${output[@]}"
}
