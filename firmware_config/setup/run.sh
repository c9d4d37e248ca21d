# ./setup.sh run: a pickup point with its cloud, on this machine.

DEMO_POINT=yonghe-7
DEMO_NAME='永和七巷自提點'
BASE=8080
DATA="$ROOT/data"

run_verb() {
    parse_run_options "$@"
    refuse_busy_ports
    prepare_machine run
    prepare_environment run
    claim_data
    trap stop_parts EXIT
    trap 'say; say "Stopping"; exit 0' INT TERM HUP
    provision
    start_cloud_side
    if is_prepared; then
        start_kiosk
        await_cloud_side
        start_sync
    else
        await_cloud_side
        import_orders
        start_sync
        receive_goods
        start_kiosk
    fi
    await_part kiosk is_healthy "$BASE"
    tell_addresses
    watch_parts
}

parse_run_options() {
    while [[ $# -gt 0 ]]; do
        case $1 in
            --data) DATA=$(option_value "$@") || exit; shift 2 ;;
            --data=*) DATA=$(option_value --data "${1#*=}") || exit; shift ;;
            --port) BASE=$(option_value "$@") || exit; shift 2 ;;
            --port=*) BASE=$(option_value --port "${1#*=}") || exit; shift ;;
            *) refuse "run does not know '$1'." "Its options are --data DIR and --port BASE." ;;
        esac
    done
    if ! [[ $BASE =~ ^[1-9][0-9]{3,4}$ ]] || ((BASE < 1024 || BASE > 65531)); then
        refuse "--port $BASE is no port to start from." "Choose a number from 1024 to 65531."
    fi
}

refuse_busy_ports() {
    local offset names=(kiosk cloud broker 'relay of the orders API' 'relay of the broker')
    for offset in 0 1 2 3 4; do
        ! port_answers $((BASE + offset)) ||
            give_up "Port $((BASE + offset)), for the ${names[offset]}, is in use by another program." \
                "Stop that program, or choose other ports with --port BASE."
    done
}

# The data folder, with customers' names in it, is its owner's; and ours alone until we end:
# descriptor 9 holds its lock.
claim_data() {
    [[ -d $DATA ]] || (umask 077 && mkdir -p "$DATA") 2>/dev/null || true
    mkdir -p "$DATA/log" 2>/dev/null || give_up "The data folder $DATA cannot be made." \
        "Choose one that you may write, with --data DIR."
    DATA=$(cd "$DATA" && pwd)
    LOGS="$DATA/log"
    exec 9>"$DATA/run.lock"
    flock --nonblock 9 || give_up "Another ./setup.sh run uses the data in $DATA." \
        "Stop it, or give this one its own with --data DIR."
}

cloud() {
    do_once "$BIN/pickup-cloud" "$@" --data "$DATA"
}

kiosk() {
    do_once "$BIN/pickup-kiosk" "$@" --data "$DATA"
}

# The point is made once; other ports than last time are written into its settings.
provision() {
    [[ $(cat "$DATA/ports" 2>/dev/null) != "$BASE" ]] || return 0
    say "Preparing the pickup point $DEMO_POINT in $DATA"
    cloud point add "$DEMO_POINT" --name "$DEMO_NAME" --time-zone Asia/Taipei --port "$BASE"
    echo "$BASE" >"$DATA/ports"
}

write_broker_settings() {
    local text
    text=$(<"$ROOT/firmware_config/mosquitto/mosquitto.conf.in")
    text=${text//@PORT@/"$((BASE + 2))"}
    text=${text//@DATA@/"$DATA"}
    text=${text//@ACL@/"$DATA/broker/acl"}
    text=${text//@USER@/"$(id -un)"}
    mkdir -p "$DATA/broker"
    install -m 600 "$ROOT/firmware_config/mosquitto/acl" "$DATA/broker/acl"
    printf '%s\n' "$text" >"$DATA/broker/mosquitto.conf"
}

start_cloud_side() {
    say "Starting broker, cloud and relay"
    write_broker_settings
    start_part mosquitto mosquitto -c "$DATA/broker/mosquitto.conf"
    start_part cloud "$BIN/pickup-cloud" serve --data "$DATA" \
        --port $((BASE + 1)) --broker-port $((BASE + 2))
    start_part relay "$BIN/python" -m sync.relay --data "$DATA" \
        --orders $((BASE + 3)):$((BASE + 1)) --broker $((BASE + 4)):$((BASE + 2))
}

await_cloud_side() {
    await_part mosquitto port_answers $((BASE + 2))
    await_part cloud is_healthy $((BASE + 1))
    await_part relay port_answers $((BASE + 4))
}

# Today, as the point's own settings see it.
today() {
    local zone
    zone=$(sed -n 's/^time_zone = "\(.*\)"$/\1/p' "$DATA/point.toml")
    TZ="${zone:-UTC}" date +%F
}

# Whether this day's orders were imported and put away by an earlier start.
is_prepared() {
    [[ $(cat "$DATA/prepared-day" 2>/dev/null) == "$(today)" ]]
}

import_orders() {
    local date
    date=$(today)
    [[ -z $(cloud orders --date "$date" --json) ]] || return 0
    say "No orders for today yet: importing a small sample day"
    write_sample_day "$date"
    cloud import "$DATA/sample-day.csv" --format csv --date "$date"
    IMPORTED=yes
}

# An order's id is never used twice, so it carries its day. The window is open all day: whoever
# tries this in the morning need not wait for six in the evening.
write_sample_day() {
    local text day=${1//-/}
    text=$(<"$ROOT/firmware_config/demo/orders.csv.in")
    printf '%s\n' "${text//@DAY@/"${day:2}"}" >"$DATA/sample-day.csv"
}

start_sync() {
    say "Starting the sync agent"
    start_part sync "$BIN/pickup-sync" serve --data "$DATA"
}

receive_goods() {
    [[ ${IMPORTED:-no} == no ]] || await_part sync orders_are_waiting
    say "Goods are here: receiving them and putting them away"
    kiosk receive
    today >"$DATA/prepared-day"
}

start_kiosk() {
    [[ -e $DATA/edge/leader-pin ]] || NEW_PIN=$(kiosk new-pin)
    say "Starting the kiosk"
    start_part kiosk "$BIN/pickup-kiosk" serve --data "$DATA" --port "$BASE"
}

orders_are_waiting() {
    [[ $(kiosk waiting --json) =~ \"unapplied\":\ *[1-9] ]]
}

tell_addresses() {
    local kiosk cloud folder
    printf -v kiosk %q "$BIN/pickup-kiosk"
    printf -v cloud %q "$BIN/pickup-cloud"
    printf -v folder %q "$DATA"
    cat <<ADDRESSES

  The pickup point is open. Its cabinet is SIMULATED.

    Customer's screen   http://127.0.0.1:$BASE/
    Doors and network   http://127.0.0.1:$BASE/simulator
    Leader's pages      http://127.0.0.1:$BASE/leader/
                        ${NEW_PIN:-The PIN was shown at the first start; for a new one:
                        $kiosk new-pin --data $folder}
    Customers' passes   http://127.0.0.1:$((BASE + 1))/phone
    The cloud's ledger  $cloud ledger --data $folder

  Ctrl-C stops everything. The data stay in $DATA.
ADDRESSES
}
