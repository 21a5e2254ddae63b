import contextlib
import datetime as dt
import io
import json

import pytest
from click.testing import CliRunner

from hub.cli import main
from hub.config import HubSettings
from hub.db import cameras, connect, keys, products
from hub.db.blobs import add_blob
from hub.db.clocks import set_clock
from hub.db.publication import ProductKey, publish
from hub.media import blob_store
from hub.serving import gunicorn_command
from products.manifest import CameraClock, ProductManifest

NOW = dt.datetime(2026, 11, 22, 6, 0, tzinfo=dt.UTC)


@pytest.fixture
def data(tmp_path, monkeypatch):
    monkeypatch.setenv("ALLSKY_HUB_DATA", str(tmp_path / "nowhere"))
    assert run(tmp_path, "migrate").exit_code == 0
    return tmp_path


def run(data, *words):
    return CliRunner().invoke(main, ["--data", str(data), *words])


def test_a_camera_gets_the_next_id_and_a_key_that_works(data):
    first = json.loads(run(data, "add-camera", "Roof", "--json").output)
    second = json.loads(run(data, "add-camera", "Tower", "--json").output)
    assert (first["camera_id"], second["camera_id"]) == ("ASK001", "ASK002")
    with contextlib.closing(connect(data / "hub.db")) as db:
        assert keys.find_key(db, first["key"]).camera_id == "ASK001"


def test_a_camera_may_get_a_join_code_instead(data):
    said = json.loads(run(data, "add-camera", "Roof", "--join-code", "--json").output)
    assert "key" not in said
    with contextlib.closing(connect(data / "hub.db")) as db:
        assert keys.redeem_join_code(db, said["join_code"], dt.datetime.now(dt.UTC))


def test_for_people_the_next_step_is_shown(data):
    shown = run(data, "add-camera", "Roof", "--join-code").output
    assert "allsky-edge join" in shown
    assert "hub.key" in run(data, "add-camera", "Tower").output


def test_a_camera_that_lost_its_key_gets_another_code(data):
    run(data, "add-camera", "Roof")
    code = run(data, "join-code", "ASK001").output.split("join ")[1].split()[0]
    with contextlib.closing(connect(data / "hub.db")) as db:
        camera_id, _ = keys.redeem_join_code(db, code, dt.datetime.now(dt.UTC))
    assert camera_id == "ASK001"
    assert run(data, "join-code", "ASK002").exit_code == 1


def test_an_id_that_is_taken_is_one_sentence(data):
    run(data, "add-camera", "Roof", "--id", "ASK005")
    again = run(data, "add-camera", "Roof", "--id", "ASK005")
    assert again.exit_code == 1
    assert again.output == "Error: ASK005 is taken.\n"


@pytest.mark.parametrize("name", ["../x", "ask001", "ASK1", "XYZ001"])
def test_an_id_that_is_none_is_wrong_usage(data, name):
    assert run(data, "add-camera", "Roof", "--id", name).exit_code == 2


def test_cameras_are_listed_for_people_and_machines(data):
    run(data, "add-camera", "Roof")
    assert "never heard of  Roof" in run(data, "list-cameras").output
    (one,) = json.loads(run(data, "list-cameras", "--json").output)
    assert (one["id"], one["last_contact_utc"]) == ("ASK001", None)


def test_a_folder_without_a_hub_is_named(tmp_path):
    failed = run(tmp_path, "list-cameras")
    assert failed.exit_code == 1
    assert "allsky-hub migrate" in failed.output


def test_faults_in_the_settings_are_shown(tmp_path):
    (tmp_path / "hub.json").write_text('{"netwrk": "x"}')
    failed = run(tmp_path, "migrate")
    assert failed.exit_code == 1
    assert "netwrk" in failed.output


def test_an_administrator_gets_a_link_that_is_stored_only_as_hash(data):
    shown = run(data, "add-admin", "ada").output
    token = shown.split("token=")[1].split()[0]
    assert "no login page yet" in shown
    assert run(data, "add-admin", "ada").exit_code == 0
    with contextlib.closing(connect(data / "hub.db")) as db:
        assert token not in "\n".join(db.conn.iterdump())


