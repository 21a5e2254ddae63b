import datetime as dt
import re

import pytest

from hub.public.phrases import period_title
from products.period import Length, Period
from products.sun import Place

from . import sample, sample_long_term
from .test_pages import html

PAGE = "/c/ASK001/long-term"


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    """Return a hub whose camera has a month at the end of 2025 and some weeks of 2026."""
    hub = sample.Sample(tmp_path_factory.mktemp("hub"), size_px=60)
    site, key = sample.SITES[0], hub.add_camera("ASK001", "Hainich <roof>")
    hub.describe(key, site)
    folder = tmp_path_factory.mktemp("camera")
    nights = [
        *sample_long_term.nights_between(
            site, dt.date(2025, 12, 20), dt.date(2026, 1, 5)
        ),
        *sample_long_term.nights_between(
            site, dt.date(2026, 10, 24), dt.date(2026, 11, 3)
        ),
    ]
    sample_long_term.leave_nights(folder, site, nights)
    periods = sample_long_term.periods_of(nights)
    sample_long_term.publish(hub, key, site, folder, periods)
    for night in nights[-2:]:
        hub.night(key, site, night, site.weather[0], kinds=("keogram",))
    return hub


@pytest.fixture
def visitor(hub):
    return hub.app.test_client()


@pytest.mark.parametrize(
    ("code", "words"),
    [("en", ["Months and years", "October 2026", "Autumn 2026", "11 nights", "Videos"]),
     ("de", ["Monate und Jahre", "Oktober 2026", "Herbst 2026", "11 Nächte", "Videos"])],
)  # fmt: skip
def test_the_newest_year_is_shown_in_both_languages(visitor, code, words):
    text = html(visitor, f"/{code}{PAGE}")
    for word in words:
        assert word in text
    assert "Winter 2025/26" not in text
    assert "<roof>" not in text


def test_another_year_is_chosen_by_a_link_and_kept_by_the_language(visitor):
    text = html(visitor, f"/en{PAGE}")
    assert f'href="/en{PAGE}?year=2025"' in text
    older = html(visitor, f"/en{PAGE}?year=2025")
    assert "Winter 2025/26" in older
    assert "December 2025" in older
    assert f'href="/de{PAGE}?year=2025"' in older


@pytest.mark.parametrize("year", ["", "0", "x", "2024", "%00", "9" * 5000, "+2025"])
def test_nonsense_for_a_year_shows_the_newest(visitor, year):
    assert "October 2026" in html(visitor, f"/en{PAGE}?year={year}")


def test_every_file_of_the_page_is_there_and_nothing_needs_a_script(visitor):
    text = html(visitor, f"/en{PAGE}")
    assert not re.findall(r'\sstyle="|\son[a-z]+="|<style|<script(?![^>]*\ssrc=)', text)
    shown = set(re.findall(r'(?:src|href|poster)="(/[^"#]*)"', text))
    for one in re.findall(r'srcset="([^"]+)"', text):
        shown |= {part.split()[0] for part in one.split(", ")}
    assert len([one for one in shown if one.endswith(".mp4")]) == 5
    for address in shown:
        with visitor.get(address.replace("&amp;", "&")) as answer:
            assert answer.status_code in (200, 303), address


def test_the_year_is_first_among_the_videos_and_then_the_seasons(visitor):
    text = html(visitor, f"/en{PAGE}")
    titles = re.findall(r"<figcaption><b>([^<]+)</b>", text)
    assert titles == ["2026", "Autumn 2026", "November 2026", "October 2026", "January 2026"]  # fmt: skip


def test_a_night_of_a_month_leads_to_its_page_where_there_is_one(visitor):
    text = html(visitor, f"/en{PAGE}")
    assert re.findall(r'href="/en/c/ASK001/(2026-[\d-]+)"', text) == [
        "2026-11-02", "2026-11-03",
    ]  # fmt: skip
    # 3 November begins two thirtieths into the month.
    assert '<rect x="6.667%" width="3.333%"' in text


def test_the_months_of_the_year_lead_to_their_keograms(visitor):
    text = html(visitor, f"/en{PAGE}")
    for target in re.findall(r'href="#(m\d[\d-]+)"', text):
        assert f'id="{target}"' in text
    assert len(re.findall(r'href="#m\d', text)) == 3


def test_a_month_in_which_the_clock_changes_is_an_hour_longer(visitor):
    text = html(visitor, f"/en{PAGE}")
    october = text[text.index('id="m2026-10"') :]
    last = re.findall(r'<line x1="([\d.]+)%"', october)[30]
    assert float(last) == pytest.approx(100 * (30 * 24 + 1) / (31 * 24 + 1), abs=0.001)


def test_a_camera_without_any_says_so(tmp_path):
    hub = sample.Sample(tmp_path, size_px=60)
    hub.add_camera("ASK001", "New roof")
    text = html(hub.client, f"/en{PAGE}")
    assert "Nothing of this kind yet" in text
    assert "2026" not in text


def test_the_camera_page_leads_there_with_the_number_of_months(visitor):
    text = html(visitor, "/en/c/ASK001")
    assert f'<a href="/en{PAGE}">Months and years</a> <span>4</span>' in text


def test_an_unknown_camera_has_no_such_page(visitor):
    html(visitor, "/en/c/ASK999/long-term", 404)


@pytest.mark.parametrize(
    "facts",
    [{}, {"columns": None}, {"columns": 365, "nights": "many", "observed_s": -1},
     {"start_utc": "x", "column_s": 600, "columns": 4320},
     {"start_utc": "2026-10-31T23:00:00Z", "column_s": "600", "columns": {}},
     {"start_utc": 7, "column_s": 1, "columns": 1, "duration_s": "long"},
     {"duration_s": 1e300, "nights": 10**30, "observed_s": 10**40}],
)  # fmt: skip
def test_pictures_that_do_not_tell_their_axis_do_no_harm(tmp_path, facts):
    hub = sample.Sample(tmp_path, size_px=60)
    key, site = hub.add_camera("ASK001", "Roof"), sample.SITES[0]
    hub.describe(key, site)
    picture = hub.picture(key, sample.sky.disc(60, -30, site.weather[0]))
    shown = {**picture, "facts": facts, "variants": {"ribbon": picture}}
    hub.publish(key, "2026-11-01", "month-keogram", shown)
    hub.publish(key, "2026-01-01", "year-keogram", shown)
    film = hub.blob(key, sample._video(60), "video/mp4", 60, 60)
    hub.publish(key, "2026-11-01", "month-video", {**film, "facts": facts})
    text = html(hub.client, f"/en{PAGE}")
    assert "November 2026" in text


class TestSeasons:
    @pytest.mark.parametrize(
        ("latitude", "month", "title"),
        [(51, 12, "Winter 2026/27"), (51, 3, "Spring 2026"), (51, 6, "Summer 2026"), (51, 9, "Autumn 2026"),
         (-33, 12, "Summer 2026/27"), (-33, 3, "Autumn 2026"), (-33, 6, "Winter 2026"), (-33, 9, "Spring 2026"),
         (-3, 6, "Jun \u2013 Aug 2026"), (None, 9, "Sept \u2013 Nov 2026"), (10, 12, "Dec 2026 \u2013 Feb 2027")],
    )  # fmt: skip
    def test_they_are_those_of_the_hemisphere(self, hub, latitude, month, title):
        place = None if latitude is None else Place(latitude, 0)
        zone = sample.SITES[0].tz
        season = Period(Length.SEASON, dt.date(2026, month, 1), zone)
        with hub.app.test_request_context("/en/"):
            assert period_title(season, place).replace("\u2009", " ") == title
