"""What a test comes to beside passing: failing in one line, or left undecided."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

import pytest

if TYPE_CHECKING:
    XFailed = BaseException
else:
    XFailed = pytest.xfail.Exception


class Undecided(XFailed):
    """What was asserted could be neither shown nor refuted in the time."""


def fail(reason: str) -> NoReturn:
    """Fail the test with a text, without the frames that it came by."""
    __tracebackhide__ = True
    # Whatever error it tells of, one line is enough.
    raise pytest.fail.Exception(reason, pytrace=False) from None


def undecided(reason: str, config: pytest.Config) -> NoReturn:
    """Leave the test undecided: an outcome of its own, or a failure where that is asked for."""
    __tracebackhide__ = True
    if config.option.asyncbench_undecided == "fail":
        fail(f"undecided: {reason}")
    raise Undecided(reason) from None
