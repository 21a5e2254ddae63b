"""The wire format between edge and hub, version 1: what both sides agree on, and nothing else.

Unknown fields are ignored on both sides, so that a newer camera can talk to an older hub and the other way round. Times
are aware and written in UTC; a naive time is refused. ``docs/api.md`` describes the requests that carry these.
"""

import base64
import hashlib
import json
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

API = "/api/v1"
KEY_PREFIX = "skc_"
MAX_POINTS = 1000
LIVE_WIDTHS = (960, 480)
FRAME_KIND = (
    "frame"  # an archive frame; its part is the UTC of the frame, 20261122T030000Z
)
EVENT_KIND = "event"  # only in digests and tombstones: 2026-11-21/event/<id>
# Products of more than a night; each is filed under the first night of its month, season or year.
PERIOD_VIDEO_KINDS = ("month-video", "season-video", "year-video")
PERIOD_KINDS = ("month-keogram", "year-keogram", *PERIOD_VIDEO_KINDS)

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
NightName = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]

MEDIA_TYPES = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "video/mp4": "mp4",
    "application/json": "json",
}


class Wire(BaseModel):
    """A message or a part of one."""

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)


class Blob(Wire):
    """A file, named by the SHA-256 of its bytes; pixels where it has any."""

    sha256: Sha256
    size: int = Field(gt=0)
    type: str
    width: int | None = Field(default=None, gt=0)
    height: int | None = Field(default=None, gt=0)


class ProductManifest(Blob):
    """One product of one night: the file, its smaller variants and its sidecar. Storing this publishes it."""

    rev: int = Field(ge=1, description="Grows whenever the product is rendered anew.")
    first: AwareDatetime | None = Field(
        default=None, description="Time of the first frame in it."
    )
    last: AwareDatetime | None = Field(
        default=None, description="Time of the last frame in it."
    )
    frames: int = Field(default=0, ge=0, description="How many frames are in it.")
    final: bool = Field(
        default=True, description="False while the night still goes on."
    )
    variants: dict[str, Blob] = Field(
        default_factory=dict, description="By width ('480'), or 'poster' of a video."
    )
    sidecar: Blob | None = None
    facts: dict[str, Any] = Field(
        default_factory=dict, description="What else is worth knowing, as JSON."
    )

    def blobs(self) -> list[Blob]:
        """Return every file that this product needs, itself first."""
        return [
            self,
            *self.variants.values(),
            *([self.sidecar] if self.sidecar else []),
        ]


class LiveFacts(Wire):
    """What is known of the newest frame."""

    taken_utc: AwareDatetime
    night: NightName
    exposure_us: int | None = Field(default=None, ge=0)
    gain: float | None = Field(default=None, gt=0)
    sun_altitude_deg: float | None = None
    width: int | None = None
    height: int | None = None
    note: str = Field(
        default="",
        max_length=300,
        description="Why there is no frame: then the picture is a card that says so.",
    )


class Point(Wire):
    """One reading on its way to the hub."""

    sensor: Name
    quantity: Name
    time: AwareDatetime
    value: float
    unit: str = Field(max_length=16)


class Readings(Wire):
    """A batch of readings; each is judged by itself on the hub."""

    points: list[dict[str, Any]] = Field(
        max_length=MAX_POINTS, description="Each one a Point."
    )


class Rejected(Wire):
    """A point that was not stored, and why; ``index`` counts from 0 within the batch."""

    index: int
    code: str
    detail: str


class ReadingsAnswer(Wire):
    """What became of a batch."""

    accepted: int = 0
    duplicate: int = 0
    conflict: int = 0
    rejected: list[Rejected] = Field(default_factory=list)


class Event(Wire):
    """Something that happened in the sky: a stable id, in the address, and a growing revision."""

    rev: int = Field(ge=1)
    kind: Name
    state: Name = Field(description="candidate, in_clouds, or what a person says.")
    night: NightName
    taken_utc: AwareDatetime
    picture: Blob | None = Field(
        default=None, description="A crop around it; sent as a blob before."
    )
    facts: dict[str, Any] = Field(
        default_factory=dict, description="Ends in pixels, length, significance, ..."
    )


class CameraClock(Wire):
    """The clock of a camera at a request: the header ``Camera-Clock`` carries it as JSON."""

    time: AwareDatetime
    quality: str = Field(
        default="unknown",
        max_length=32,
        description="ntp, rtc, hub, unsynchronised, simulated or unknown.",
    )
    boot_id: str | None = Field(default=None, max_length=64)
    monotonic_s: float | None = Field(
        default=None, description="Seconds that never jump, since that boot."
    )


