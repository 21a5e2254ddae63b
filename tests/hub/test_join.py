import contextlib
import datetime as dt
import html
import json
import re
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
from click.testing import CliRunner

from hub import create_app
from hub.cli import main
from hub.config import HubSettings
from hub.db import connect, join_requests
from hub.db.join_requests import PER_MARK
from hub.secret import hub_secret
from hub.serving import prepare

NOW = dt.datetime(2026, 11, 22, 20, 0, tzinfo=dt.UTC)
PERSON = {
    "name": "Ada Lovelace",
    "email": "ada@example.org",
    "location": "Jena, Thüringen",
    "link": "https://example.org/ada",
    "notes": "IMX477, 1.55 mm.\nA roof with a <view>.",
}


class Hub:
    """A hub whose clock can be moved, and a visitor who fills in its form."""

    def __init__(self, folder, **settings):
        self.settings = HubSettings(data=folder, **settings)
        prepare(self.settings)
        self.now = NOW
        self.client = create_app(self.settings, now=lambda: self.now).test_client()

    def token(self):
        page = self.client.get("/en/join").text
        return re.search(r'name="token" value="([^"]+)"', page)[1]

    def fill_in(self, seconds=30, token=None, address="192.0.2.7", **said):
        token = token or self.token()
        self.now += dt.timedelta(seconds=seconds)
        return self.client.post(
            "/en/join",
            data={"token": token} | PERSON | said,
            environ_base={"REMOTE_ADDR": address},
        )

    def stored(self):
        with contextlib.closing(connect(self.settings.hub_db)) as db:
            return join_requests.join_requests(db)


@pytest.fixture
def hub(tmp_path):
    return Hub(tmp_path)


def test_a_persons_request_is_stored_once_and_thanked_for(hub):
    answer = hub.fill_in()
    assert (answer.status_code, answer.headers["Location"]) == (303, "/en/join/thanks")
    assert "Your request has arrived" in hub.client.get("/en/join/thanks").text
    (stored,) = hub.stored()
    assert stored.form.name == PERSON["name"]
    assert stored.form.notes == PERSON["notes"]
    assert stored.created_utc == hub.now


def test_sending_the_same_form_twice_stores_it_once(hub):
    token = hub.token()
    for notes in ("first", "second"):
        assert hub.fill_in(token=token, notes=notes).status_code == 303
    assert hub.fill_in(notes="first").status_code == 303  # the same words anew
    assert [one.form.notes for one in hub.stored()] == ["first"]


def test_a_thousand_posts_of_robots_store_nothing(hub):
    signed = hub.token()
    robots = [
        lambda: hub.fill_in(website="https://spam.example"),  # fills in every field
        lambda: hub.fill_in(token="forged.token"),
        lambda: hub.client.post("/en/join", data=PERSON),  # never saw the form
        lambda: hub.fill_in(seconds=0.5),  # faster than anybody types
        lambda: hub.fill_in(token=signed[:-2] + "xx"),
        lambda: hub.fill_in(seconds=25 * 3600),  # keeps forms to use them later
        lambda: hub.fill_in(email="buy now", link="javascript:alert(1)"),
        lambda: hub.client.post("/de/join", data=b"\x00\xff" * 99),
    ]
    for number in range(1000):
        assert robots[number % len(robots)]().status_code in (303, 422)
    assert hub.stored() == []


def test_a_robot_that_does_everything_right_is_stopped_by_its_address(hub):
    codes = [hub.fill_in(notes=f"flood {n}").status_code for n in range(PER_MARK + 3)]
    assert codes == [303] * PER_MARK + [429] * 3
    assert len(hub.stored()) == PER_MARK
    assert hub.fill_in(address="198.51.100.1").status_code == 303
    assert hub.fill_in(seconds=86_400 - 1).status_code in (303, 422)
    assert hub.fill_in(notes="a day later").status_code == 303


def test_one_household_of_ipv6_counts_as_one(hub):
    codes = [
        hub.fill_in(notes=str(n), address=f"2001:db8:1:2::{n:x}").status_code
        for n in range(PER_MARK + 1)
    ]
    assert codes[-1] == 429
    assert hub.fill_in(address="2001:db8:1:3::1").status_code == 303


def test_ipv4_visitors_of_a_server_that_listens_to_both_are_told_apart(hub):
    for n in range(PER_MARK + 1):
        answer = hub.fill_in(notes=str(n), address=f"::ffff:192.0.2.{n}")
        assert answer.status_code == 303


