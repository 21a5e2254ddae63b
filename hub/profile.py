"""The profile of a camera: what its owner wants visitors to know, and nothing that the owner did not write.

One model for the command, the page and the owner's editor. The photos are kept beside it (`hub.photos`).
"""

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

Language = Literal["en", "de"]
LinkKind = Literal[
    "website", "github", "makerworld", "tinkercad", "astrobin", "linkedin", "mastodon", "youtube", "other",
]  # fmt: skip

Line = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)
]
Lines = Annotated[tuple[Line, ...], Field(max_length=20)]
_LONGEST_TEXT = 4000
_LONGEST_ADDRESS = 300


class _Part(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, use_attribute_docstrings=True
    )


class Text(_Part):
    """A text in one language or in both; paragraphs are separated by an empty line."""

    en: str = Field(default="", max_length=_LONGEST_TEXT)
    """English."""
    de: str = Field(default="", max_length=_LONGEST_TEXT)
    """German."""

    def best(self, language: str) -> tuple[str, str]:
        """Return (language, text) in the wanted language, else in the other; the text is empty when there is none."""
        wanted, other = ("de", "en") if language == "de" else ("en", "de")
        return next(
            ((code, text) for code in (wanted, other) if (text := getattr(self, code))),
            (wanted, ""),
        )


class Setup(_Part):
    """What the camera is made of, a line for each part."""

    hardware: Lines = ()
    """Computer, camera module, lens."""
    sensors: Lines = ()
    """What is measured, and with what."""
    dome: Lines = ()
    """The dome, its coating, its seal."""
    heater: Lines = ()
    """What keeps dew and ice away."""
    housing: Lines = ()
    """The housing and its mount."""


class Community(_Part):
    """Where the owner is to be met; only what is written here is shown."""

    discord: bool = False
    """Whether the owner is on the network's Discord."""
    signal: bool = False
    """Whether the owner is in the network's Signal group."""
    nicknames: Lines = ()
    """Names used there."""


class Link(_Part):
    """A link to another site."""

    kind: LinkKind = "other"
    """What it leads to."""
    url: str = Field(max_length=_LONGEST_ADDRESS)
    """Its address, which begins with https://."""
    title: str = Field(default="", max_length=60)
    """What is to be read; without it the name of the site."""

    @field_validator("url")
    @classmethod
    def _leads_to_a_site(cls, url: str) -> str:
        if any(one.isspace() or not one.isprintable() for one in url):
            raise ValueError("an address has no blanks in it")
        try:
            parts = urlsplit(url)
            parts.port  # noqa: B018 - raises ValueError for a port that is none
        except ValueError as error:
            raise ValueError(f"not an address: {error}") from error
        if parts.scheme != "https" or not parts.hostname or "." not in parts.hostname:
            raise ValueError("an address begins with https:// and the name of a site")
        if parts.username is not None or parts.password is not None:
            raise ValueError("an address must not hold a name or a password")
        return url

    @property
    def site(self) -> str:
        """The name of the site, without 'www.'."""
        return (urlsplit(self.url).hostname or "").removeprefix("www.")


class Profile(_Part):
    """Everything that an owner may publish about a camera; all of it is optional."""

    about: Text = Text()
    """About the camera, the site, the people."""
    contact: str = Field(default="", max_length=120)
    """How to reach the owner, such as an e-mail address; shown as it is written."""
    setup: Setup = Setup()
    """What the camera is made of."""
    community: Community = Community()
    """Where the owner is to be met."""
    links: tuple[Link, ...] = Field(default=(), max_length=20)
    """Links to other sites."""

    @property
    def website(self) -> Link | None:
        """The first link to a website of the owner's."""
        return next((link for link in self.links if link.kind == "website"), None)
