"""What guards the promises, how each is switched off, and the tests that must then fail."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Guard:
    """`on` stands exactly once in `file`; with `off` in its place, `test` must fail."""

    file: str
    on: str
    off: str
    test: str


LEDGER = "tests/sync/cloud/test_ledger.py"
GUARDS = {
    # On disk before anything moves, and in one piece.
    "a commit reaches the card": Guard(
        "edge/store/connection.py",
        '"synchronous": FULL,',
        '"synchronous": 1,',
        "tests/crash/test_power_cut.py::test_no_power_cut_loses_what_a_customer_has_seen",
    ),
    "a writing transaction is one from its first word": Guard(
        "edge/store/transaction.py",
        'connection.execute("BEGIN IMMEDIATE")',
        'connection.execute("BEGIN DEFERRED")',
        "tests/edge/store/test_only_way_in.py",
    ),
    "a parcel is handed over once, whoever asks": Guard(
        "edge/core/decision.py",
        "    if hand_over.position in facts.in_flight:\n",
        "    if False:\n",
        "tests/edge/flows/test_hand_over.py",
    ),
    "a row is believed under its checksum only": Guard(
        "edge/store/checksum.py",
        "    if stored != computed:\n",
        "    if False:\n",
        "tests/edge/store/test_checksums.py",
    ),
    "an event carries the hash of the one before": Guard(
        "edge/core/events.py",
        "return hashlib.sha256(body).digest()",
        "return hashlib.sha256().digest()",
        "tests/edge/core/test_events.py",
    ),
    # Who may open.
    "a pass is signed by a key that we know": Guard(
        "edge/core/credential.py",
        "if not cose.verify1(message, trusted.key):",
        "if False:",
        "tests/edge/core/test_credential.py",
    ),
    "a command is signed": Guard(
        "edge/core/command.py",
        "return message.payload if cose.verify1(message, trusted.key) else Rejection.BAD_SIGNATURE",
        "return message.payload",
        "tests/edge/flows/test_commands.py",
    ),
    "a challenge is good once": Guard(
        "edge/core/command.py",
        "made = self._made.pop(challenge, None)",
        "made = self._made.get(challenge)",
        "tests/edge/core/test_command.py",
    ),
    "a challenge is good for a short while": Guard(
        "edge/core/command.py",
        "return made is not None and 0 <= boot_seconds - made <= FRESH_SECONDS",
        "return made is not None",
        "tests/edge/core/test_command.py",
    ),
    "a retained command is not obeyed": Guard(
        "edge/core/command.py",
        "if delivery.retained:",
        "if False:",
        "tests/edge/flows/test_commands.py::test_case_41_a_retained_command_moves_nothing",
    ),
    "guessing at the keypad locks it": Guard(
        "edge/flows/codes.py",
        "    attempts.keep(txn, attempts.CODE, known)\n",
        "",
        "tests/edge/flows/test_codes.py",
    ),
    "a page is asked for under our own name": Guard(
        "edge/kiosk/guard.py",
        'if request.headers.get("Host") not in hosts:',
        "if False:",
        "tests/edge/kiosk/test_guard.py",
    ),
    "another site posts nothing": Guard(
        "edge/kiosk/guard.py",
        "if _foreign(origins):",
        "if False:",
        "tests/edge/kiosk/test_guard.py",
    ),
    "a leader's form carries its session's word": Guard(
        "edge/kiosk/leader.py",
        'if request.method == "POST" and not _csrf_fits(g.leader):',
        "if False:",
        "tests/edge/kiosk/test_leader_pages.py::test_no_deed_without_the_sessions_token",
    ),
    # The clock.
    "a clock before the floor is not believed": Guard(
        "edge/clock.py",
        "wall=max(wall, self._floor),",
        "wall=wall,",
        "tests/edge/test_clock.py",
    ),
    # Up to the cloud.
    "a PUBACK settles nothing": Guard(
        "sync/uplink/window.py",
        "        self._flights.confirm(ticket)\n",
        "        self._flights.confirm(ticket)\n        self._flights.land(lambda _: True)\n",
        "tests/sync/test_uplink.py",
    ),
    "no more is on its way than the window holds": Guard(
        "sync/contract/__init__.py",
        "WINDOW = 50",
        "WINDOW = 5000",
        "tests/sync/test_uplink.py::test_no_more_than_fifty_messages_are_in_flight",
    ),
    "every start is an epoch of its own": Guard(
        "edge/store/outbox.py",
        "(self._origin.epoch, last + 1, moment.unix_ms),",
        '("00000000000000e1", last + 1, moment.unix_ms),',
        "tests/edge/store/test_outbox.py",
    ),
    "waits are drawn, so that points do not march in step": Guard(
        "sync/backoff.py",
        "return self._random.uniform(0.0, max(self._least, grown))",
        "return max(self._least, grown)",
        "tests/sync/test_backoff.py",
    ),
    "a point's socket sends at once": Guard(
        "sync/mqtt/client.py",
        "sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)",
        "pass",
        "tests/sync/test_mqtt.py::test_the_point_s_socket_does_not_wait_to_fill_a_packet",
    ),
    "a broker's socket sends at once": Guard(
        "firmware_config/mosquitto/mosquitto.conf.in",
        "set_tcp_nodelay true",
        "set_tcp_nodelay false",
        "tests/sync/test_mqtt.py::test_the_broker_s_sockets_do_not_wait_to_fill_a_packet",
    ),
    "a point writes under its own name only": Guard(
        "firmware_config/mosquitto/acl",
        "pattern write pickup/v1/+/%u/up/#",
        "pattern write pickup/v1/+/+/up/#",
        "tests/firmware/test_broker_settings.py",
    ),
    # Into the ledger.
    "an event is a point's own": Guard(
        "sync/cloud/judge.py",
        "if parse_topic(arrival.topic) is None or event.point_id != arrival.point_id:",
        "if False:",
        f"{LEDGER}::test_one_point_cannot_speak_for_another",
    ),
    "an ack says no more than is there without a gap": Guard(
        "sync/cloud/settling.py",
        "    while through + 1 in settled:\n        through += 1\n",
        "    through = max([through, *settled])\n",
        f"{LEDGER}::test_events_beyond_a_gap_are_named_until_the_gap_is_filled",
    ),
    "other bytes in an event's place are not accepted": Guard(
        "sync/cloud/recorder.py",
        'if all(bytes(stored) == row["hash"] for (stored,) in same):',
        "if same:",
        f"{LEDGER}::test_other_bytes_at_the_same_place_are_kept_beside_and_rejected",
    ),
    # The doors.
    "no coil is held longer than it bears": Guard(
        "edge/devices/doors.py",
        "LONGEST_PULSE = 0.8",
        "LONGEST_PULSE = 8.0",
        "tests/edge/devices/test_doors.py",
    ),
    "a coil is pulsed so often and no oftener": Guard(
        "edge/devices/doors.py",
        "PULSES_A_MINUTE = 6",
        "PULSES_A_MINUTE = 600",
        "tests/edge/devices/test_doors.py",
    ),
}
