"""Asking the owner: on the terminal, or out of a file of answers."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from rich.console import Console
from rich.prompt import Confirm, Prompt

Check = Callable[[str], str]
"""Returns the answer as it is kept, or raises ValueError with a sentence."""


class AnswerError(Exception):
    """A file of answers does not fit the questions; the message says which."""


class Asker(Protocol):
    """Who answers. ``key`` names a question in a file of answers; ``guess`` is what Enter takes."""

    def text(self, key: str, question: str, guess: str, check: Check) -> str:
        """Return a line of text that ``check`` accepts."""

    def choice(
        self, key: str, question: str, options: Sequence[str], guess: str
    ) -> str:
        """Return one of the options."""

    def agreed(self, key: str, question: str, *, guess: bool) -> bool:
        """Return whether the answer is yes."""

    def say(self, line: str) -> None:
        """Tell the owner something."""


class Terminal:
    """The owner at the keyboard."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def text(self, key: str, question: str, guess: str, check: Check) -> str:
        """Ask until the answer can be used."""
        while True:
            answer = Prompt.ask(
                question,
                console=self._console,
                default=guess,
                show_default=bool(guess),
            )
            try:
                return check((answer or "").strip())
            except ValueError as error:
                self._console.print(f"  {error}")

    def choice(
        self, key: str, question: str, options: Sequence[str], guess: str
    ) -> str:
        """Ask until the answer is one of the options."""
        return Prompt.ask(
            question, console=self._console, choices=list(options), default=guess
        )

    def agreed(self, key: str, question: str, *, guess: bool) -> bool:
        """Ask yes or no."""
        return Confirm.ask(question, console=self._console, default=guess)

    def say(self, line: str) -> None:
        """Print a line; the terminal breaks it, so that a command can be copied whole."""
        self._console.print(line, highlight=False, soft_wrap=True)


class Script:
    """Answers given beforehand, by key; what is not answered takes the guess."""

    def __init__(self, answers: Mapping[str, Any], console: Console) -> None:
        self._left = dict(answers)
        self._console = console

    def text(self, key: str, question: str, guess: str, check: Check) -> str:
        """Return the answer, or the guess."""
        answer = str(self._left.pop(key, guess)).strip()
        try:
            kept = check(answer)
        except ValueError as error:
            raise AnswerError(f"{key}: {error}") from None
        self._console.print(f"{question}: {kept}", highlight=False)
        return kept

    def choice(
        self, key: str, question: str, options: Sequence[str], guess: str
    ) -> str:
        """Return the answer if it is one of the options."""

        def check(answer: str) -> str:
            if answer not in options:
                raise ValueError(f"{answer!r} is not one of {', '.join(options)}")
            return answer

        return self.text(key, question, guess, check)

    def agreed(self, key: str, question: str, *, guess: bool) -> bool:
        """Return the answer if it is true or false."""
        answer = self._left.pop(key, guess)
        if not isinstance(answer, bool):
            raise AnswerError(f"{key}: {answer!r} is neither true nor false")
        self._console.print(f"{question} {'yes' if answer else 'no'}", highlight=False)
        return answer

    def say(self, line: str) -> None:
        """Print a line; the terminal breaks it, so that a command can be copied whole."""
        self._console.print(line, highlight=False, soft_wrap=True)

    def unasked(self, known: Sequence[str]) -> list[str]:
        """Return the answers that no question has taken, other than the ``known`` ones."""
        return sorted(self._left.keys() - set(known))
