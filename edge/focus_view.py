"""What focusing shows in the terminal: the present frame, the best one, and the history as bars."""

from collections.abc import Callable

from rich.console import Group
from rich.table import Table
from rich.text import Text

from edge.focus_loop import FocusFrame, FocusHistory

_BARS = " ▁▂▃▄▅▆▇█"
_FEW = 3  # frames, after which there is something to compare
_AS_GOOD = 0.95  # of the best


def focus_view(history: FocusHistory) -> Group:
    """Return the present state, to be drawn anew with each frame; there is at least one."""
    last = history.frames[-1]
    table = Table("", "now", "best", "of frame")
    table.add_row("sharpness", *_row(last, history.best_sharpness, sharpness))
    table.add_row("width of the stars", *_row(last, history.best_width, width))
    return Group(
        table,
        Text(f"Frame {last.number}, {_stars(last.focus.stars)}."),
        _chart("sharpness ", [one.focus.sharpness for one in history.frames]),
        _chart("width     ", [one.focus.width_px for one in history.frames]),
        Text(_advice(history), "bold"),
        Text(last.remark, "red"),
    )


def focus_line(history: FocusHistory) -> str:
    """Return the last frame as one line, for where there is no terminal."""
    last = history.frames[-1]
    best = " (best so far)" if last is history.best_sharpness else ""
    parts = [f"frame {last.number}: sharpness {sharpness(last)}{best}"]
    parts.append(f"width {width(last)}, {_stars(last.focus.stars)}")
    return "; ".join([*parts, *([last.remark] if last.remark else [])])


def sharpness(frame: FocusFrame) -> str:
    """Return the sharpness in words."""
    return f"{frame.focus.sharpness:.3f}"


def width(frame: FocusFrame) -> str:
    """Return the width of the stars in words."""
    width_px = frame.focus.width_px
    return "unknown" if width_px is None else f"{width_px:.2f} px"


def _row(
    last: FocusFrame, best: FocusFrame | None, words: Callable[[FocusFrame], str]
) -> tuple[str, str, str]:
    if best is None:
        return (words(last), "", "")
    return (words(last), words(best), str(best.number))


def _chart(name: str, values: list[float | None]) -> Text:
    """Return a bar for each value, from nothing to the largest; where there is none, a dot."""
    known = [value for value in values if value is not None]
    top = max(known, default=0.0) or 1.0
    steps = len(_BARS) - 1
    bars = ("·" if one is None else _BARS[round(one / top * steps)] for one in values)
    return Text(name + "".join(bars))


def _advice(history: FocusHistory) -> str:
    """Return whether to go on turning."""
    last, best = history.frames[-1], history.best_sharpness
    if best is None or len(history.frames) < _FEW:
        return "Turn the lens slowly; the larger the sharpness, the better."
    part = last.focus.sharpness / best.focus.sharpness if best.focus.sharpness else 1
    if part >= _AS_GOOD:
        return "As sharp as ever."
    return f"It was sharper at frame {best.number}: this is {part:.0%} of that."


def _stars(count: int) -> str:
    return f"{count} star" + ("" if count == 1 else "s")
