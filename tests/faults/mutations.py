"""Damage to files, as hypothesis draws it: bits, digits, pieces, lines, whole numbers."""

import os

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

CAMPAIGN = "ASYNCBENCH_MUTATIONS"
# As many as a full campaign tries; pytest by itself takes a part of them.
TRIES = int(os.environ.get(CAMPAIGN, "300"))


def of(*ways):
    """Return a strategy of damages, each one of these ways at two places."""
    place = st.integers(0, 2**24)
    return st.lists(st.tuples(st.sampled_from(ways), place, place), min_size=1, max_size=4)


TO_TEXT = of("flip", "digit", "cut", "delete", "copy", "swap", "insert", "truncate")
TO_NUMBERS = of("flip", "byte", "cut", "insert", "truncate", "number", "empty")


def tried(most=TRIES):
    """Return the settings of a test that tries so many, always the same but in a campaign."""
    return settings(
        max_examples=most if CAMPAIGN not in os.environ else TRIES,
        deadline=None,
        derandomize=CAMPAIGN not in os.environ,
        suppress_health_check=list(HealthCheck),
    )


def mutated(text, mutations):
    """Return the bytes of a file with damages done to them."""
    for what, one, other in mutations:
        if not text:
            break
        text = DAMAGES[what](text, one, other)
    return text


def _flip(text, one, other):
    at = one % len(text)
    return text[:at] + bytes([text[at] ^ (1 << other % 8)]) + text[at + 1 :]


def _byte(text, one, other):
    at = one % len(text)
    return text[:at] + bytes([other % 256]) + text[at + 1 :]


def _digit(text, one, other):
    digits = [place for place, byte in enumerate(text) if 48 <= byte < 58]
    if not digits:
        return text
    at = digits[one % len(digits)]
    return text[:at] + b"%d" % (other % 10) + text[at + 1 :]


def _cut(text, one, other):
    at = one % len(text)
    return text[:at] + text[at + 1 + other % 40 :]


def _insert(text, one, other):
    at = one % len(text)
    return text[:at] + b'0,:{}["\n\x00'[other % 9 :][:1] + text[at:]


def _number(text, one, other):
    """Put another whole number of eight bytes in the place of one."""
    at = one % len(text) // 8 * 8
    number = (other - 2**23) * 2 ** (one % 40)
    return text[:at] + number.to_bytes(8, "little", signed=True) + text[at + 8 :]


def _lines(text, one, other):
    lines = text.splitlines(keepends=True)
    return lines, one % len(lines), other % len(lines)


def _delete(text, one, other):
    lines, this, _ = _lines(text, one, other)
    return b"".join(lines[:this] + lines[this + 1 :])


def _copy(text, one, other):
    lines, this, that = _lines(text, one, other)
    return b"".join([*lines[:that], lines[this], *lines[that:]])


def _swap(text, one, other):
    lines, this, that = _lines(text, one, other)
    lines[this], lines[that] = lines[that], lines[this]
    return b"".join(lines)


DAMAGES = {
    "flip": _flip,
    "byte": _byte,
    "digit": _digit,
    "cut": _cut,
    "insert": _insert,
    "truncate": lambda text, one, other: text[: one % len(text)],
    "empty": lambda text, one, other: bytes(one % len(text)) + text[one % len(text) :],
    "number": _number,
    "delete": _delete,
    "copy": _copy,
    "swap": _swap,
}
