# What the machine must have: looked for first, installed only where it is missing.

TOOLS="$ROOT/.tools"
# Debian keeps daemons out of a plain user's PATH.
export PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin:$TOOLS/bin"

has_chinese_font() {
    compgen -G '/usr/share/fonts/*/noto*/NotoSansCJK*' >/dev/null ||
        { command -v fc-list >/dev/null && [[ -n $(fc-list ':lang=zh-tw') ]]; }
}

# The Debian packages that a kind of work (run or test) lacks, one a line.
missing_packages() {
    find_python >/dev/null || printf '%s\n' python3 python3-venv
    command -v mosquitto >/dev/null || echo mosquitto
    # Points keep their own time zone, whatever the machine's.
    [[ -e /usr/share/zoneinfo/Asia/Taipei ]] || echo tzdata
    [[ $1 == test ]] || return 0
    local tool
    for tool in chromium-headless-shell git shellcheck strace; do
        command -v "$tool" >/dev/null || echo "$tool"
    done
    command -v mosquitto_sub >/dev/null || echo mosquitto-clients
    command -v pdftoppm >/dev/null || echo poppler-utils
    has_chinese_font || echo fonts-noto-cjk
    compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null || command -v postgres >/dev/null ||
        echo postgresql
}

is_debian() {
    [[ -r /etc/os-release ]] && command -v apt-get >/dev/null &&
        grep -qE '^ID(_LIKE)?=.*(debian|raspbian)' /etc/os-release
}

# Debian 12 as root is the machine on which every test must run.
is_reference_machine() {
    [[ $EUID -eq 0 && -r /etc/os-release ]] &&
        grep -q '^ID=debian' /etc/os-release && grep -q '^VERSION_ID="12"' /etc/os-release
}

prepare_machine() {
    local missing
    mapfile -t missing < <(missing_packages "$1")
    [[ ${#missing[@]} -gt 0 ]] || return 0
    is_debian || give_up "This machine lacks ${missing[*]} (Debian's names) and is no Debian." \
        "Install them with its own package manager (python3 must be 3.11 or newer, with venv) and start again."
    if [[ $EUID -eq 0 ]]; then
        install_packages "${missing[@]}"
    else
        unpack_or_name "${missing[@]}"
    fi
    mapfile -t missing < <(missing_packages "$1")
    [[ ${#missing[@]} -eq 0 ]] || give_up "Still missing: ${missing[*]}." \
        "This system's packages may be too old: python3 must be 3.11 or newer."
}

apt_install() {
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        -o DPkg::Lock::Timeout=120 "$@" </dev/null >"$TOOLS/apt.log" 2>&1
}

install_packages() {
    say "Installing from Debian: $*"
    mkdir -p "$TOOLS"
    forbid_service_starts
    [[ " $* " != *" postgresql "* ]] || forbid_system_cluster
    if ! apt_install "$@"; then
        say "Refreshing Debian's package lists"
        apt-get update -qq </dev/null || true
        apt_install "$@" || { allow_service_starts; apt_failed "$@"; }
    fi
    allow_service_starts
    [[ " $* " != *" mosquitto "* ]] || keep_system_broker_off
}

apt_failed() {
    tail -n 15 "$TOOLS/apt.log" >&2
    give_up "apt-get could not install $*." "The lines above say why; mend that and start again."
}

# Debian starts a service as soon as its package is there; ours runs on its own port and data.
POLICY=/usr/sbin/policy-rc.d
OUR_POLICY=no
forbid_service_starts() {
    [[ ! -e $POLICY ]] || return 0
    printf '#!/bin/sh\nexit 101\n' >"$POLICY"
    chmod 755 "$POLICY"
    OUR_POLICY=yes
    trap allow_service_starts EXIT
}

allow_service_starts() {
    [[ $OUR_POLICY == yes ]] || return 0
    rm -f "$POLICY"
    OUR_POLICY=no
    trap - EXIT
}

# The tests start a server of their own on data of their own; one for the system is not our affair.
CLUSTERS=/etc/postgresql-common/createcluster.conf
forbid_system_cluster() {
    [[ ! -e $CLUSTERS ]] || return 0
    mkdir -p "${CLUSTERS%/*}"
    printf '%s\n' '# Written before the package came: no cluster was asked for.' \
        'create_main_cluster = false' >"$CLUSTERS"
}

# Called only where we installed Mosquitto ourselves: a service that was there before is not ours.
keep_system_broker_off() {
    [[ -d /run/systemd/system ]] || return 0
    say "Keeping Debian's own Mosquitto service off: this one runs beside it on its own port"
    systemctl disable --quiet --now mosquitto.service
}

unpack_or_name() {
    local others=("${@/mosquitto/}")
    if [[ -n ${others[*]// /} ]]; then
        give_up "This needs ${*}, and only root can install them. Run: apt-get install --no-install-recommends $*" \
            "(with sudo or as root), then start again."
    fi
    say "Not root: unpacking Mosquitto from its Debian package into .tools/"
    mkdir -p "$TOOLS"
    unpack_mosquitto >"$TOOLS/unpack.log" 2>&1 || unpack_failed
}

unpack_failed() {
    tail -n 15 "$TOOLS/unpack.log" >&2
    give_up "Mosquitto could not be unpacked." \
        "Run: apt-get install --no-install-recommends mosquitto (as root), then start again."
}

# With package lists that are too old or missing, apt gets its own: that needs no root.
APT=(apt-get -qq)
fetch_own_lists() {
    mkdir -p "$TOOLS"/apt/{lists,cache/archives}/partial
    APT+=(-o "Dir::State::lists=$TOOLS/apt/lists" -o "Dir::Cache=$TOOLS/apt/cache" -o Debug::NoLocking=1)
    # Hooks of other programs may fail without root; what counts is what the lists then know.
    "${APT[@]}" update || true
}

download_mosquitto() {
    local wanted
    mapfile -t wanted < <("${APT[@]}" install --simulate --no-install-recommends mosquitto |
        awk '/^Inst / {print $2}')
    [[ ${#wanted[@]} -gt 0 ]] || return 1
    rm -rf "$TOOLS/packages"
    mkdir -p "$TOOLS/packages"
    (cd "$TOOLS/packages" && "${APT[@]}" download "${wanted[@]}")
}

unpack_mosquitto() {
    if ! download_mosquitto; then
        fetch_own_lists
        download_mosquitto || return 1
    fi
    local archive
    for archive in "$TOOLS"/packages/*.deb; do
        dpkg -x "$archive" "$TOOLS/unpacked" || return 1
    done
    rm -rf "$TOOLS/apt" "$TOOLS/packages"
    write_broker_wrapper
}

# Written last: where it stands, the unpacking was whole.
write_broker_wrapper() {
    mkdir -p "$TOOLS/bin"
    cat >"$TOOLS/bin/mosquitto.new" <<'WRAPPER'
#!/bin/sh
# Mosquitto from its unpacked package, with the libraries that came along.
here=$(dirname "$(readlink -f "$0")")/../unpacked
for folder in "$here"/usr/lib/*-linux-gnu* "$here"/lib/*-linux-gnu*; do
    LD_LIBRARY_PATH="$folder${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
done
export LD_LIBRARY_PATH
exec "$here/usr/sbin/mosquitto" "$@"
WRAPPER
    chmod 755 "$TOOLS/bin/mosquitto.new"
    mv "$TOOLS/bin/mosquitto.new" "$TOOLS/bin/mosquitto"
}
