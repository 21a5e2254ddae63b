"""The versions of config.json: a file of an older one is brought forward, one migration after the other.

A migration is a function from the content of a version to that of the next. To change the form of the settings, append
one to `MIGRATIONS`, and never edit one that was released.
"""

from collections.abc import Callable, Sequence
from typing import Any

Content = dict[str, Any]
Migration = Callable[[Content], Content]

MIGRATIONS: tuple[Migration, ...] = ()
VERSION = len(MIGRATIONS) + 1
"""The present version, which is also that of the models."""


class NewerVersionError(Exception):
    """Settings were written by a newer program; the message goes on from the name of the file."""


def version_of(raw: Any) -> int | None:
    """Return the version that the content of a file says, 1 when it says none, None when it is no version at all."""
    said = raw.get("version", 1) if isinstance(raw, dict) else None
    if not isinstance(said, int) or isinstance(said, bool):
        return None
    return said if said >= 1 else None


def migrated(raw: Any, migrations: Sequence[Migration] = MIGRATIONS) -> Any:
    """Return the content in the present version; what is no settings at all is returned as it is.

    Raises
    ------
    NewerVersionError
        There is no way back from its version.
    """
    version, present = version_of(raw), len(migrations) + 1
    if version is None:
        return raw
    if version > present:
        raise NewerVersionError(
            f"is of version {version}, and this program knows versions up to {present}: update the program, "
            "or put back the settings from before."
        )
    for migrate in migrations[version - 1 :]:
        raw = migrate(raw)
    return raw if version == present else raw | {"version": present}
