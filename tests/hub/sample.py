"""A hub with three cameras and their nights, filled through its own API, for tests of pages and for looking at them."""

import contextlib
import datetime as dt
import functools
import gzip
import io
import json
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from PIL import Image

from hub import create_app
from hub.config import HubSettings
from hub.db import cameras, connect, keys
from hub.serving import prepare
from products import sun
from products.manifest import API, sha256_hex
from products.night import Night
from products.quantities import QUANTITIES
from products.sun import Place
from products.utc import utc_text

from . import sample_sky as sky
from .sample_sky import Weather

NOW = dt.datetime(2026, 11, 22, 19, 47, 12, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
SENSORS = {"sky_brightness": "tsl2591", "cpu_temperature": "system"}


@dataclass(frozen=True)
class Site:
    """A camera of the sample: its place, its weather night by night (the last is tonight's), and its state."""

    name: str
    place: Place
    zone: str
    country: str
    weather: tuple[Weather, ...]
    state: str = "expose"
    frame_age_s: float = 41
    contact_age_s: float = 20
    sensors: tuple[str, ...] = (
        "temperature",
        "humidity",
        "dew_point",
        "pressure",
        "sky_brightness",
        "cpu_temperature",
    )
    circle: dict = field(default_factory=lambda: {"x": 0.5, "y": 0.5, "radius": 0.485})

    @property
    def tz(self):
        return ZoneInfo(self.zone)


SITES = (
    Site("Hainich", Place(51.1, 10.45, 440), "Europe/Berlin", "DE",
         (Weather(0.3, 0.4, seed=3), Weather(0.9, 0.2, seed=4), Weather(0, 0.3, seed=5), Weather(0.55, 0.3, seed=6))),
    Site("La Palma", Place(28.75, -17.9, 2200), "Atlantic/Canary", "ES",
         (Weather(seed=11), Weather(0.2, 0.1, seed=12), Weather(0, 0.2, seed=13), Weather(seed=14)),
         frame_age_s=12 * 60),
    Site("Tromsø <Ramfjord>", Place(69.65, 18.95, 120), "Europe/Oslo", "NO",
         (Weather(0.1, 0, aurora=True, seed=21), Weather(0.7, 0.1, aurora=True, seed=22),
          Weather(0.05, 0.2, aurora=True, seed=23)),
         frame_age_s=9 * 3600, contact_age_s=8 * 3600 + 600),
)  # fmt: skip


class Sample:
    """Fills a hub as cameras would: through the API, with a key."""

    def __init__(self, folder, size_px=240, now=NOW):
        self.settings = HubSettings(data=folder, keep_pages=False)
        self.now, self.size_px, self.keys = now, size_px, {}
        prepare(self.settings)
        self.app = create_app(self.settings, now=lambda: self.now)
        self.client = self.app.test_client()

    def add_camera(self, camera_id, name):
        with contextlib.closing(connect(self.settings.hub_db)) as db:
            cameras.add_camera(db, camera_id, name, self.now)
            key = {"Authorization": f"Bearer {keys.add_key(db, camera_id, self.now)}"}
        self.keys[camera_id] = key
        return key

    def send(self, method, path, key, **content):
        answer = self.client.open(
            f"{API}/sync/{path}", method=method, headers=key, **content
        )
        assert answer.status_code < 300, (path, answer.text)
        return answer

    def describe(self, key, site):
        said = {
            "name": site.name, "latitude_deg": site.place.latitude_deg, "longitude_deg": site.place.longitude_deg,
            "elevation_m": site.place.elevation_m, "zone": site.zone, "country": site.country, "interval_s": 60,
            "software": "allsky-edge 0.1.0",
            "hardware": {"computer": "Raspberry Pi 5", "sensor": "IMX477", "lens": "1.55 mm"},
            "circle": site.circle,
        }  # fmt: skip
        self.send("PUT", "camera", key, json=said)

    def hello(self, key, **said):
        body = {"agent": "allsky-edge 0.1.0", "time": utc_text(self.now), **said}
        self.send("POST", "hello", key, json=body)

    def live(self, key, site, taken, weather):
        altitude = sun.sun_altitude_deg(site.place, taken)
        facts = {
            "taken_utc": utc_text(taken),
            "night": Night.at(taken, site.tz).name,
            "sun_altitude_deg": altitude,
        }
        pictures = _live_pictures(self.size_px, altitude, weather)
        files = {
            name: (io.BytesIO(content), f"{name}.jpg")
            for name, content in pictures.items()
        }
        self.send("PUT", "live", key, data={"facts": json.dumps(facts), **files})

    def readings(self, key, site, start, end, gap=None):
        """Send readings every five minutes; none during ``gap``."""
        points = []
        moment = start
        while moment < end:
            if gap is None or not gap[0] <= moment < gap[1]:
                points += [
                    {"sensor": SENSORS.get(name, "bme280"), "quantity": name, "unit": QUANTITIES[name].unit,
                     "value": value, "time": utc_text(moment)}
                    for name, value in self._measured(site, moment).items()
                ]  # fmt: skip
            moment += 5 * MINUTE
        for first in range(0, len(points), 1000):
            body = gzip.compress(
                json.dumps({"points": points[first : first + 1000]}).encode()
            )
            key_and_kind = {
                **key,
                "Content-Encoding": "gzip",
                "Content-Type": "application/json",
            }
            answer = self.client.post(
                f"{API}/sync/readings", headers=key_and_kind, data=body
            )
            assert answer.status_code == 200, answer.text
            assert not answer.json["rejected"], answer.json["rejected"][:3]

    @staticmethod
    def _measured(site, moment):
        altitude = sun.sun_altitude_deg(site.place, moment)
        wobble = (moment.timestamp() % 7919) / 7919 - 0.5
        temperature = 3.4 + 0.11 * altitude + 0.4 * wobble
        spread = 2.2 + 0.04 * (altitude + 40) + 0.3 * wobble
        brightness = (
            21.46 - 17 * max(0, min(1, (altitude + 18) / 18)) ** 1.3 + 0.07 * wobble
        )
        every = {
            "temperature": temperature, "humidity": 78 - 6 * wobble, "dew_point": temperature - spread,
            "pressure": 965.2 + wobble, "sky_brightness": brightness, "cpu_temperature": 41 + 3 * wobble,
        }  # fmt: skip
        return {name: round(every[name], 2) for name in site.sensors}

    def blob(self, key, content, media_type, width=None, height=None):
        sha256 = sha256_hex(content)
        self.send("PUT", f"blobs/{sha256}", key, data=content, content_type=media_type)
        size = {"width": width, "height": height} if width else {}
        return {"sha256": sha256, "size": len(content), "type": media_type, **size}

    def publish(self, key, night, kind, manifest, rev=1):
        self.send("PUT", f"products/{night}/{kind}", key, json={"rev": rev, **manifest})

    def picture(self, key, rgb):
        height, width = rgb.shape[:2]
        return self.blob(key, sky.jpeg(rgb), "image/jpeg", width, height)

    def night(
        self,
        key,
        site,
        night,
        weather,
        kinds=("keogram", "startrails", "timelapse"),
        until=None,
    ):
        """Publish a night of a site; ``until`` ends it early, as if it still went on."""
        down = sun.sun_below(site.place, night.start_utc, night.end_utc)
        start = down[0].start_utc.replace(second=0, microsecond=0)
        end = down[-1].end_utc.replace(second=0, microsecond=0) + MINUTE
        count = int((end - start) / MINUTE)
        last = min(until or end, end)
        frames = int((last - start) / MINUTE)
        shared = {
            "first": utc_text(start),
            "last": utc_text(last),
            "final": until is None,
            "frames": frames,
        }
        if "keogram" in kinds:
            altitudes = [
                sun.sun_altitude_deg(site.place, start + i * MINUTE)
                for i in range(count)
            ]
            gap = (
                slice(int((last - start) / MINUTE), count)
                if until
                else slice(count // 5, count // 5 + 25)
                if weather.clouds > 0.5
                else None
            )
            strip = sky.ribbon(altitudes, self.size_px // 2, weather, gap)
            plain = self.picture(key, strip)
            smaller = Image.fromarray(strip).resize((480, self.size_px // 4))
            content = io.BytesIO()
            smaller.save(content, "JPEG")
            film = [i * 50 // count for i in range(count)]
            axis = {"start_utc": utc_text(start), "column_s": 60, "columns": count}
            sidecar = {**axis, "video": {"fps": 25, "frames": film}}
            self.publish(key, night, "keogram", {
                **plain, **shared,
                "variants": {"ribbon": plain,
                             "ribbon-480": self.blob(key, content.getvalue(), "image/jpeg", *smaller.size)},
                "sidecar": self.blob(key, json.dumps(sidecar).encode(), "application/json"),
                "facts": axis,
            })  # fmt: skip
        if "startrails" in kinds:
            picture = self.picture(key, _trails(self.size_px, weather))
            facts = {"used": 488, "left_out": {"sun_too_high": 120, "too_bright": 31}}
            self.publish(
                key, night, "startrails", {**picture, **shared, "facts": facts}
            )
        if "timelapse" in kinds:
            film = self.blob(
                key,
                _video(min(self.size_px, 480)),
                "video/mp4",
                min(self.size_px, 480),
                min(self.size_px, 480),
            )
            poster = self.picture(key, sky.disc(self.size_px, -30, weather))
            self.publish(
                key,
                night,
                "timelapse",
                {**film, **shared, "variants": {"poster": poster}},
            )

    def frame(self, key, site, taken, weather, size_px=None):
        """Publish one frame of the archive, in full and 480 pixels wide."""
        size_px = size_px or self.size_px
        picture = sky.disc(size_px, sun.sun_altitude_deg(site.place, taken), weather)
        smaller = Image.fromarray(picture).resize((size_px // 2, size_px // 2))
        content = io.BytesIO()
        smaller.save(content, "JPEG")
        small = self.blob(key, content.getvalue(), "image/jpeg", *smaller.size)
        at = {"first": utc_text(taken), "last": utc_text(taken), "frames": 1}
        manifest = {**self.picture(key, picture), **at, "variants": {"480": small}}
        night = Night.at(taken, site.tz).name
        self.publish(key, night, f"frame/{taken:%Y%m%dT%H%M%SZ}", manifest)


@functools.cache
def _live_pictures(size_px, altitude_deg, weather):
    picture = sky.disc(size_px, altitude_deg, weather)
    pictures = {"image": sky.jpeg(picture)}
    for width in (960, 480):
        if width < size_px:
            content = io.BytesIO()
            smaller = Image.fromarray(picture).resize((width, width))
            smaller.save(content, "JPEG", quality=85)
            pictures[str(width)] = content.getvalue()
    return pictures


@functools.cache
def _video(size_px):
    return sky.video(size_px, 50, Weather(seed=9))


@functools.cache
def _trails(size_px, weather):
    return sky.trails(size_px, weather)


def fill(folder, size_px=240, nights=3, now=NOW):
    """Return a hub with every site of the sample, ``nights`` nights each and tonight where it has begun."""
    sample = Sample(folder, size_px, now)
    for index, site in enumerate(SITES, 1):
        key = sample.add_camera(f"ASK{index:03d}", site.name)
        sample.describe(key, site)
        heard, taken = (
            now - dt.timedelta(seconds=site.contact_age_s),
            now - dt.timedelta(seconds=site.frame_age_s),
        )
        tonight = Night.at(now, site.tz)
        sample.now = taken
        sample.live(key, site, taken, site.weather[-1])
        sample.now = now
        sample.readings(
            key,
            site,
            now - dt.timedelta(hours=34),
            heard,
            gap=(now - dt.timedelta(hours=18), now - dt.timedelta(hours=17)),
        )
        night = tonight
        for back in range(1, nights + 1):
            night = night.previous
            weather = site.weather[-1 - back % len(site.weather)]
            kinds = (
                ("timelapse",) if back == 5 else ("keogram", "startrails", "timelapse")
            )
            if back % 11 != 7:
                sample.night(key, site, night, weather, kinds)
        if site.state == "expose" and site.frame_age_s < 3600:
            sample.night(
                key,
                site,
                tonight,
                site.weather[-1],
                ("keogram", "startrails"),
                until=taken,
            )
        sample.now = heard
        sample.hello(key, state=site.state)
        sample.now = now
    return sample