def test_check_finds_files_that_are_lost_or_changed(data, make_jpeg):
    settings = HubSettings(data=data)
    run(data, "add-camera", "Roof")
    store = blob_store(settings)
    lost, changed = (
        store.receive(io.BytesIO(make_jpeg(shade)), None, "image/jpeg", 10**6)
        for shade in (1, 2)
    )
    with contextlib.closing(connect(settings.hub_db)) as db:
        for blob in (lost, changed):
            add_blob(db, "ASK001", blob, NOW)
    assert run(data, "check", "--hash").output == "2 files checked, 0 faults.\n"
    store.path(lost.sha256).unlink()
    with store.path(changed.sha256).open("r+b") as file:
        file.write(b"??")
    assert run(data, "check").output.count("\n") == 2
    found = run(data, "check", "--hash")
    assert found.exit_code == 1
    assert f"{lost.sha256}: the file is missing" in found.output
    assert f"{changed.sha256}: the file has changed" in found.output


def test_what_is_broken_can_be_asked_for_again(data, make_jpeg):
    settings = HubSettings(data=data)
    run(data, "add-camera", "Roof")
    store = blob_store(settings)
    broken, sound, loose = (
        store.receive(io.BytesIO(make_jpeg(shade)), None, "image/jpeg", 10**6)
        for shade in (1, 2, 3)
    )
    with contextlib.closing(connect(settings.hub_db)) as db:
        for blob in (broken, sound, loose):
            add_blob(db, "ASK001", blob, NOW)
        for night, blob in (("2026-11-19", broken), ("2026-11-20", sound)):
            key = ProductKey("ASK001", night, "keogram")
            publish(db, key, ProductManifest(rev=1, **blob.model_dump()), NOW)
    for blob in (broken, loose):
        with store.path(blob.sha256).open("r+b") as file:
            file.write(b"??")
    said = run(data, "check", "--hash", "--repair").output
    assert "taken back, to be sent again: ASK001 2026-11-19/keogram" in said
    assert run(data, "check", "--hash").output == "1 files checked, 0 faults.\n"
    with contextlib.closing(connect(settings.hub_db)) as db:
        assert list(products.nights_between(db, "ASK001", "2026-11-01", "2026-12-01")) == ["2026-11-20"]  # fmt: skip
    assert not store.path(broken.sha256).exists()


def test_a_clock_that_is_wrong_is_shown(data):
    run(data, "add-camera", "Roof")
    clock = CameraClock(time=NOW - dt.timedelta(hours=2), quality="unsynchronised")
    with contextlib.closing(connect(data / "hub.db")) as db:
        set_clock(db, "ASK001", clock, NOW)
    assert "(its clock, unsynchronised, is 2:00:00 behind)" in run(data, "list-cameras").output  # fmt: skip
    (one,) = json.loads(run(data, "list-cameras", "--json").output)
    assert one["clock_skew_s"] == -7200
    with contextlib.closing(connect(data / "hub.db")) as db:
        set_clock(db, "ASK001", CameraClock(time=NOW, quality="ntp"), NOW)
    assert "clock" not in run(data, "list-cameras").output


def test_every_command_has_help_with_an_example():
    for name, command in main.commands.items():
        assert "Example: allsky-hub" in command.help, name


def test_the_server_listens_where_it_is_told():
    command = gunicorn_command("::1", 8081, 3)
    assert "[::1]:8081" in command
    assert command[command.index("--workers") + 1] == "3"


def test_a_camera_is_hidden_and_shown_again_by_a_command(data):
    run(data, "add-camera", "Roof")
    for visibility in ("private", "retired", "public"):
        done = run(data, "set-camera", "ASK001", "--visibility", visibility)
        assert (done.exit_code, done.output) == (0, "ASK001 is changed.\n")
        listed = json.loads(run(data, "list-cameras", "--json").output)
        assert listed[0]["visibility"] == visibility


def test_a_camera_has_a_link_to_its_charts_until_it_is_taken_away(data):
    run(data, "add-camera", "Roof")
    for url in ("https://charts.example/roof", ""):
        assert run(data, "set-camera", "ASK001", "--grafana", url).exit_code == 0
        with contextlib.closing(connect(data / "hub.db")) as db:
            assert cameras.public_camera(db, "ASK001").grafana_url == url


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["ASK009", "--visibility", "private"], 1, "There is no camera ASK009."),
        (["ASK001"], 2, "say --visibility or --grafana"),
        (["ASK001", "--visibility", "secret"], 2, "'secret' is not one of"),
        (["ASK001", "--grafana", "javascript:alert(1)"], 2, "begins with https://"),
    ],
)
def test_what_cannot_be_changed_is_said(data, words, status, said):
    run(data, "add-camera", "Roof")
    done = run(data, "set-camera", *words)
    assert done.exit_code == status
    assert said in done.output
