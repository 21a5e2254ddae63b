"""How far a long command is: a bar on a terminal, else a line now and then. Always on stderr, beside the answer.

>>> with shown() as progress:
...     bar = progress.add("Night 2026-01-31", 1000)
...     bar.update(240)
"""

import contextlib
import logging
import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Protocol

import click

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

LINE_EVERY_S = 10.0


class Bar(Protocol):
    """One thing that takes long."""

    def update(self, done: float, total: float | None = None, said: str = "") -> None:
        """Say that ``done`` of ``total`` is done, and what else is to be said; ``total`` stays when it is not given."""
        ...


class Progress(Protocol):
    """Several bars, one beneath the other."""

    def add(self, name: str, total: float | None = None, unit: str = "frames") -> Bar:
        """Return a new bar, which counts ``unit`` up to ``total``; a ``unit`` of "%" shows the part alone."""
        ...

    def say(self, sentence: str) -> None:
        """Write a line that stays, such as a warning."""
        ...


@contextlib.contextmanager
def shown() -> Iterator[Progress]:
    """Draw bars while stderr is a terminal, else write a line for each bar every ten seconds."""
    if not sys.stderr.isatty():
        yield Lines(time.monotonic)
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[said]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as drawing:
        yield _Drawing(drawing)


@contextlib.contextmanager
def warnings_said(progress: Progress) -> Iterator[None]:
    """Write what is logged from WARNING upwards above the bars."""
    handler, root = _Saying(progress), logging.getLogger()
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)


class _Saying(logging.Handler):
    """A handler that says each record beside the bars."""

    def __init__(self, progress: Progress) -> None:
        super().__init__(logging.WARNING)
        self._progress = progress

    def emit(self, record: logging.LogRecord) -> None:
        self._progress.say(self.format(record))


class _Drawing:
    """Bars drawn by rich."""

    def __init__(self, drawing: "RichProgress") -> None:
        self._drawing = drawing

    def add(self, name: str, total: float | None = None, unit: str = "frames") -> Bar:
        return _DrawnBar(
            self._drawing,
            self._drawing.add_task(name, total=total, said=""),
            Amount(total, unit),
        )

    def say(self, sentence: str) -> None:
        self._drawing.console.print(sentence, markup=False, highlight=False)


class _DrawnBar:
    def __init__(
        self, drawing: "RichProgress", task: "TaskID", amount: "Amount"
    ) -> None:
        self._drawing, self._task, self._amount = drawing, task, amount

    def update(self, done: float, total: float | None = None, said: str = "") -> None:
        words = self._amount.words(done, total, said)
        self._drawing.update(
            self._task, completed=done, total=self._amount.total, said=words
        )


class Lines:
    """Bars in words, for a log file or a pipe: one line each, at most every `LINE_EVERY_S` seconds."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic

    def add(self, name: str, total: float | None = None, unit: str = "frames") -> Bar:
        """Return a new bar."""
        return _SpokenBar(name, Amount(total, unit), self._monotonic)

    def say(self, sentence: str) -> None:
        """Write a line."""
        click.echo(sentence, err=True)


class _SpokenBar:
    def __init__(
        self, name: str, amount: "Amount", monotonic: Callable[[], float]
    ) -> None:
        self._name, self._amount, self._monotonic = name, amount, monotonic
        self._due = monotonic() + LINE_EVERY_S

    def update(self, done: float, total: float | None = None, said: str = "") -> None:
        words = self._amount.words(done, total, said)
        now = self._monotonic()
        if words and now >= self._due:
            self._due = now + LINE_EVERY_S
            click.echo(f"{self._name}: {words}", err=True)


class Amount:
    """How much there is to do, and how to put into words how much of it is done."""

    def __init__(self, total: float | None, unit: str) -> None:
        self.total, self._unit = total, unit

    def words(self, done: float, total: float | None, said: str) -> str:
        """Return ``240 of 1000 frames, 3 to send``."""
        self.total = self.total if total is None else total
        known, unit = self.total, self._unit
        if unit == "%":
            part = f"{100 * done / known:.0f} %" if known else ""
        else:
            part = f"{done:.0f} of {known:.0f} {unit}" if known else ""
        return ", ".join(filter(None, (part, said)))
