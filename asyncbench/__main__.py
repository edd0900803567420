"""`asyncbench` and `python -m asyncbench`: starts the command, whatever lies in the folder here."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

# As in `cli.failing`, which cannot be imported where nothing of the command line can.
OWN_ERROR = 70
WRONG = 2


def main() -> NoReturn:
    """Run the command line; where even that cannot be imported, say so in one line."""
    # `python -m` puts the folder one stands in first on the path: a file there that is named like
    # a package that we need would be taken for it. Workloads are found there all the same.
    try:
        here = os.getcwd()  # noqa: PTH109
    except OSError as error:
        sys.stderr.write(f"asyncbench: the folder you are in cannot be used: {error.strerror}\n")
        sys.exit(WRONG)
    if not sys.flags.safe_path and sys.path and sys.path[0] == here:
        del sys.path[0]
    try:
        from asyncbench.cli.main import main as command
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        # Something that belongs to the installation is missing or broken.
        sys.stderr.write(f"asyncbench: cannot start: {type(error).__name__}: {error}\n")
        sys.exit(OWN_ERROR)
    command()


if __name__ == "__main__":
    main()
