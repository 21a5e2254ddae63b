import json
import logging
import stat

import pytest
from click.testing import CliRunner

from edge.cli import main
from edge.hub_connection import may_carry_a_key
from edge.hub_errors import HubError
from edge.hub_key import NoKeyError, read_key, write_key
from edge.join import join

SITE = {
    "name": "Hill",
    "latitude_deg": 48,
    "longitude_deg": 8,
    "zone": "Europe/Berlin",
}


def test_a_code_becomes_a_key_that_only_the_owner_can_read(tmp_path, fake_hub):
    answer = join(fake_hub.url, "good-code", tmp_path, "Hill")
    path = tmp_path / "hub.key"
    assert answer.camera_id == "ASK001"
    assert read_key(tmp_path) == fake_hub.key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert fake_hub.received[0].json["name"] == "Hill"
    assert "Authorization" not in fake_hub.received[0].headers


def test_a_refused_code_keeps_the_old_key(tmp_path, fake_hub):
    write_key(tmp_path, "skc_old-key")
    with pytest.raises(HubError, match="This code is used"):
        join(fake_hub.url, "bad-code", tmp_path)
    assert read_key(tmp_path) == "skc_old-key"


def test_the_command_says_who_the_camera_is_and_what_to_write(tmp_path, fake_hub):
    config = tmp_path / "config.json"
    command = ["--config", str(config), "join", "good-code", "--hub", fake_hub.url]
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 0, done.output
    assert "ASK001" in done.output
    assert f'"url": "{fake_hub.url}"' in done.output
    assert fake_hub.key not in done.output


def test_the_command_sends_the_name_of_the_site(tmp_path, fake_hub):
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"site": SITE, "hub": {"url": fake_hub.url}}))
    command = ["--config", str(config), "join", "good-code", "--hub", fake_hub.url]
    done = CliRunner().invoke(main, command)
    assert fake_hub.received[0].json["name"] == "Hill"
    assert "Write" not in done.output


@pytest.mark.parametrize(
    ("code", "url", "said"),
    [
        ("bad-code", None, "This code is used"),
        ("good-code", "http://hub.example.org", "https://"),
        ("good-code", "http://127.0.0.1:9", "refuses connections"),
    ],
)
def test_the_command_fails_with_one_clear_sentence(tmp_path, fake_hub, code, url, said):
    config = str(tmp_path / "config.json")
    command = ["--config", config, "join", code, "--hub", url or fake_hub.url]
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 1
    assert said in done.output
    assert len(done.output.strip().splitlines()) == 1
    assert not (tmp_path / "hub.key").exists()


def test_a_key_that_others_can_read_is_warned_of(tmp_path, caplog):
    write_key(tmp_path, "skc_key").chmod(0o644)
    with caplog.at_level(logging.WARNING):
        assert read_key(tmp_path) == "skc_key"
    assert "chmod 600" in caplog.text
    assert "skc_key" not in caplog.text


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe"])
def test_an_unusable_key_file_is_said(tmp_path, content):
    (tmp_path / "hub.key").write_bytes(content)
    with pytest.raises(NoKeyError, match=r"hub\.key"):
        read_key(tmp_path)


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://hub.example.org", True),
        ("http://127.0.0.1:8080", True),
        ("http://127.1.2.3", True),
        ("http://[::1]:8080", True),
        ("http://localhost:8080", True),
        ("http://localhost.example.org", False),
        ("http://192.168.1.5", False),
        ("http://127.0.0.1.example.org", False),
        ("ftp://hub.example.org", False),
        ("", False),
    ],
)
def test_the_key_travels_encrypted_or_not_at_all(url, safe):
    assert may_carry_a_key(url) is safe
