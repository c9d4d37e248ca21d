"""`python -m tests.bench.one_by_one DATA`: the sync agent with one event in a message, always."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from edge import logs
from edge.config import DataLayout
from sync.__main__ import Pace, serve

if __name__ == "__main__":
    logs.begin("pickup-sync")
    serve(DataLayout(Path(sys.argv[1])), argparse.Namespace(), Pace(batch_events=1))
