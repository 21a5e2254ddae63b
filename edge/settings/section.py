"""What every group of settings is, and how a setting is marked as nobody else's business."""

from typing import Any, Final

from pydantic import BaseModel, ConfigDict

PRIVATE: Final[dict[str, Any]] = {"private": True}
"""As ``json_schema_extra`` of a field: its value is left out of what is given to others."""


class Section(BaseModel):
    """A group of settings. Unknown names are mistakes."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True
    )
