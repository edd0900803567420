"""`python -m asyncbench` is the `asyncbench` command."""

from asyncbench.cli import main

if __name__ == "__main__":
    main()
