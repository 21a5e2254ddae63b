"""A hub as it will be: 100 cameras, two years of nights, 90 days of readings; written straight into its databases.

The rows are those that cameras would leave, with file names, sizes and times of their own. Of the files themselves only
the newest frames are there: no page opens any other.
"""

import contextlib
import datetime as dt
import io
import json
import math
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from PIL import Image
from sqlite_utils import Database

from hub.config import HubSettings
from hub.db import connect
from hub.media import live_store
from hub.serving import prepare
from products.manifest import sha256_hex
from products.night import Night
from products.utc import utc_text

CAMERAS, NIGHTS, READING_DAYS = 100, 730, 90
_EVERY_S = 300
_DAY = dt.timedelta(days=1)
_ZONES = (
    ("Europe/Berlin", 50.0, 10.0, "DE"),
    ("Europe/Oslo", 62.0, 9.0, "NO"),
    ("Europe/Madrid", 40.0, -4.0, "ES"),
    ("America/Denver", 39.0, -106.0, "US"),
    ("Australia/Sydney", -33.0, 149.0, "AU"),
)
#       sensor, quantity, unit, mean, swing
_SERIES = (
    ("outside", "temperature", "°C", 8.0, 9.0),
    ("outside", "humidity", "%", 70.0, 20.0),
    ("outside", "dew_point", "°C", 3.0, 6.0),
    ("outside", "pressure", "hPa", 960.0, 12.0),
    ("sky", "sky_brightness", "mag/arcsec²", 19.0, 2.4),
    ("system", "cpu_temperature", "°C", 45.0, 8.0),
)
Json = dict[str, Any]


def filled(now: dt.datetime) -> HubSettings:
    """Return the settings of the filled hub, made now or earlier on this day; those of other days go."""
    kept = Path(tempfile.gettempdir())
    folder = kept / f"allsky-benchmark-hub-{now.date()}"
    for old in kept.glob("allsky-benchmark-hub-*"):
        if old != folder:
            shutil.rmtree(old)
    settings = HubSettings(data=folder)
    if not (folder / "filled").exists():
        shutil.rmtree(folder, ignore_errors=True)
        _fill(settings, now)
        (folder / "filled").touch()
    prepare(settings)
    _show_newest_frames(settings, now)
    return settings


def camera_ids() -> list[str]:
    """Return the IDs of the cameras."""
    return [f"ASK{number:03d}" for number in range(1, CAMERAS + 1)]


def _fill(settings: HubSettings, now: dt.datetime) -> None:
    prepare(settings)
    with contextlib.closing(connect(settings.hub_db)) as db:
        db.execute("PRAGMA synchronous = OFF")
        for number, camera_id in enumerate(camera_ids()):
            zone, *_place = _ZONES[number % len(_ZONES)]
            with db.conn:
                _add_camera(db, number, camera_id, now)
                _add_nights(db, camera_id, zone, now)
        db.execute("ANALYZE")
    with contextlib.closing(connect(settings.series_db)) as db:
        db.execute("PRAGMA synchronous = OFF")
        with db.conn:
            _add_readings(db, now)


def _add_camera(db: Database, number: int, camera_id: str, now: dt.datetime) -> None:
    zone, latitude, longitude, country = _ZONES[number % len(_ZONES)]
    name = f"Observatory {number + 1}"
    place = {
        "latitude_deg": latitude + 3 * math.sin(number),
        "longitude_deg": longitude + 4 * math.cos(number),
        "elevation_m": 10.0 * number,
    }
    said = {
        "name": name, **place, "zone": zone, "country": country, "interval_s": 30, "software": "allsky-edge 0.1.0",
        "hardware": {"computer": "Raspberry Pi 5", "sensor": "IMX477", "lens": "1.55 mm"},
        "circle": {"x": 0.5, "y": 0.375, "radius": 0.37},
        "sensors": [
            {"name": one, "driver": "bme280", "enabled": True, "available": True}
            for one in ("outside", "sky", "system")
        ],
    }  # fmt: skip
    hello = {
        "agent": "allsky-edge/0.1.0", "time": utc_text(now), "clock": "ntp", "state": "expose",
        "disk_free_bytes": 20_000_000_000,
        "digests": {_night(now, back): sha256_hex(b"") for back in range(28)},
    }  # fmt: skip
    row = {
        "id": camera_id, "name": name, **place, "zone": zone, "country": country, "description": json.dumps(said),
        "hello": json.dumps(hello), "created_utc": utc_text(now - (NIGHTS + 9) * _DAY),
    }  # fmt: skip
    db.table("cameras").insert(row)


def _night(now: dt.datetime, back: int) -> str:
    return (now - back * _DAY).date().isoformat()


def _add_nights(db: Database, camera_id: str, zone: str, now: dt.datetime) -> None:
    """Add the nights of a camera: keogram, startrails, video and report, with the files that they need."""
    products, blobs, needed = [], [], []
    for back in range(1, NIGHTS + 1):
        night = _night(now, back)
        for kind, manifest in _manifests(camera_id, night, zone):
            row = camera_id, night, kind, ""
            files = [manifest, *manifest["variants"].values()]
            files += [manifest["sidecar"]] if "sidecar" in manifest else []
            published = str(manifest["last"])
            products.append(
                (*row, 2, manifest["sha256"], json.dumps(manifest), published)
            )
            blobs += [
                (one["sha256"], one["size"], one["type"], published) for one in files
            ]
            needed += [(one["sha256"], *row) for one in files]
    sql = "INSERT INTO blobs (sha256, size, type, stored_utc) VALUES (?, ?, ?, ?)"
    db.conn.executemany(sql, blobs)
    owners = [(camera_id, sha256) for sha256, *_rest in blobs]
    db.conn.executemany("INSERT INTO blob_owners VALUES (?, ?)", owners)
    db.conn.executemany(
        "INSERT INTO products VALUES (?, ?, ?, ?, ?, ?, ?, ?)", products
    )
    db.conn.executemany("INSERT INTO product_blobs VALUES (?, ?, ?, ?, ?)", needed)


