"""`pickup-cloud`: the reference cloud at the shell."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence

from edge import logs
from edge.errors import ConfigError, PointError
from sync.cloud.arguments import build_parser
from sync.cloud.commands import serve

log = logging.getLogger("sync.cloud")

FAILED, WRONG_USE, INTERRUPTED = 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; a failure is one line that says what to do."""
    options = build_parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except PointError as error:
        _say(error, serving=options.run is serve)
        return WRONG_USE if isinstance(error, ConfigError) else FAILED
    except BrokenPipeError:
        # The reader of our lines has seen enough.
        sys.stderr.close()
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED


def _say(error: PointError, *, serving: bool) -> None:
    if serving:
        log.critical("stopped", extra={"why": error.what, "remedy": error.remedy})
        logs.flush()
    else:
        print(f"pickup-cloud: {error}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
