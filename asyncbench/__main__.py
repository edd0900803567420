"""`python -m asyncbench` is the `asyncbench` command."""

from asyncbench.cli.main import main

if __name__ == "__main__":
    main()
