"""What becomes of a frame before it is stored, and of the copy that is shown."""

from typing import Annotated

from pydantic import AfterValidator, Field

from edge.picture.template import checked
from edge.settings.section import Section
from products.overlay import Corner


class CropSettings(Section):
    """Cuts frames to the square around the circle that the lens shows, as soon as they come from the camera."""

    centre_x: float = Field(default=0.5, ge=0, le=1)
    """Where the middle of the circle is, as a part of the camera's frame: 0 is its left edge, 1 its right one."""
    centre_y: float = Field(default=0.5, ge=0, le=1)
    """The same downwards: 0 is the upper edge, 1 the lower one."""
    radius: float | None = Field(default=None, ge=0.05, le=1)
    """Radius of the circle as a part of the frame's width; null leaves frames whole. Beyond the frame it is black."""
    black_outside: bool = False
    """Makes black what lies in the square but outside the circle."""


class OverlaySettings(Section):
    """Text on the copy of a frame that is shown and sent. The stored frame and all products stay clean."""

    enabled: bool = False
    """Whether anything is drawn."""
    template: Annotated[list[str], AfterValidator(checked)] = Field(
        default=[
            "{site}",
            "{local_time}",
            "{exposure} · gain {gain}",
            "{temperature} · {humidity}",
            "{sky_brightness} · {stars} stars",
        ]
    )
    """Lines with variables in braces (all in docs/picture.md). A part between two " · " without a value is left out."""
    position: Corner = "top-left"
    """The corner for the text."""
    text_percent: float = Field(default=2.4, ge=1, le=8)
    """Height of the letters, in percent of the picture's height."""
    compass: str = Field(default="NESW", pattern=r"^(\S{4})?$")
    """Letters for north, east, south and west at the rim of the sky (German: NOSW); empty draws none."""
