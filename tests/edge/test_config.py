import json

import pytest

from edge import settings_docs, sky_watch
from edge.config import SettingsError, load, parse
from edge.settings.sensors import OF_THE_FRAMES, OPTIONS
from products.sun import Place

SITE = {
    "name": "Hill",
    "latitude_deg": 47,
    "longitude_deg": 7.5,
    "zone": "Europe/Zurich",
}


def test_only_the_site_is_needed():
    settings = parse({"site": SITE})
    assert settings.site.place == Place(47.0, 7.5)
    assert settings.capture.interval_s == 30
    assert settings.sensors == []


def test_all_mistakes_are_reported_at_once():
    raw = {
        "site": {
            "name": "Hill",
            "latitude_deg": 95,
            "longitud_deg": 7,
            "zone": "Europe/Zuerich",
        },
        "camera": {"driver": "webcam"},
        "captur": {},
        "sensors": [
            {"name": "outside", "driver": "bme280", "intervall_s": 3},
            {"name": "garden", "driver": "bme820", "offsets": {"temprature": 1}},
            {"name": "hut", "driver": "sht3x", "options": {"adress": "0x45"}},
            {"name": "pole", "driver": "bmp280", "options": {"address": "0x45"}},
            {"name": "camera", "driver": "system"},
        ],
    }
    with pytest.raises(SettingsError) as error:
        parse(raw, "config.json")
    head, *lines = str(error.value).splitlines()
    assert head == "config.json has 12 mistakes:"
    assert sorted(line.strip() for line in lines) == [
        "camera.driver: input should be 'picamera2', 'simulator' or 'folder', got \"webcam\"",
        "captur: unknown, did you mean capture?",
        "sensors.0.intervall_s: unknown, did you mean interval_s?",
        'sensors.1.driver: unknown driver, did you mean bme280?, got "bme820"',
        'sensors.1.offsets: unknown quantity, did you mean temperature?, got {"temprature": 1}',
        "sensors.2.options.adress: unknown, did you mean address?",
        "sensors.3.options.address: input should be '0x76' or '0x77', got \"0x45\"",
        'sensors.4.name: camera is the name under which frames tell of the sky, got "camera"',
        "site.latitude_deg: input should be less than or equal to 90, got 95",
        "site.longitud_deg: unknown, did you mean longitude_deg?",
        "site.longitude_deg: missing",
        "site.zone: unknown time zone 'Europe/Zuerich', did you mean 'Europe/Zurich'?, got \"Europe/Zuerich\"",
    ]


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ([], "should be a valid dictionary"),
        ({"site": SITE, "camera": 5}, "camera: input should be a valid dictionary"),
        (
            {"site": SITE, "capture": {"interval_s": "fast"}},
            "capture.interval_s: .* number",
        ),
        ({"site": SITE, "capture": {"interval_s": float("nan")}}, "finite number"),
        ({"site": SITE, "hub": {"url": "hub.example.org"}}, "hub.url"),
        (
            {"site": SITE, "sensors": [{"name": "a", "driver": "system"}] * 2},
            "the name a is used more than once",
        ),
    ],
)
def test_a_wrong_shape_is_named(raw, said):
    with pytest.raises(SettingsError, match=said):
        parse(raw)


def test_a_missing_file_says_what_to_do(tmp_path):
    with pytest.raises(SettingsError, match=r"copy config\.example\.json"):
        load(tmp_path / "config.json")


def test_a_broken_file_says_where(tmp_path):
    path = tmp_path / "config.json"
    path.write_text('{"site": ,}')
    with pytest.raises(SettingsError, match="line 1 column 10"):
        load(path)


def test_relative_paths_start_at_the_file(tmp_path):
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"site": SITE, "camera": {"folder": {"path": "old"}}}))
    settings = load(path)
    assert settings.data == tmp_path / "data"
    assert settings.camera.folder.path == tmp_path / "old"


@pytest.mark.parametrize(
    ("grid", "latitude", "longitude"),
    [(0.05, 47.1, 7.5), (1, 47, 8), (0, 47.1234, 7.5123)],
)
def test_the_public_place_is_on_the_grid(grid, latitude, longitude):
    site = parse(
        {
            "site": SITE
            | {
                "latitude_deg": 47.1234,
                "longitude_deg": 7.5123,
                "public_grid_deg": grid,
            }
        }
    ).site
    assert site.public_place == Place(latitude, longitude)


def test_the_example_is_complete_and_as_the_program_writes_it():
    written = (settings_docs.ROOT / "config.example.json").read_text(encoding="utf-8")
    assert written == settings_docs.example_json(), "run: make docs"
    assert parse(json.loads(written)) == settings_docs.example()


def test_the_documentation_is_as_the_program_writes_it():
    written = (settings_docs.ROOT / "docs" / "config.md").read_text(encoding="utf-8")
    assert written == settings_docs.config_md(), "run: make docs"


def test_every_setting_is_explained():
    assert "| None |" not in settings_docs.config_md()


@pytest.mark.parametrize("driver", sorted(OPTIONS))
def test_an_unknown_option_is_answered_with_those_of_the_driver(driver):
    sensor = {"name": "a", "driver": driver, "options": {"frequency": 3}}
    with pytest.raises(SettingsError) as error:
        parse({"site": SITE, "sensors": [sensor]})
    known = ", ".join(sorted(OPTIONS[driver].model_fields)) or "none"
    assert f"sensors.0.options.frequency: unknown; known: {known}" in str(error.value)


def test_every_driver_is_in_the_example_and_those_with_hardware_are_off():
    example = json.loads((settings_docs.ROOT / "config.example.json").read_text())
    enabled = {one["driver"]: one["enabled"] for one in example["sensors"]}
    assert enabled.keys() == OPTIONS.keys()
    assert {driver for driver, on in enabled.items() if on} == {
        "simulated-climate",
        "simulated-sky",
        "system",
    }


def test_no_sensor_has_the_name_under_which_frames_are_stored():
    assert OF_THE_FRAMES == sky_watch.SENSOR
