"""Drawn skies for the tests of pages: fisheye discs, ribbons, trails and a short video, good enough to judge a page."""

import io
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg
import numpy as np
from PIL import Image, ImageFilter


@dataclass(frozen=True)
class Weather:
    """What a sky is like: clouds 0-1, moonlight 0-1, aurora or not, and the seed of its stars."""

    clouds: float = 0.0
    moonlight: float = 0.0
    aurora: bool = False
    seed: int = 1


def jpeg(rgb, quality=86):
    file = io.BytesIO()
    Image.fromarray(rgb).save(file, "JPEG", quality=quality)
    return file.getvalue()


def glow(sun_altitude_deg, weather):
    """Return the colour of the background, three floats 0-255, for an altitude of the sun."""
    stops = [-90, -18, -12, -6, -1, 4, 90]
    red = [9, 9, 20, 52, 150, 168, 120]
    green = [13, 13, 30, 84, 168, 196, 170]
    blue = [24, 24, 58, 140, 196, 226, 225]
    colour = np.array(
        [np.interp(sun_altitude_deg, stops, one) for one in (red, green, blue)]
    )
    return colour + weather.moonlight * np.array([20, 26, 38])


def _noise(height, width, cell, random):
    small = random.random((max(2, height // cell), max(2, width // cell)))
    image = Image.fromarray((small * 255).astype(np.uint8))
    return (
        np.asarray(image.resize((width, height), Image.Resampling.BICUBIC), dtype=float)
        / 255
    )


def _clouds(height, width, random):
    return (
        sum(
            _noise(height, width, max(2, width // n), random) / n**0.6
            for n in (4, 9, 21)
        )
        / 1.1
    )


def stars(size, seed, angle_deg=0.0):
    """Return (x, y, light) of stars turned by an angle around a pole above the middle, sizes in pixels."""
    random = np.random.default_rng(seed)
    count = 900
    radius = size * 1.1 * np.sqrt(random.random(count))
    turn = 2 * np.pi * random.random(count) + np.radians(angle_deg)
    light = random.pareto(1.3, count) * 40 + 30
    pole = size / 2, size * 0.27
    return (
        pole[0] + radius * np.cos(turn),
        pole[1] + radius * np.sin(turn),
        np.minimum(light, 255),
    )


def _edge(size):
    y, x = np.mgrid[:size, :size] - (size - 1) / 2
    return np.hypot(x, y) / (size * 0.485)


def disc(size, sun_altitude_deg, weather, angle_deg=0.0):
    """Return a whole sky, (size, size, 3) uint8, black outside its circle."""
    random = np.random.default_rng(weather.seed)
    r = _edge(size)
    sky = glow(sun_altitude_deg, weather) * (0.8 + 0.3 * r**5)[..., None]
    sky += 26 * np.clip(r, 0, 1)[..., None] ** 6 * np.array([1.3, 0.9, 0.6])
    dark = np.clip((-6 - sun_altitude_deg) / 8, 0, 1)
    y, x = np.mgrid[:size, :size] / size
    band = np.exp(-(((x - y * 0.7 - 0.16 + 0.05 * np.sin(5 * y)) / 0.09) ** 2))
    texture = _noise(size, size, max(2, size // 28), random)
    sky += (dark * (1 - weather.moonlight) * 34 * band * (0.5 + texture))[
        ..., None
    ] * np.array([1, 0.95, 1.05])
    if weather.aurora:
        curtain = np.exp(
            -(((y - 0.3 - 0.09 * np.sin(7 * x) - 0.12 * texture) / 0.06) ** 2)
        )
        sky += (dark * 120 * curtain * (0.4 + texture))[..., None] * np.array(
            [0.28, 1, 0.55]
        )
    if dark:
        points = np.zeros((size, size))
        sx, sy, light = stars(size, weather.seed, angle_deg)
        inside = (sx >= 0) & (sx < size) & (sy >= 0) & (sy < size)
        np.maximum.at(
            points, (sy[inside].astype(int), sx[inside].astype(int)), light[inside]
        )
        blurred = Image.fromarray(points.astype(np.uint8)).filter(
            ImageFilter.GaussianBlur(size / 900)
        )
        sky += (dark * np.maximum(points, np.asarray(blurred) * 3.0))[..., None]
    if weather.clouds:
        cover = np.clip(
            (_clouds(size, size, random) - 1.15 + weather.clouds) * 2.2, 0, 1
        )[..., None]
        lit = glow(sun_altitude_deg, weather) * 1.5 + np.array([22, 19, 16])
        sky = sky * (1 - cover) + lit * cover
    sky += random.normal(0, 2.2, sky.shape)
    sky *= (np.clip((1 - r) * size / 5, 0, 1))[..., None]
    return np.clip(sky, 0, 255).astype(np.uint8)


def ribbon(sun_altitudes_deg, height, weather, gap=None):
    """Return a keogram, (height, columns, 3) uint8, a column per altitude of the sun; ``gap`` has no frames."""
    random = np.random.default_rng(weather.seed)
    width = len(sun_altitudes_deg)
    r = np.abs(np.linspace(-1, 1, height))
    colours = np.array([glow(altitude, weather) for altitude in sun_altitudes_deg])
    sky = colours[None] * (0.8 + 0.3 * r**4)[:, None, None]
    dark = np.clip((-6 - np.asarray(sun_altitudes_deg)) / 8, 0, 1)
    y, x = np.mgrid[:height, :width] / np.array([height, width]).reshape(2, 1, 1)
    texture = _noise(height, width, 12, random)
    band = np.exp(-(((y - 0.95 + 0.9 * x) / 0.13) ** 2))
    sky += (dark[None] * (1 - weather.moonlight) * 30 * band * (0.6 + texture))[
        ..., None
    ]
    for _ in range(90):  # a star crosses the meridian in a few columns, higher or lower
        row, column = random.integers(height), random.integers(width)
        sky[row : row + 2, column : column + 5] += dark[column] * random.random() * 90
    if weather.aurora:
        burst = _noise(height, width, 34, random) ** 3
        sky += (dark[None] * 210 * burst * np.exp(-(((y - 0.25) / 0.2) ** 2)))[
            ..., None
        ] * np.array([0.3, 1, 0.55])
    if weather.clouds:
        cover = np.clip(
            (_clouds(height, width, random) - 1.15 + weather.clouds) * 2.6, 0, 1
        )[..., None]
        sky = sky * (1 - cover) + (colours[None] * 1.5 + np.array([22, 19, 16])) * cover
    sky += random.normal(0, 2.5, sky.shape)
    sky = np.clip(sky, 0, 255).astype(np.uint8)
    if gap is not None:
        sky[:, gap] = 34
        sky[:: max(2, height // 40), gap] = 28
    return sky


def trails(size, weather):
    """Return startrails, (size, size, 3) uint8."""
    picture = np.zeros((size, size))
    for angle in np.arange(0, 75, 0.12 * 1000 / size):
        x, y, light = stars(size, weather.seed, angle)
        inside = (x >= 0) & (x < size) & (y >= 0) & (y < size)
        np.maximum.at(
            picture,
            (y[inside].astype(int), x[inside].astype(int)),
            light[inside] * 0.75,
        )
    r = _edge(size)
    sky = glow(-30, weather) * (0.8 + 0.9 * r**5)[..., None] + picture[
        ..., None
    ] * np.array([0.95, 0.97, 1.05])
    return np.clip(sky * np.clip((1 - r) * size / 5, 0, 1)[..., None], 0, 255).astype(
        np.uint8
    )


def video(size, frames, weather):
    """Return an MP4 of the turning sky, with its length in front as cameras send it."""
    pictures = b"".join(jpeg(disc(size, -30, weather, 0.4 * i)) for i in range(frames))
    with tempfile.NamedTemporaryFile(suffix=".mp4") as file:
        command = [
            imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-y",
            "-f", "image2pipe", "-c:v", "mjpeg", "-r", "25", "-i", "-",
            "-c:v", "libx264", "-preset", "ultrafast", "-crf", "28", "-pix_fmt", "yuv420p",
            "-movflags", "+faststart", file.name,
        ]  # fmt: skip
        subprocess.run(command, input=pictures, check=True)
        return Path(file.name).read_bytes()
