"""`python -m asyncbench` is the `asyncbench` command."""

import sys

if __name__ == "__main__":
    # `-m` puts the folder one stands in first, where a file may be named like what we import.
    if sys.path and not sys.flags.safe_path and not __file__.startswith(sys.path[0] or "."):
        del sys.path[0]

    from asyncbench.cli.main import main

    main()