def test_no_address_is_stored(hub):
    hub.fill_in(address="192.0.2.77")
    content = b"".join(
        file.read_bytes() for file in hub.settings.data.iterdir() if file.is_file()
    )
    assert b"192.0.2" not in content


@pytest.mark.parametrize(
    ("said", "field", "words"),
    [
        ({"name": "  \n "}, "name", "This is needed."),
        ({"name": "x" * 101}, "name", "At most 100 characters"),
        ({"email": "ada@example"}, "email", "name@example.org"),
        ({"email": "a b@example.org"}, "email", "name@example.org"),
        ({"location": ""}, "location", "This is needed."),
        ({"link": "example.org"}, "link", "begins with https://"),
        ({"link": "javascript://example.org/%0aalert(1)"}, "link", "begins with"),
        ({"link": "http://[::1"}, "link", "begins with https://"),
        ({"notes": "x" * 4001}, "notes", "At most 4,000 characters".replace(",", "")),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_lost(
    hub, said, field, words
):
    answer = hub.fill_in(**said)
    assert answer.status_code == 422
    page = html.unescape(answer.text)
    assert words in re.search(rf'id="{field}-fault">([^<]*)<', page)[1]
    kept = ({**PERSON, **said})["name"].strip()
    assert f'value="{kept}"' in page
    assert hub.stored() == []


def test_what_people_write_is_never_markup(hub):
    answer = hub.fill_in(name='"><script>alert(1)</script>', email="wrong")
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;" in answer.text


def test_control_characters_do_not_reach_a_terminal(hub):
    hub.fill_in(name="Ada\x1b[31m\r\nBcc: all", notes="one\x07\ntwo\u202e")
    (stored,) = hub.stored()
    assert stored.form.name == "Ada[31m Bcc: all"
    assert stored.form.notes == "one\ntwo"


def test_the_form_works_in_german(hub):
    page = hub.client.post("/de/join", data={"token": "x"}).text
    assert "Das wird gebraucht." in page
    assert "Das Formular war nicht lesbar." in page


def test_a_form_that_is_too_large_is_refused_kindly(hub):
    answer = hub.client.post("/en/join", data={"notes": "x" * 2_000_000})
    assert answer.status_code == 413
    assert "What was sent is too large." in answer.text
    assert hub.stored() == []


def test_a_wrong_method_is_answered_with_a_page(hub):
    answer = hub.client.delete("/de/join")
    assert answer.status_code == 405
    assert "Das hat nicht geklappt." in answer.text


@pytest.mark.parametrize(("proxies", "codes"), [(0, 429), (1, 303)])
def test_a_proxy_is_believed_only_where_the_operator_has_one(tmp_path, proxies, codes):
    hub = Hub(tmp_path, proxies=proxies)
    for number in range(PER_MARK + 1):
        token = hub.token()
        hub.now += dt.timedelta(seconds=30)
        answer = hub.client.post(
            "/en/join",
            data={"token": token, **PERSON, "notes": str(number)},
            headers={"X-Forwarded-For": f"203.0.113.{number}"},
        )
    assert answer.status_code == codes


def test_the_secret_is_made_once_and_is_its_users_alone(tmp_path):
    prepare(HubSettings(data=tmp_path))
    file = tmp_path / "hub.secret"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert hub_secret(tmp_path) == hub_secret(tmp_path) == file.read_bytes()
    assert len(file.read_bytes()) == 32
    assert not list(tmp_path.glob("hub.secret.*"))


def run(hub, *words):
    return CliRunner().invoke(main, ["--data", str(hub.settings.data), *words])


def test_the_command_lists_requests_and_deletes_what_is_answered(hub):
    hub.fill_in()
    (said,) = json.loads(run(hub, "join-requests", "--json").output)
    assert (said["email"], said["notes"]) == (PERSON["email"], PERSON["notes"])
    assert "Ada Lovelace" in run(hub, "join-requests").output
    assert run(hub, "join-requests", "--delete", str(said["number"])).exit_code == 0
    assert run(hub, "join-requests", "--delete", "99").exit_code == 1
    assert hub.stored() == []


def test_many_workers_that_begin_at_once_agree_on_one_secret(tmp_path):
    with ThreadPoolExecutor(16) as workers:
        secrets = set(workers.map(hub_secret, [tmp_path] * 64))
    assert len(secrets) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["hub.secret"]
