"""What can be found out without asking: time zone, country, a rough place, another all-sky program."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import available_timezones

_PLACE = re.compile(r"([+-]\d{4,6})([+-]\d{5,7})")


@dataclass(frozen=True, slots=True)
class ZonePlace:
    """The main place of a time zone: country code, degrees north and east."""

    country: str
    latitude_deg: float
    longitude_deg: float


def zone_here(root: Path = Path("/")) -> str:
    """Return the computer's time zone, or UTC when it has none."""
    name = os.environ.get("TZ", "").lstrip(":")
    written = root / "etc/timezone"
    if not name and written.exists():
        name = written.read_text(encoding="utf-8").strip()
    link = root / "etc/localtime"
    if not name and link.is_symlink():
        name = str(link.readlink()).partition("zoneinfo/")[2]
    return name if name in available_timezones() else "UTC"


def place_of(
    zone: str, table: Path = Path("/usr/share/zoneinfo/zone.tab")
) -> ZonePlace | None:
    """Return where the city of a time zone is, as the tz database says, or None when it does not."""
    if not table.exists():
        return None
    for line in table.read_text(encoding="utf-8").splitlines():
        fields = line.split("\t")
        if line.startswith("#") or len(fields) < 3 or fields[2] != zone:
            continue
        if found := _PLACE.fullmatch(fields[1]):
            latitude, longitude = (_degrees(one) for one in found.groups())
            return ZonePlace(fields[0], latitude, longitude)
    return None


def live_folders(root: Path = Path("/")) -> list[str]:
    """Return the folders in which AllskyTeam allsky and indi-allsky keep their frames, as far as they can be seen."""
    usual = ("home/*/allsky/images", "var/www/html/allsky/images")
    return [
        f"/{path.relative_to(root)}"
        for pattern in usual
        for path in sorted(root.glob(pattern))
        if path.is_dir()
    ]


def _degrees(text: str) -> float:
    """Return degrees from the tz database's ±DDMM, ±DDDMM, ±DDMMSS or ±DDDMMSS."""
    sign, digits = -1 if text[0] == "-" else 1, text[1:]
    whole = 3 if len(digits) in (5, 7) else 2
    minutes = int(digits[whole : whole + 2])
    seconds = int(digits[whole + 2 :] or 0)
    return sign * round(int(digits[:whole]) + minutes / 60 + seconds / 3600, 2)
