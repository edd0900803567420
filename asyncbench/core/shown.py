"""How a value is kept in records and shown in tables."""

from __future__ import annotations

import enum
import math
from pathlib import PurePath
from typing import Any

# As deep as a value may be nested and as long as the text of an object is.
DEEPEST = 6
LONGEST = 200
LARGEST = 2**63 - 1


def shown(value: Any, depth: int = 0) -> Any:
    """Return a value as records keep and tables show it: as JSON can say it, the same each time."""
    if isinstance(value, enum.Enum):
        return value.name
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int) and abs(value) <= LARGEST:
        return int(value)
    if isinstance(value, float) and math.isfinite(value):
        return float(value)
    if isinstance(value, PurePath):
        return str(value)
    if depth < DEEPEST and isinstance(value, (list, tuple)):
        return [shown(each, depth + 1) for each in value]
    if depth < DEEPEST and isinstance(value, dict) and all(isinstance(each, str) for each in value):
        return {name: shown(each, depth + 1) for name, each in value.items()}
    try:
        text = repr(value)
    except Exception:  # whatever a `__repr__`, which is the user's, raises
        text = " at 0x"
    if " at 0x" in text:  # an address, which differs each time
        return f"<{type(value).__qualname__}>"
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."
