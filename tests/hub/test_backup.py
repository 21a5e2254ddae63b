import contextlib
import datetime as dt
import json
import shutil
import threading

import pytest
from click.testing import CliRunner

from hub import backup
from hub.cli import main
from hub.config import HubSettings
from hub.db import connect, products
from hub.serving import prepare
from products.manifest import sha256_hex

NIGHT = "2026-11-20"
NOW = dt.datetime(2026, 11, 22, 6, 0, tzinfo=dt.UTC)


def run(data, *words):
    return CliRunner().invoke(main, ["--data", str(data), *words])


@pytest.fixture
def filled(camera, make_jpeg):
    """Return a camera with a product, a newest frame and readings, and the product's picture."""
    content = make_jpeg(int(camera.id[3:]))
    camera.put_blob(content)
    assert camera.put_product(f"{NIGHT}/keogram", content).status_code == 201
    now = dt.datetime.now(dt.UTC)
    camera.put_live(now, make_jpeg(200))
    point = {"sensor": "outside", "quantity": "temperature", "value": 3.5, "unit": "°C"}
    body = {"points": [point | {"time": now.isoformat()}]}
    assert camera.call("POST", "readings", json=body).json()["accepted"] == 1
    return camera, content


def test_a_hub_that_is_lost_comes_back_with_all_its_files(
    hub, filled, tmp_path, serve_hub
):
    camera, content = filled
    folder = tmp_path / "backups"
    (hub.settings.data / "imprint.md").write_text("Friends of the Night")
    assert run(hub.settings.data, "backup", str(folder)).exit_code == 0
    assert run(tmp_path / "new", "restore", str(folder)).exit_code == 0
    assert run(tmp_path / "new", "check", "--hash").exit_code == 0
    assert (tmp_path / "new" / "imprint.md").exists()
    with serve_hub(tmp_path / "new") as restored:
        assert restored.get(f"/b/{sha256_hex(content)}.jpg").content == content
        assert restored.get(f"/c/{camera.id}/latest.jpg").status_code == 200
        again = type(camera)(restored, camera.id, camera.key)
        assert again.put_product(f"{NIGHT}/keogram", content).status_code == 200
        with contextlib.closing(connect(restored.settings.hub_db)) as db:
            assert db.journal_mode == "wal"


def test_the_second_backup_takes_only_what_is_new(hub, filled, make_jpeg, tmp_path):
    camera, _ = filled
    first = json.loads(run(hub.settings.data, "backup", str(tmp_path), "--json").output)
    assert first["new"] == first["files"] > 0
    newer = make_jpeg(99)
    camera.put_blob(newer)
    camera.put_product(f"{NIGHT}/startrails", newer)
    second = backup.back_up(hub.settings, tmp_path, NOW)
    assert (second.new, second.files) == (1, first["files"] + 1)


@pytest.mark.parametrize("keep", [2, 3, 4, 14])
def test_no_backup_goes_while_there_are_no_more_than_are_kept(tmp_path, keep):
    settings = HubSettings(data=tmp_path / "hub")
    prepare(settings)
    for day in range(2):
        backup.back_up(settings, tmp_path / "backups", NOW + dt.timedelta(days=day))
    assert backup.forget_old(tmp_path / "backups", keep) == []
    assert len(backup.backups(tmp_path / "backups")) == 2


def test_old_backups_go_with_the_files_that_only_they_need(
    hub, filled, make_jpeg, tmp_path
):
    camera, content = filled
    for day in range(3):
        backup.back_up(hub.settings, tmp_path, NOW + dt.timedelta(days=day))
        newer = make_jpeg(100 + day)
        camera.put_blob(newer)
        camera.put_product(f"{NIGHT}/keogram", newer, rev=2 + day)
    assert len(backup.forget_old(tmp_path, 1)) == 2
    assert len(backup.backups(tmp_path)) == 1
    left = {path.name for path in (tmp_path / "blobs").rglob("*") if path.is_file()}
    assert sha256_hex(content) not in left
    assert sha256_hex(make_jpeg(101)) in left


def test_a_backup_while_products_are_replaced_lacks_nothing(
    hub, camera, make_jpeg, tmp_path
):
    done = threading.Event()

    def go_on_replacing():
        rev = 1
        while not done.is_set():
            content = make_jpeg(rev % 250, (200, 200))
            camera.put_blob(content)
            camera.put_product(f"{NIGHT}/keogram", content, rev=rev)
            rev += 1

    sender = threading.Thread(target=go_on_replacing)
    sender.start()
    try:
        made = [
            backup.back_up(hub.settings, tmp_path, NOW + dt.timedelta(seconds=n))
            for n in range(5)
        ]
    finally:
        done.set()
        sender.join()
    assert [one.lost for one in made] == [[]] * 5
    new = HubSettings(data=tmp_path / "new")
    assert backup.restore(new, made[2].place).lost == []


def test_damage_in_a_backup_is_named_and_not_restored(hub, filled, tmp_path):
    _, content = filled
    sha256 = sha256_hex(content)
    folder = tmp_path / "backups"
    made = backup.back_up(hub.settings, folder, NOW)
    stored = folder / "blobs" / sha256[:2] / sha256
    stored.unlink()  # a hard link of the hub's own file
    stored.write_bytes(content[:-1] + b"?")
    said = run(tmp_path / "new", "restore", str(made.place))
    assert said.exit_code == 1
    assert f"missing or damaged: {sha256}" in said.output
    assert not (tmp_path / "new" / "blobs" / sha256[:2] / sha256).exists()


def test_a_restoration_that_was_interrupted_is_begun_again(hub, filled, tmp_path):
    camera, _ = filled
    made = backup.back_up(hub.settings, tmp_path / "backups", NOW)
    new = HubSettings(data=tmp_path / "new")
    backup.restore(new, made.place)
    new.hub_db.unlink()
    shutil.rmtree(new.data / "blobs")
    assert backup.restore(new, made.place).lost == []
    with contextlib.closing(connect(new.hub_db)) as db:
        assert products.night_products(db, camera.id, NIGHT)


def test_a_hub_is_never_overwritten(hub, filled, tmp_path):
    folder = tmp_path / "backups"
    run(hub.settings.data, "backup", str(folder))
    said = run(hub.settings.data, "restore", str(folder))
    assert said.exit_code == 1
    assert "holds a hub already" in said.output


def test_what_is_no_backup_is_named(hub, tmp_path):
    said = run(tmp_path / "new", "restore", str(tmp_path))
    assert said.exit_code == 1
    assert "is no backup" in said.output
    assert run(tmp_path / "new", "backup", str(tmp_path / "b")).exit_code == 1


def test_a_file_that_the_hub_has_lost_is_named(hub, filled, tmp_path):
    _, content = filled
    sha256 = sha256_hex(content)
    (hub.settings.data / "blobs" / sha256[:2] / sha256).unlink()
    said = run(hub.settings.data, "backup", str(tmp_path))
    assert said.exit_code == 1
    assert sha256 in said.output
