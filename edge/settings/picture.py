"""What becomes of a frame before it is stored, and of the copy that is shown."""

from pydantic import Field

from edge.settings.section import Section


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
