import datetime as dt
import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from edge.clock import VirtualClock
from edge.config import SettingsError, parse
from edge.wizard import config_file, services
from edge.wizard.__main__ import Options, Wizard
from edge.wizard.asking import AnswerError, Script, Terminal
from edge.wizard.guesses import place_of, zone_here
from edge.wizard.questions import FoundSensor, ask_all
from edge.wizard.running import CommandError, run_shown

NOW = dt.datetime(2026, 11, 22, 20, tzinfo=dt.UTC)
CLIMATE = FoundSensor(
    "climate", "bme280", "a BME280 at 0x76 on bus 1", {"address": "0x76"}
)


def quiet() -> Console:
    return Console(file=io.StringIO(), width=100)


class Scripted(Script):
    """Answers that must fit the questions exactly: a question without an answer is one too many."""

    def __init__(self, answers) -> None:
        super().__init__(answers, quiet())
        self._open = set(answers)

    def text(self, key, question, guess, check):
        assert key in self._open, f"one question too many: {key}"
        return super().text(key, question, guess, check)

    def agreed(self, key, question, *, guess):
        assert key in self._open, f"one question too many: {key}"
        return super().agreed(key, question, guess=guess)


SITE = {
    "site.name": "Hainich",
    "site.zone": "Europe/Berlin",
    "site.latitude_deg": "51,08",
    "site.longitude_deg": "10.45",
    "site.elevation_m": "494",
    "site.public_grid_deg": "0.1",
}
CAMERA = {"camera.driver": "picamera2", "capture.interval_s": "20"}
NO_HUB = {"hub.url": ""}


def test_the_answers_become_settings():
    answers = SITE | CAMERA | {"sensors.climate": True}
    answers |= {"hub.url": "https://hub.example.org", "hub.code": "7K3M"}
    got = ask_all(Scripted(answers), {}, ["imx477"], [CLIMATE])
    settings = parse(got.config)
    assert settings.site.latitude_deg == 51.08
    assert settings.site.country == "DE"
    assert settings.capture.interval_s == 20
    assert [(one.name, one.driver) for one in settings.sensors] == [
        ("climate", "bme280")
    ]
    assert settings.hub.url == "https://hub.example.org"
    assert got.code == "7K3M"
    assert "7K3M" not in json.dumps(got.config)


def test_without_a_hub_nobody_is_asked_for_its_code():
    got = ask_all(Scripted(SITE | CAMERA | NO_HUB), {}, [], [])
    assert got.code == ""


def test_frames_of_another_program_need_a_folder_and_no_interval():
    answers = SITE | NO_HUB
    answers |= {"camera.driver": "folder", "camera.folder.path": "/home/pi/images"}
    camera = ask_all(Scripted(answers), {}, [], []).config["camera"]
    assert camera["folder"]["path"] == "/home/pi/images"


def test_a_second_run_takes_the_earlier_answers_and_keeps_what_nobody_asks_about():
    first = ask_all(
        Scripted(SITE | CAMERA | NO_HUB | {"sensors.climate": True}),
        {},
        ["imx477"],
        [CLIMATE],
    )
    first.config["exposure"] = {"highest_gain": 12}
    again = ask_all(Script({}, quiet()), first.config, ["imx477"], [CLIMATE])
    assert again.config == first.config


def test_two_sensors_of_a_kind_get_two_names():
    second = FoundSensor("climate", "bme280", "another", {"address": "0x77"})
    config = ask_all(Script(SITE, quiet()), {}, [], [CLIMATE, second]).config
    assert [one["name"] for one in config["sensors"]] == ["climate", "climate-2"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"site.latitude_deg": "91"}, "latitude_deg: Input should be less than"),
        ({"site.zone": "Europe/Berln"}, "did you mean 'Europe/Berlin'"),
        ({"camera.driver": "webcam"}, "not one of picamera2, folder, simulator"),
        ({"hub.url": "hub"}, "hub.url: String should match"),
        ({"sensors.climate": "perhaps"}, "neither true nor false"),
    ],
)
def test_an_answer_that_cannot_be_used_is_named(wrong, said):
    with pytest.raises(AnswerError, match=said):
        ask_all(Script(SITE | wrong, quiet()), {}, [], [CLIMATE])


def test_the_terminal_asks_again_after_a_wrong_answer(monkeypatch):
    console = quiet()
    typed = iter(["1000", "51.1"])
    monkeypatch.setattr("builtins.input", lambda *_: next(typed))

    def check(answer: str) -> str:
        if float(answer) > 90:
            raise ValueError("Too far north.")
        return answer

    assert Terminal(console).text("x", "Latitude", "", check) == "51.1"
    assert "Too far north." in console.file.getvalue()


