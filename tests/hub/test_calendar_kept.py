"""A calendar is kept until something of its camera changes, and never a moment longer, on a clock that stands still."""

import contextlib

import numpy as np
import pytest
from click.testing import CliRunner

from hub.cli import main
from hub.db import connect
from hub.db.products import publication_mark

from . import sample
from . import sample_sky as sky


@pytest.fixture
def hub(tmp_path):
    return sample.fill(tmp_path, size_px=60, nights=2)


def picture(hub, key, shade):
    content = sky.jpeg(np.full((60, 90, 3), shade, dtype="uint8"))
    return hub.blob(key, content, "image/jpeg", 90, 60)


def calendar(hub, camera_id="ASK001"):
    answer = hub.client.get(f"/en/c/{camera_id}/keograms")
    assert answer.status_code == 200
    return answer.text


def test_what_changes_is_seen_at_once(hub):
    key = hub.keys["ASK001"]
    seen = [calendar(hub)]
    assert calendar(hub) == seen[0]
    newer = picture(hub, key, 40)
    hub.publish(key, "2026-11-21", "keogram", newer, rev=2)
    seen.append(calendar(hub))
    assert newer["sha256"] in seen[-1]
    delete(hub, "2026-11-21", "keogram")
    seen.append(calendar(hub))
    assert newer["sha256"] not in seen[-1]
    hub.publish(key, "2026-11-18", "keogram", newer)
    seen.append(calendar(hub))
    hub.describe(key, sample.SITES[1])
    seen.append(calendar(hub))
    assert "La Palma" in seen[-1]
    assert len(set(seen)) == len(seen)


def delete(hub, night, kind):
    command = ["--data", str(hub.settings.data), "delete", "ASK001", night, kind]
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 0, done.output


def test_a_camera_that_is_hidden_has_no_kept_calendar(hub):
    calendar(hub, "ASK002")
    command = ["--data", str(hub.settings.data), "set-camera", "ASK002"]
    CliRunner().invoke(main, [*command, "--visibility", "private"])
    assert hub.client.get("/en/c/ASK002/keograms").status_code == 404


def test_every_publication_is_another_mark(hub):
    """Also where SQLite gives the row of the newest product, which is gone, to the next one."""
    key, marks = hub.keys["ASK001"], []
    with contextlib.closing(connect(hub.settings.hub_db)) as db:
        for index in range(4):
            hub.now += sample.MINUTE
            night = f"2026-11-{index + 1:02d}"
            hub.publish(key, night, "startrails-comet", picture(hub, key, index))
            marks.append(publication_mark(db, "ASK001"))
            delete(hub, night, "startrails-comet")
            marks.append(publication_mark(db, "ASK001"))
        before = publication_mark(db, "ASK002")
    assert len(set(marks[::2])) == 4
    assert len(set(marks[1::2])) == 1, "the same products as before"
    assert before not in marks
