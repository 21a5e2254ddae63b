import json
import logging

import pytest
from click.testing import CliRunner

from edge.cli import main
from edge.config import SettingsError, load, parse
from edge.settings.versions import (
    VERSION,
    NewerVersionError,
    migrated,
    version_of,
)
from edge.settings_file import choose_settings, settings_of_service, upgrade

SITE = {
    "name": "Hill",
    "latitude_deg": 47,
    "longitude_deg": 7.5,
    "zone": "Europe/Zurich",
}
GOOD = {"site": SITE, "capture": {"interval_s": 20}}
WRONG = {"site": SITE, "capture": {"interval_s": "often"}}


def seconds_to_milliseconds(content):
    """Stand in for a migration: version 2 has milliseconds."""
    capture = dict(content["capture"])
    capture["interval_ms"] = capture.pop("interval_s") * 1000
    return content | {"capture": capture}


def sites_list(content):
    """Stand in for a migration: version 3 has a list of sites."""
    return content | {"sites": [content["site"]]}


@pytest.fixture
def config(tmp_path):
    """Return a settings file in a folder of its own; `write` fills it."""
    path = tmp_path / "etc" / "config.json"
    path.parent.mkdir()
    path.write_text(json.dumps(GOOD))
    return path


def test_settings_without_a_version_are_of_the_first():
    assert version_of(GOOD) == 1
    assert parse(GOOD).version == VERSION
    assert parse({"version": VERSION, **GOOD}).capture.interval_s == 20


def test_migrations_run_in_order_from_the_version_of_the_file():
    both = (seconds_to_milliseconds, sites_list)
    first = migrated(GOOD, both)
    assert first["capture"] == {"interval_ms": 20_000}
    assert (first["version"], first["sites"]) == (3, [SITE])
    second = {"version": 2, "site": SITE, "capture": {"interval_ms": 5}}
    assert migrated(second, both)["capture"] == {"interval_ms": 5}
    assert migrated(first, both) is first


@pytest.mark.parametrize("raw", [[], "text", {"version": "1"}, {"version": 0}])
def test_what_has_no_version_is_left_to_the_models(raw):
    assert migrated(raw, (seconds_to_milliseconds,)) == raw
    with pytest.raises(SettingsError):
        parse(raw)


def test_a_newer_version_is_one_clear_sentence(config):
    config.write_text(json.dumps({"version": 7, "new": {}}))
    with pytest.raises(SettingsError) as said:
        load(config)
    assert str(said.value) == (
        f"{config} is of version 7, and this program knows versions up to {VERSION}: "
        "update the program, or put back the settings from before."
    )
    with pytest.raises(NewerVersionError):
        migrated({"version": 2})


def test_an_older_file_is_written_anew_and_kept(config):
    config.chmod(0o640)
    before = config.read_bytes()
    kept = upgrade(config, (seconds_to_milliseconds,))
    assert kept == config.with_name("config.json.v1")
    assert kept.read_bytes() == before
    assert json.loads(config.read_text())["version"] == 2
    assert [path.stat().st_mode & 0o777 for path in (kept, config)] == [0o640] * 2
    assert upgrade(config, (seconds_to_milliseconds,)) is None


def test_a_present_file_is_not_touched(config):
    before = config.stat().st_mtime_ns
    assert upgrade(config) is None
    assert config.stat().st_mtime_ns == before


@pytest.mark.parametrize("text", [json.dumps(WRONG), '{"site": {', ""])
def test_services_go_on_with_the_last_good_settings(config, caplog, text):
    settings_of_service(config)
    config.write_text(text)
    with caplog.at_level(logging.ERROR):
        settings = settings_of_service(config)
    assert settings == load_of(GOOD, config)
    assert "the last good settings are used" in caplog.text
    assert str(config) in caplog.text


def load_of(content, config):
    """Return what `load` makes of a content at the place of ``config``."""
    before = config.read_text()
    config.write_text(json.dumps(content))
    settings = load(config)
    config.write_text(before)
    return settings


def test_the_copy_is_only_for_its_owner_and_follows_every_good_change(config):
    settings_of_service(config)
    kept = config.with_name("config.last-good.json")
    assert kept.stat().st_mode & 0o777 == 0o600
    config.write_text(json.dumps(GOOD | {"capture": {"interval_s": 45}}))
    settings_of_service(config)
    config.write_text("")
    assert choose_settings(config).settings.capture.interval_s == 45


def test_without_good_settings_the_mistakes_are_the_answer(config):
    config.write_text(json.dumps(WRONG))
    with pytest.raises(SettingsError, match=r"capture\.interval_s"):
        settings_of_service(config)
    assert not config.with_name("config.last-good.json").exists()


def test_a_copy_in_the_data_folder_is_found(config, monkeypatch):
    """As systemd names it, and as a file that is no JSON any more still does."""
    good = json.dumps(GOOD | {"data": "../var"})
    data = config.parent.parent / "var"
    data.mkdir()
    (data / "config.last-good.json").write_text(good)
    config.write_text(good[:-1])
    assert choose_settings(config).settings.data.resolve() == data
    config.write_text("")
    with pytest.raises(SettingsError):
        choose_settings(config)
    monkeypatch.setenv("STATE_DIRECTORY", str(data))
    assert choose_settings(config).settings.capture.interval_s == 20


def test_status_says_it_loudly_and_other_commands_refuse(config):
    settings_of_service(config)
    config.write_text(json.dumps(WRONG))
    status = CliRunner().invoke(main, ["--config", str(config), "status"])
    assert status.exit_code == 0
    assert "capture.interval_s" in status.output
    assert "last good settings are used" in status.output
    as_json = CliRunner().invoke(main, ["--config", str(config), "status", "--json"])
    assert "capture.interval_s" in json.loads(as_json.output)["settings_trouble"]
    meteors = CliRunner().invoke(main, ["--config", str(config), "meteors"])
    assert meteors.exit_code == 1
    assert "capture.interval_s" in meteors.output
