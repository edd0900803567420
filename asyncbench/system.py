"""What the system and the interpreter are: the one place that knows."""

from __future__ import annotations

import os
import sys

#: The folder that asyncbench's modules are in, with a separator at its end. Not by an import of
#: the package itself, whose public names reach everything.
PACKAGE = os.path.dirname(str(sys.modules["asyncbench"].__file__)) + os.sep  # noqa: PTH120
