#!/usr/bin/env bash
# One command for everything: it says aloud what it changes, and does nothing twice.
set -Eeuo pipefail

ROOT=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
PARTS="$ROOT/firmware_config/setup"
# Every start of our many programs would compile the same modules again.
unset PYTHONDONTWRITEBYTECODE
# shellcheck source=firmware_config/setup/words.sh
source "$PARTS/words.sh"
# shellcheck source=firmware_config/setup/machine.sh
source "$PARTS/machine.sh"
# shellcheck source=firmware_config/setup/environment.sh
source "$PARTS/environment.sh"
# shellcheck source=firmware_config/setup/stack.sh
source "$PARTS/stack.sh"
# shellcheck source=firmware_config/setup/run.sh
source "$PARTS/run.sh"
# shellcheck source=firmware_config/setup/check.sh
source "$PARTS/check.sh"

show_help() {
    cat <<'HELP'
Usage: ./setup.sh VERB [OPTIONS]

  run    Start a whole pickup point on this machine, with a simulated cabinet:
         broker, reference cloud, network relay, sync agent and kiosk, and a day
         of orders. Ctrl-C stops everything; the data stay.
           --data DIR    where the data live (default: data/ beside this script)
           --port BASE   kiosk on BASE, cloud BASE+1, broker BASE+2,
                         relays BASE+3 and BASE+4 (default: 8080)
  test   Check style, types, imports and shell, and run the tests.
           --deep        the slow suites too
  bench  Measure, and print the figures.
           --json FILE   into a file, too, for programs
  help   Show this text.

What is missing is installed first: as root on Debian or Raspberry Pi OS with
apt-get, and the Python packages into .venv/. Nothing else is changed.
HELP
}

main() {
    local verb=${1:-help}
    shift || true
    case $verb in
        run) run_verb "$@" ;;
        test) test_verb "$@" ;;
        bench) bench_verb "$@" ;;
        help | --help | -h) show_help ;;
        *) refuse "'$verb' is no verb of setup.sh." "The verbs are run, test, bench and help." ;;
    esac
}

main "$@"