class Hello(Wire):
    """The heartbeat of a camera."""

    agent: str = Field(max_length=120)
    boot_id: str | None = Field(default=None, max_length=64)
    time: AwareDatetime
    clock: str = Field(
        default="unknown",
        description="ntp, rtc, hub, unsynchronised, simulated or unknown.",
    )
    state: str = Field(
        default="", max_length=32, description="What the capture program is doing."
    )
    state_reason: str = Field(default="", max_length=300)
    next_frame_utc: AwareDatetime | None = Field(
        default=None, description="When the next frame is due."
    )
    queue: dict[str, int] = Field(
        default_factory=dict, description="Depth of the outbox by kind."
    )
    disk_free_bytes: int | None = Field(default=None, ge=0)
    digests: dict[NightName, Sha256] = Field(
        default_factory=dict, description="Night -> digest of its products."
    )
    cursor: int = Field(default=0, ge=0, description="The last tombstone seen.")
    readings: dict[NightName, int] = Field(
        default_factory=dict,
        description="UTC day -> how many readings the hub has confirmed.",
    )
    problem: str = Field(
        default="", max_length=300, description="What is not being sent, in a sentence."
    )
    dead: int = Field(
        default=0,
        ge=0,
        description="How many items were given up; the camera says why.",
    )


class Limits(Wire):
    """What the hub accepts."""

    blob_bytes: int
    points: int = MAX_POINTS
    spread_s: float = Field(
        default=0.0,
        ge=0,
        description="A finished night is sent after a wait within this, another one for each camera and night.",
    )


class HelloAnswer(Wire):
    """What the hub says to a heartbeat: it never commands, it says what it lacks and what was deleted."""

    server_time: AwareDatetime
    limits: Limits
    nights: list[NightName] = Field(
        default_factory=list, description="Nights whose digest differs."
    )
    tombstones: list[str] = Field(
        default_factory=list, description="Keys of what was deleted since the cursor."
    )
    released: list[str] = Field(
        default_factory=list,
        description="Keys that may be sent again since the cursor: a deletion was undone.",
    )
    cursor: int = 0
    days: list[NightName] = Field(
        default_factory=list, description="UTC days whose count of readings differs."
    )


class Join(Wire):
    """A new camera that shows its one-time code."""

    code: str = Field(min_length=1, max_length=64)
    agent: str = Field(default="", max_length=120)
    name: str = Field(
        default="", max_length=80, description="What the camera calls itself."
    )


class JoinAnswer(Wire):
    """The identity of a new camera; the key is shown this once."""

    camera_id: str
    key: str


class SensorDescription(Wire):
    """One sensor of a camera as its settings and the last round say."""

    name: Name
    driver: str = Field(max_length=40)
    enabled: bool
    available: bool
    problem: str = Field(default="", max_length=300)


class Circle(Wire):
    """The fisheye's circle in the stored frame, in fractions of its width: centre and radius."""

    x: float = Field(ge=0, le=1)
    y: float = Field(ge=0, le=2)
    radius: float = Field(gt=0, le=2)


class CameraDescription(Wire):
    """What a camera is and where it stands; the place is already rounded for the public."""

    name: str = Field(min_length=1, max_length=80)
    latitude_deg: float = Field(ge=-90, le=90)
    longitude_deg: float = Field(ge=-180, le=180)
    elevation_m: float = 0.0
    zone: str = Field(max_length=64)
    country: str = Field(
        default="", max_length=2, description="ISO 3166 code, two letters."
    )
    interval_s: float = Field(gt=0)
    software: str = Field(max_length=80)
    hardware: dict[str, str] = Field(
        default_factory=dict, description="Model, sensor, lens, in words."
    )
    circle: Circle | None = None
    sensors: list[SensorDescription] = Field(default_factory=list)


class Problem(Wire):
    """An error answer, RFC 9457, with a stable ``code`` and whether trying again may help."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str = ""
    code: str
    retryable: bool = False


def sha256_hex(content: bytes) -> str:
    """Return the SHA-256 of ``content`` as 64 lower-case hex digits."""
    return hashlib.sha256(content).hexdigest()


def content_digest(body: bytes) -> str:
    """Return the header ``Content-Digest`` of a body (RFC 9530), by which damage on the way is noticed."""
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode("ascii")
    return f"sha-256=:{digest}:"


def product_key(night: str, kind: str, part: str = "") -> str:
    """Return the name of a product in digests and tombstones: ``night/kind`` or ``night/kind/part``."""
    return "/".join(filter(None, (night, kind, part)))


def night_digest(products: dict[str, str]) -> str:
    """Return one digest for the products of a night, given product key -> SHA-256 of the file.

    Two sides that hold the same products give the same digest, whatever the order.
    """
    lines = sorted(f"{key} {sha256}" for key, sha256 in products.items())
    return sha256_hex("\n".join(lines).encode())


def event_sha256(event: Event) -> str:
    """Return what stands for the content of an event in the digest of its night: the SHA-256 of its canonical JSON."""
    said = event.model_dump(mode="json", exclude_none=True)
    return sha256_hex(json.dumps(said, sort_keys=True, separators=(",", ":")).encode())
