import datetime as dt
import io

import numpy as np
import pytest
from rich.console import Console

from edge.cameras import Exposure
from edge.cameras.defocus import blur
from edge.cameras.simulator import SimulatedCamera
from edge.clock import VirtualClock
from edge.config import parse
from edge.focus import measure_focus
from edge.focus_loop import FocusFrame, FocusHistory, FocusLoop
from edge.focus_view import focus_line, focus_view
from edge.metering import srgb_encoded

SITE = {
    "name": "Berlin",
    "latitude_deg": 52.52,
    "longitude_deg": 13.405,
    "zone": "Europe/Berlin",
}
MOONLESS = dt.datetime(2026, 11, 9, 22, tzinfo=dt.UTC)
FWHM_PER_SIGMA = 2.3548  # of a Gaussian, 2 sqrt(2 ln 2)


def picture(light):
    """Return linear light (H, W) as a grey frame."""
    curve = np.array([srgb_encoded(value / 4095) for value in range(4096)])
    levels = 255 * curve[np.rint(np.clip(light, 0, 1) * 4095).astype(int)]
    return np.repeat(np.rint(levels).astype(np.uint8)[..., None], 3, axis=2)


def stars(sigma_px, *, count=80, seed=3, background=0.03):
    """Return a frame with stars that are Gaussians of this width, on an even sky with noise."""
    random = np.random.default_rng(seed)
    height, width = 600, 800
    y, x = np.mgrid[:height, :width]
    light = np.full((height, width), background)
    for _ in range(count):
        across, down = random.uniform(0, width), random.uniform(0, height)
        peak = random.uniform(0.8, 2.2) / (2 * np.pi * sigma_px**2)
        distance = np.hypot(x - across, y - down)
        light += peak * np.exp(-0.5 * (distance / sigma_px) ** 2)
    return picture(light + random.normal(0, 0.002, light.shape))


def camera(defocus_px, size=(2028, 1520), start=MOONLESS):
    simulator = {
        "width": size[0],
        "height": size[1],
        "clouds": "clear",
        "defocus_px": defocus_px,
    }
    raw = {"driver": "simulator", "simulator": simulator}
    return SimulatedCamera(parse({"site": SITE, "camera": raw}), VirtualClock(start))


@pytest.mark.parametrize("sigma_px", [0.7, 0.85, 1.0, 1.5, 2.0, 3.0, 4.0])
def test_the_width_is_that_of_the_stars(sigma_px):
    measured = measure_focus(stars(sigma_px))
    assert measured.width_px == pytest.approx(FWHM_PER_SIGMA * sigma_px, rel=0.08)
    assert measured.stars >= 5


def test_hot_pixels_are_no_stars():
    frame = stars(2.0, count=0)
    random = np.random.default_rng(1)
    frame[random.integers(0, 600, 50), random.integers(0, 800, 50)] = 200
    assert measure_focus(frame).stars == 0


def test_the_saturated_moon_is_no_star():
    y, x = np.mgrid[:600, :800]
    light = 0.03 + 50 * np.exp(-0.5 * (np.hypot(x - 400, y - 300) / 4) ** 2)
    assert measure_focus(picture(light)).stars == 0


def test_an_even_frame_has_no_sharpness_and_no_width():
    flat = measure_focus(np.full((480, 640, 3), 90, np.uint8))
    assert (flat.stars, flat.width_px, flat.sharpness) == (0, None, 0.0)


@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (40, 40), (70, 500), (300, 60)])
@pytest.mark.parametrize("level", [0, 90, 255])
def test_small_frames_are_measured_as_far_as_they_go(shape, level):
    measured = measure_focus(np.full((*shape, 3), level, np.uint8))
    assert (measured.stars, measured.sharpness) == (0, 0.0)


@pytest.mark.parametrize(
    ("start", "exposure"),
    [
        (MOONLESS, Exposure(2_000_000, 16.0)),
        (dt.datetime(2026, 11, 22, 22, tzinfo=dt.UTC), Exposure(2_000_000, 16.0)),
        (dt.datetime(2026, 11, 22, 11, tzinfo=dt.UTC), Exposure(300, 1.0)),
    ],
    ids=["dark", "moonlight", "day"],
)
def test_sharpness_falls_as_the_lens_is_turned_away(start, exposure):
    found = [
        measure_focus(camera(defocus_px, start=start).capture(exposure).rgb).sharpness
        for defocus_px in (0, 0.7, 1.5, 4)
    ]
    assert found == sorted(found, reverse=True)
    assert found[0] > 1.02 * found[1]


def test_stars_of_the_simulated_lens_widen_with_defocus():
    sharp, soft = (
        measure_focus(camera(defocus_px).capture(Exposure(4_000_000, 16.0)).rgb)
        for defocus_px in (0, 1)
    )
    assert sharp.stars > 20
    assert 1.7 < sharp.width_px < 2.8
    assert soft.width_px > sharp.width_px + 0.5


def test_blur_keeps_the_light_and_has_its_width():
    planes = np.zeros((3, 81, 81), np.float32)
    planes[:, 40, 40] = 100
    blur(planes, 3.0)
    assert planes.sum((1, 2)) == pytest.approx([100] * 3, rel=1e-4)
    x = np.arange(81) - 40
    assert np.sqrt((planes[0].sum(0) * x**2).sum() / 100) == pytest.approx(3, rel=0.03)


def test_the_best_frames_are_remembered():
    history = FocusHistory()
    for number, defocus_px in enumerate((4.0, 1.0, 2.0), 1):
        measured = measure_focus(stars(defocus_px))
        history.add(FocusFrame(number, measured, ""))
    assert history.best_sharpness.number == 2
    assert history.best_width.number == 2
    assert "frame 3: sharpness" in focus_line(history)
    assert "(best so far)" not in focus_line(history)


def test_the_terminal_shows_values_bars_and_what_to_do():
    loop = FocusLoop(camera(0, (320, 240)), Exposure(1_000_000, 16.0))
    for _ in range(5):
        loop.step()
    console = Console(record=True, width=80, file=io.StringIO())
    console.print(focus_view(loop.history))
    shown = console.export_text()
    assert "width of the stars" in shown
    assert "█" in shown
    assert "Frame 5" in shown


def test_a_frame_that_shows_nothing_says_what_to_change():
    dark = FocusLoop(camera(0, (320, 240)), Exposure(1000, 1.0)).step()[0]
    assert "too dark" in dark.remark
    day = dt.datetime(2026, 11, 22, 11, tzinfo=dt.UTC)
    bright = FocusLoop(camera(0, (320, 240), day), Exposure(2_000_000, 8.0)).step()[0]
    assert "too bright" in bright.remark
    assert bright.facts["stars"] == 0
