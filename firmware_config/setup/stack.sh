# Processes as one: each with its log, started in turn, watched together, stopped to the last.

declare -A PART_PID=()
PARTS_STARTED=()
LOGS=
# How long a part may take to get ready, and to put its files away.
START_SECONDS=60
STOP_SECONDS=10

# Start a part in a session of its own, so that Ctrl-C reaches only setup.sh, which stops the
# parts in order; should setup.sh itself be killed, the kernel sends them SIGTERM.
start_part() {
    local name=$1
    shift
    if [[ -e $LOGS/$name.log ]]; then mv "$LOGS/$name.log" "$LOGS/$name.log.1"; fi
    setpriv --pdeathsig TERM setsid "$@" >"$LOGS/$name.log" 2>&1 </dev/null 9>&- &
    PART_PID[$name]=$!
    PARTS_STARTED+=("$name")
}

is_running() {
    kill -0 "${PART_PID[$1]}" 2>/dev/null
}

# Wait until a check (a command) of a part succeeds, while every part lives: another program may
# answer on the port that ours could not get.
await_part() {
    local name=$1 deadline=$((SECONDS + START_SECONDS))
    shift
    until "$@"; do
        fail_if_any_ended
        ((SECONDS < deadline)) || part_failed "$name" "did not get ready within $START_SECONDS seconds"
        sleep 0.1
    done
    fail_if_any_ended
}

fail_if_any_ended() {
    local name
    for name in "${PARTS_STARTED[@]}"; do
        is_running "$name" || part_failed "$name" "ended by itself"
    done
}

in_words() {
    local python=${ROOT:-}/.venv/bin/python
    if [[ -x $python ]]; then "$python" -m edge.logs; else cat; fi
}

part_failed() {
    printf -- '--- the last lines of %s\n' "$LOGS/$1.log" >&2
    tail -n 20 "$LOGS/$1.log" | in_words >&2 || true
    printf -- '---\n' >&2
    give_up "The part '$1' $2." "Its last lines stand above; everything else is stopped, the data stay."
}

# A command of ours that ends by itself: Ctrl-C lets it finish, then setup.sh stops.
do_once() {
    setsid --wait "$@" </dev/null 9>&-
}

port_answers() {
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# Whether GET /healthz on a port says 200.
is_healthy() {
    port_answers "$1" || return 1
    local status=
    exec 3<>"/dev/tcp/127.0.0.1/$1" || return 1
    printf 'GET /healthz HTTP/1.0\r\nHost: 127.0.0.1:%s\r\n\r\n' "$1" >&3
    read -r -t 5 status <&3 || true
    exec 3>&-
    [[ $status == *" 200 "* ]]
}

# Wait until any part ends; none should.
watch_parts() {
    wait -n "${PART_PID[@]}" || true
    fail_if_any_ended
}

# The youngest first: who talks to others goes before them.
stop_parts() {
    trap '' INT TERM HUP
    local index
    for ((index = ${#PARTS_STARTED[@]} - 1; index >= 0; index--)); do
        stop_part "${PARTS_STARTED[index]}"
    done
    PARTS_STARTED=()
}

# Ask; then kill what is left of the part and of all that it started.
stop_part() {
    local pid=${PART_PID[$1]} tries
    kill -TERM "$pid" 2>/dev/null || true
    for ((tries = 0; tries < STOP_SECONDS * 10; tries++)); do
        is_running "$1" || break
        sleep 0.1
    done
    kill -KILL -- "-$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
}
