"""What the pages say of those who run the network, and what they may load from elsewhere; ``site`` in ``hub.json``."""

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

Language = Literal["en", "de"]


def _web_address(text: str) -> str:
    if text and not (text.startswith("https://") and urlsplit(text).hostname):
        raise ValueError("an address on the web begins with https://")
    return text


WebAddress = Annotated[str, AfterValidator(_web_address)]


class SiteSettings(BaseModel):
    """Names, texts and links of one network. What is empty does not appear."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, use_attribute_docstrings=True
    )

    operator: str = Field(default="", max_length=200)
    """Who runs the network: a person or an association, shown in the imprint and on the support page."""
    email: str = Field(default="", pattern=r"^$|^[^@\s<>\"]+@[^@\s<>\"]+\.[^@\s<>\"]+$")
    """Where questions and wishes go to; everybody can read it."""
    welcome: dict[Language, str] = Field(default_factory=dict)
    """One line of welcome on the home page, by language; where it is missing the pages have their own."""
    imprint: dict[Language, str] = Field(default_factory=dict)
    """The imprint by language: Markdown, or the name of a file in the data folder that ends in ``.md``."""
    privacy: dict[Language, str] = Field(default_factory=dict)
    """The privacy notice by language, in the same way; where it is missing the pages say what the software stores."""
    support: dict[Language, str] = Field(default_factory=dict)
    """More for the support page by language, in the same way: how to help, where to give."""
    links: dict[str, WebAddress] = Field(default_factory=dict, max_length=20)
    """Places of the community by their name: forum, chat, source code. They stand on the support page."""
    source_url: WebAddress = ""
    """Where the source code of the software is."""
    tiles_url: WebAddress = "https://tile.openstreetmap.org/{z}/{x}/{y}.png"
    """Streets and places for the map, loaded only when a visitor asks for them; empty: never offered."""
    tiles_name: str = Field(default="OpenStreetMap", max_length=60)
    """Who serves them, in the words of the button."""
    tiles_attribution: str = Field(
        default="© OpenStreetMap contributors", max_length=120
    )
    """What must stand on the map with them."""
    tiles_attribution_url: WebAddress = "https://www.openstreetmap.org/copyright"
    """Where that leads."""

    def welcome_in(self, language: str) -> str:
        """Return the line of welcome in a language, or nothing."""
        return {str(code): text for code, text in self.welcome.items()}.get(
            language, ""
        )

    @property
    def tiles_origin(self) -> str:
        """The site that serves the tiles, for the Content-Security-Policy; ``{s}`` in its name stands for any."""
        if not self.tiles_url:
            return ""
        parts = urlsplit(self.tiles_url)
        return f"{parts.scheme}://{parts.netloc.replace('{s}', '*')}"