def test_the_old_settings_are_kept(tmp_path):
    path = tmp_path / "config.json"
    config = {
        "site": {"name": "A", "latitude_deg": 1, "longitude_deg": 2, "zone": "UTC"}
    }
    assert config_file.write(path, config, NOW) is None
    assert config_file.write(path, config, NOW) is None  # nothing has changed
    config["site"]["name"] = "B"
    kept = config_file.write(path, config, NOW)
    assert kept.name == "config.json.20261122T200000Z"
    assert json.loads(kept.read_text())["site"]["name"] == "A"
    assert config_file.read(path)["site"]["name"] == "B"


def test_settings_that_cannot_be_used_are_not_written(tmp_path):
    path = tmp_path / "config.json"
    path.write_text('{"site": "mine"}')
    with pytest.raises(SettingsError):
        config_file.write(path, {"site": {}}, NOW)
    assert path.read_text() == '{"site": "mine"}'


@pytest.mark.parametrize("content", ["{", "[]"])
def test_a_damaged_settings_file_is_not_overwritten(tmp_path, content):
    path = tmp_path / "config.json"
    path.write_text(content)
    with pytest.raises(SettingsError, match="away to begin anew"):
        config_file.read(path)


def test_the_time_zone_gives_country_and_a_rough_place(tmp_path):
    table = tmp_path / "zone.tab"
    table.write_text(
        "# comment\nDE\t+5230+01322\tEurope/Berlin\tmost of Germany\n"
        "CL\t-2709-10926\tPacific/Easter\nUS\t+404251-0740023\tAmerica/New_York\tx\n"
    )
    berlin, easter, york = (
        place_of(zone, table)
        for zone in ("Europe/Berlin", "Pacific/Easter", "America/New_York")
    )
    assert (berlin.country, berlin.latitude_deg, berlin.longitude_deg) == (
        "DE",
        52.5,
        13.37,
    )
    assert (easter.latitude_deg, easter.longitude_deg) == (-27.15, -109.43)
    assert (york.latitude_deg, york.longitude_deg) == (40.71, -74.01)
    assert place_of("Europe/Nowhere", table) is None
    assert place_of("Europe/Berlin", tmp_path / "missing") is None


def test_the_computers_time_zone_is_found(tmp_path, monkeypatch):
    monkeypatch.delenv("TZ", raising=False)
    assert zone_here(tmp_path) == "UTC"
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/localtime").symlink_to("/usr/share/zoneinfo/Europe/Vienna")
    assert zone_here(tmp_path) == "Europe/Vienna"
    (tmp_path / "etc/timezone").write_text("Europe/Berlin\n")
    assert zone_here(tmp_path) == "Europe/Berlin"


def test_the_units_are_those_of_this_installation():
    place = services.Installation(
        Path("/home/pi/allsky"), Path("/etc/allsky/roof.json"), Path("/mnt/disk")
    )
    units = services.unit_files(place)
    assert len(units) == 5
    capture = units["allsky-edge-capture.service"]
    assert "ExecStart=/home/pi/allsky/.venv/bin/allsky-edge capture" in capture
    assert "ALLSKY_CONFIG=/etc/allsky/roof.json" in capture
    assert "ReadWritePaths=/mnt/disk" in capture
    assert "StateDirectory" not in capture
    assert "i2c" not in capture


def test_the_services_get_to_a_project_in_a_closed_home(tmp_path):
    home = tmp_path / "home/pi"
    project = home / "allsky"
    project.mkdir(parents=True)
    tmp_path.chmod(0o755)
    home.chmod(0o700)
    place = services.Installation(
        project, Path("/etc/allsky/config.json"), Path("/var/lib/allsky")
    )
    opened = [
        command[3]
        for command in services.preparing(place, "pi", user_exists=True)
        if command[1:3] == ["chmod", "o+x"]
    ]
    assert str(home) in opened
    assert str(project) not in opened
    assert str(tmp_path) not in opened


def test_a_command_that_fails_stops_the_rest(tmp_path):
    asker = Script({}, quiet())
    after = ["touch", str(tmp_path / "after")]
    with pytest.raises(CommandError, match="failed: false"):
        run_shown(asker, "x", "Run?", [["false"], after], dry_run=False)
    assert not (tmp_path / "after").exists()


def test_a_dry_run_asks_everything_and_changes_nothing(tmp_path):
    console = quiet()
    options = Options(tmp_path / "etc/config.json", dry_run=True, config_only=False)
    Wizard(options, Script(SITE, console), VirtualClock(NOW)).run()
    said = console.file.getvalue()
    assert "systemctl enable" in said
    assert '"name": "Hainich"' in said
    assert not list(tmp_path.iterdir())
