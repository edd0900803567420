"""Bars drawn to scale in the cells of a terminal."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bars:
    """What bars are drawn with: a whole cell, parts of one from small to large, and a mark."""

    whole: str = "█"
    parts: str = "▏▎▍▌▋▊▉"
    best: str = "▶"

    def drawn(self, share: float, cells: int) -> str:
        """Return a bar over a share of `cells`, at least the smallest part of one, padded."""
        steps = len(self.parts) + 1
        eighths = max(1, round(share * cells * steps))
        whole, part = divmod(eighths, steps)
        bar = self.whole * whole + (self.parts[part - 1] if part else "")
        return bar.ljust(cells)


UNICODE = Bars()
ASCII = Bars("#", "", ">")
