import json
import zipfile
from functools import partial

import pytest
from click.testing import CliRunner

from edge.cli import main
from edge.clock_quality import quality_of_system
from edge.config import parse
from edge.doctor import camera, computer, hub, settings
from edge.doctor.finding import Level
from edge.hub_key import write_key

SITE = {
    "name": "Hill",
    "latitude_deg": 51.0812,
    "longitude_deg": 10.4478,
    "zone": "Europe/Berlin",
}
KEY = "skc_Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MDEyMzQ1Njc4OTA"


def config_file(folder, **sections):
    path = folder / "config.json"
    camera = {"driver": "simulator", "simulator": {"width": 64, "height": 64}}
    path.write_text(json.dumps({"site": SITE, "camera": camera} | sections))
    return path


def noticed(**sections) -> dict[str, Level]:
    chosen = parse({"site": SITE | sections.pop("site", {})} | sections)
    found = settings.examine(chosen)
    return {one.found: one.level for one in found}


def test_good_settings_are_not_talked_about():
    assert list(noticed(hub={"url": "https://hub.example.org"})) == [
        "Nothing is noticeable."
    ]


@pytest.mark.parametrize(
    ("sections", "said"),
    [
        ({"site": {"latitude_deg": 0, "longitude_deg": 0}}, "Gulf of Guinea"),
        ({"site": {"longitude_deg": -110.4}}, "the sun does not keep the time"),
        ({"capture": {"interval_s": 10}}, "leave no time to expose for 30 s"),
        ({"exposure": {"highest_gain": 30}}, "noise rather than stars"),
        ({"capture": {"interval_s": 2}}, "may not be finished before the next one"),
        ({"capture": {"sun_below_deg": -12}}, "twilight is missing"),
        ({"capture": {"keep_free_mb": 3000}}, "full for new frames before"),
        ({"hub": {"url": ""}}, "Nothing is sent anywhere"),
    ],
)
def test_settings_that_will_disappoint_are_named(sections, said):
    found = noticed(**({"hub": {"url": "https://hub.example.org"}} | sections))
    assert any(said in one for one in found), found


@pytest.mark.parametrize(
    ("register", "said", "level"),
    [
        ("0", "have been good", Level.OK),
        ("50005", "The voltage is too low now", Level.WRONG),
        ("50000", "The voltage was too low since the start", Level.WRONG),
    ],
)
def test_the_firmware_says_whether_the_power_is_good(tmp_path, register, said, level):
    path = tmp_path / "sys/devices/platform/soc/soc:firmware/get_throttled"
    path.parent.mkdir(parents=True)
    path.write_text(f"{register}\n")
    chosen = parse({"site": SITE}).model_copy(update={"data": tmp_path / "data"})
    power = next(
        one for one in computer.examine(chosen, tmp_path) if one.subject == "power"
    )
    assert said in power.found
    assert power.level is level


@pytest.mark.parametrize(
    ("files", "trust", "level", "said"),
    [
        (["run/systemd/timesync/synchronized"], "synchronised", Level.OK, "network"),
        (["run/chrony/chronyd.pid"], "synchronised", Level.WRONG, "held"),
        (["run/chrony/chronyd.pid"], "always", Level.OK, "settings"),
        ([], "synchronised", Level.NOTE, "Nobody"),
    ],
)
def test_the_clock_is_judged_by_what_the_programs_go_by(
    tmp_path, monkeypatch, files, trust, level, said
):
    unsynchronised = partial(quality_of_system, kernel=lambda: False)
    monkeypatch.setattr(computer, "quality_of_system", unsynchronised)
    for name in files:
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).touch()
    chosen = parse({"site": SITE, "clock": {"trust": trust}})
    chosen = chosen.model_copy(update={"data": tmp_path})
    found = next(computer.examine(chosen, tmp_path))
    assert found.level is level
    assert said in found.found


def test_a_data_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "data").write_text("a file where the folder should be")
    chosen = parse({"site": SITE}).model_copy(update={"data": tmp_path / "data"})
    disk = next(one for one in computer.examine(chosen) if one.subject == "disk")
    assert disk.level is Level.WRONG
    assert "Nothing can be written to" in disk.found


def on_the_way(folder, url):
    [found] = hub.examine(parse({"site": SITE, "hub": {"url": url}}), folder)
    return found


