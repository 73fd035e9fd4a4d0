"""The command line: words in, words out. The only room that prints, exits, and reads the clock and the environment.

It parses arguments, calls the rooms below, and writes reports to stdout and everything else to stderr. `start` is the
entry point.
"""

from __future__ import annotations

import gc
import os
import signal
from typing import NoReturn

__all__: list[str] = []


def start() -> NoReturn:
    """Run the command line, and end the process with its exit code. Ctrl-C ends it quietly even while modules load."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, lambda number, _frame: os._exit(128 + number))
    # A short-lived process with millions of small objects and no cycles worth finding; loading makes the first of them.
    gc.disable()
    from drift.cli.main import main

    main()
