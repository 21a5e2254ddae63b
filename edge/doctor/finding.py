"""What an examination finds."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    NOTE = "note"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: what was found, and a sentence what to do, empty when nothing is to be done."""

    subject: str
    level: Level
    found: str
    remedy: str = ""


def fine(subject: str, found: str) -> Finding:
    """Return a finding that needs nothing."""
    return Finding(subject, Level.OK, found)


def note(subject: str, found: str, remedy: str) -> Finding:
    """Return a finding that the owner may want to change."""
    return Finding(subject, Level.NOTE, found, remedy)


def wrong(subject: str, found: str, remedy: str) -> Finding:
    """Return a finding that must be changed."""
    return Finding(subject, Level.WRONG, found, remedy)