def test_a_hub_that_is_down_is_said_with_the_cause(tmp_path):
    write_key(tmp_path, KEY)
    found = on_the_way(tmp_path, "http://127.0.0.1:9")
    assert found.level is Level.WRONG
    assert "refuses connections" in found.remedy


def test_a_missing_key_is_said(tmp_path):
    found = on_the_way(tmp_path, "http://127.0.0.1:9")
    assert "ask the hub's administrator for a code" in found.remedy


def test_a_key_that_the_hub_does_not_know_is_said(tmp_path, fake_hub):
    write_key(tmp_path, KEY)
    assert "refuses the key" in on_the_way(tmp_path, fake_hub.url).remedy


def test_a_hub_that_takes_the_key_is_fine(tmp_path, fake_hub):
    write_key(tmp_path, fake_hub.key)
    found = on_the_way(tmp_path, fake_hub.url)
    assert (found.level, found.found) == (
        Level.OK,
        f"{fake_hub.url} knows this camera.",
    )


def test_the_doctor_ends_with_status_1_only_when_something_is_wrong(tmp_path):
    told = CliRunner().invoke(
        main, ["--config", str(config_file(tmp_path)), "doctor", "--json"]
    )
    found = json.loads(told.stdout)
    assert {
        "settings",
        "clock",
        "power",
        "memory",
        "disk",
        "programs",
        "video",
        "camera",
    } <= {one["subject"] for one in found} | {"settings"}
    assert told.exit_code == any(one["level"] == "wrong" for one in found)
    broken = config_file(tmp_path, capture={"intervall_s": 3})
    told = CliRunner().invoke(main, ["--config", str(broken), "doctor"])
    assert told.exit_code == 1
    assert "did you mean interval_s?" in told.stdout


def test_no_secret_survives_in_the_bundle(tmp_path):
    """The key, a password in an address, and the exact place, wherever they stand."""
    told = {"command": ["weather", "--password", "streng"]}
    sensor = {"name": "roof", "driver": "command", "enabled": False, "options": told}
    config = config_file(
        tmp_path, hub={"url": "https://me:geheim@127.0.0.1:9"}, sensors=[sensor]
    )
    write_key(tmp_path, KEY)
    target = tmp_path / "support.zip"
    told = CliRunner().invoke(
        main, ["--config", str(config), "support", "--out", str(target)]
    )
    assert told.exit_code == 0, told.output
    with zipfile.ZipFile(target) as bundle:
        text = {name: bundle.read(name).decode() for name in bundle.namelist()}
    assert {"doctor.json", "settings.json", "status.json", "log.txt"} <= set(text)
    for secret in (KEY, KEY[4:], "geheim", "streng", "51.0812", "10.4478"):
        assert not [name for name, content in text.items() if secret in content], secret
    assert json.loads(text["settings.json"])["site"]["latitude_deg"] == 51.1


def test_settings_that_cannot_be_read_are_part_of_the_bundle(tmp_path):
    config = tmp_path / "config.json"
    config.write_text("{")
    target = tmp_path / "support.zip"
    told = CliRunner().invoke(
        main, ["--config", str(config), "support", "--out", str(target), "--json"]
    )
    assert "settings-problem.txt" in json.loads(told.stdout)["files"]


def test_the_folder_of_another_program_is_a_camera_too(tmp_path):
    raw = {"camera": {"driver": "folder", "folder": {"path": str(tmp_path / "live")}}}
    chosen = parse({"site": SITE, **raw}).model_copy(update={"data": tmp_path})
    (missing,) = camera.examine(chosen)
    assert "cannot be read: No such file" in missing.found
    (tmp_path / "live").mkdir()
    (there,) = camera.examine(chosen)
    assert there.found == f"The frames in {tmp_path / 'live'} are read."


def test_a_sensor_that_gives_nothing_is_named_with_the_reason(tmp_path):
    missing = {
        "name": "roof",
        "driver": "command",
        "options": {"command": ["/no/such"]},
    }
    working = {"name": "computer", "driver": "system"}
    config = config_file(tmp_path, sensors=[missing, working])
    told = CliRunner().invoke(main, ["--config", str(config), "doctor", "--json"])
    found = {one["subject"]: one for one in json.loads(told.stdout)}
    assert found["sensor roof"]["level"] == "wrong"
    assert "/no/such" in found["sensor roof"]["found"]
    assert found["sensor computer"]["level"] == "ok"