def _manifests(camera_id: str, night: str, zone: str) -> Iterator[tuple[str, Json]]:
    """Yield each product of a night and its manifest, as the camera program would have written it."""
    start = Night.named(night, ZoneInfo(zone)).start_utc + dt.timedelta(hours=5)
    end = start + dt.timedelta(hours=13)
    shared = {
        "rev": 2, "first": utc_text(start), "last": utc_text(end), "frames": 1560, "final": True, "variants": {},
    }  # fmt: skip
    axis = {"start_utc": utc_text(start), "column_s": 30.0, "columns": 1560}

    def file(name: str, size: int, width: int = 0, height: int = 0) -> Json:
        media_type = {"mp4": "video/mp4", "json": "application/json"}
        sha256 = sha256_hex(f"{camera_id}/{night}/{name}".encode())
        pixels = {"width": width, "height": height} if width else {}
        kind = media_type.get(name.rpartition(".")[2], "image/jpeg")
        return {"sha256": sha256, "size": size, "type": kind, **pixels}

    yield "keogram", {
        **file("keogram.jpg", 120_000, 1560, 541), **shared, "facts": axis,
        "variants": {
            "ribbon": file("ribbon.jpg", 90_000, 1560, 480), "960": file("keogram-960.jpg", 60_000, 960, 432),
            "ribbon-480": file("ribbon-480.jpg", 15_000, 480, 187),
        },
        "sidecar": file("keogram.json", 25_000),
    }  # fmt: skip
    yield "startrails", {
        **file("startrails.jpg", 400_000, 2028, 1520), **shared,
        "facts": {"used": 1200, "left_out": {"sun_too_high": 300, "too_bright": 60}},
        "variants": {"480": file("startrails-480.jpg", 33_000, 480, 360)},
    }  # fmt: skip
    yield "timelapse", {
        **file("timelapse.mp4", 9_000_000, 1440, 1080), **shared, "facts": {"fps": 25, "duration_s": 62.4},
        "variants": {"poster": file("poster.jpg", 27_000, 1440, 1080), "480": file("poster-480.jpg", 14_000, 480, 360)},
    }  # fmt: skip
    yield "night", {
        **file("night.json", 50_000), **shared,
        "facts": {"start_utc": utc_text(start), "end_utc": utc_text(end), "observed_s": 46_000.0, "gaps": []},
    }  # fmt: skip


def _add_readings(db: Database, now: dt.datetime) -> None:
    """Add a reading of each series every five minutes, a year's and a day's wave of its own, with hours and days."""
    last_s = int(now.timestamp()) // _EVERY_S * _EVERY_S
    first_s = last_s - READING_DAYS * 86400
    number = 0
    for camera_id in camera_ids():
        for sensor, quantity, unit, mean, swing in _SERIES:
            number += 1
            row = number, camera_id, sensor, quantity, unit
            db.execute("INSERT INTO series VALUES (?, ?, ?, ?, ?)", row)
            values = ((number, 1000 * s, round(mean + swing * math.sin(s / 13_750.99 + number), 2))
                      for s in range(first_s, last_s, _EVERY_S))  # fmt: skip
            db.conn.executemany("INSERT INTO reading VALUES (?, ?, ?)", values)
    for table, span_ms in (("hourly", 3_600_000), ("daily", 86_400_000)):
        db.execute(f"""
            INSERT INTO {table} SELECT series_id, ts_ms / {span_ms}, count(*), 0, min(value), max(value), sum(value)
            FROM reading GROUP BY 1, 2
        """)


def _show_newest_frames(settings: HubSettings, now: dt.datetime) -> None:
    """Give every camera a frame and a heartbeat of this minute."""
    pictures = [(width, _jpeg(width)) for width in (1440, 960, 480)]
    with contextlib.closing(connect(settings.hub_db)) as db, db.conn:
        for number, camera_id in enumerate(camera_ids()):
            store = live_store(settings, camera_id)
            store.folder.mkdir(parents=True, exist_ok=True)
            for _width, content in pictures:
                store.path(sha256_hex(content)).write_bytes(content)
            full, *smaller = (sha256_hex(content) for _width, content in pictures)
            taken = utc_text(now - dt.timedelta(seconds=number % 40))
            zone = ZoneInfo(_ZONES[number % len(_ZONES)][0])
            facts = {
                "taken_utc": taken,
                "night": Night.at(now, zone).name,
                "width": 1440,
                "height": 1080,
            }
            db.table("live").insert(
                {
                    "camera_id": camera_id, "taken_utc": taken, "received_utc": taken, "sha256": full,
                    "facts": json.dumps(facts), "variants": json.dumps(dict(zip(("960", "480"), smaller, strict=True))),
                },
                replace=True,
            )  # fmt: skip
        db.execute("UPDATE cameras SET last_contact_utc = ?", [utc_text(now)])


def _jpeg(width: int) -> bytes:
    """Return a picture with the noise of a night sky: about 300 kB at 1440 pixels."""
    noise = Image.effect_noise((width, width * 3 // 4), 12)
    file = io.BytesIO()
    noise.convert("RGB").save(file, "JPEG", quality=80)
    return file.getvalue()
