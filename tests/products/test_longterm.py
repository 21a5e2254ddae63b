import datetime as dt
import json
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from PIL import Image

from products.columns import ColumnFile, Geometry
from products.keogram import TimeAxis, night_axis
from products.longterm import write_keogram
from products.month_keogram import labelled_month, month_sky
from products.night import Night
from products.night_strip import (
    SKY_ROWS,
    NightStrip,
    read_strip,
    read_zenith,
    remove_strip,
    strip_of,
    write_strip,
)
from products.period import Length, Period
from products.period_picture import DAY, GROUND
from products.sun import SUNRISE_DEG, Interval, Place, sun_altitude_deg
from products.sun_curve import sun_altitudes_deg
from products.year_keogram import standard_offset, year_sky
from tests.products.conftest import record

BERLIN, ZONE = Place(52.52, 13.405), ZoneInfo("Europe/Berlin")
TROMSO = Place(69.65, 18.96)
NIGHT = Night(dt.date(2026, 1, 1), ZONE)
MARCH, OCTOBER, NOVEMBER = (
    Period(Length.MONTH, dt.date(2026, month, 1), ZONE) for month in (3, 10, 11)
)
YEAR = Period(Length.YEAR, dt.date(2026, 1, 1), ZONE)


def columns_of(path, minutes, samples=128):
    """Return the columns of frames so many minutes after 18:00 UTC: grey, as bright as the number of the minute."""
    columns = ColumnFile(path)
    columns.begin(Geometry(samples, samples, 0.0, samples))
    for minute in minutes:
        columns.append(record(minute), np.full((samples, 3), minute % 256, np.uint8))
    return columns


def strip(night, colour, minutes=range(540, 1080)):
    """Return a strip of one colour, seen in these minutes after noon."""
    count = round(night.length.total_seconds() / 60)
    seen = np.isin(np.arange(count), minutes)
    sky = np.full((SKY_ROWS, -(-count // 10), 3), colour, np.uint8)
    return NightStrip(sky, np.full((count, 3), colour, np.uint8), seen)


def whole(period):
    return Interval(period.time.start_utc, period.time.end_utc)


class TestStrip:
    def axis(self):
        return TimeAxis.over(night_axis(BERLIN, NIGHT), 60)

    def test_a_slot_is_the_mean_of_its_ten_minutes(self, tmp_path):
        columns = columns_of(tmp_path / "c", range(60))
        found = strip_of(columns, NIGHT, self.axis())
        # The evening of the frames is 18:00 UTC, 19:00 in Berlin: seven hours after noon, slot 42.
        assert found.sky.shape == (SKY_ROWS, 144, 3)
        assert found.seen_slots.nonzero()[0].tolist() == list(range(42, 48))
        assert found.sky[:, 43].tolist() == np.full((SKY_ROWS, 3), 14).tolist()  # 14.5

    def test_the_zenith_has_a_colour_for_every_minute(self, tmp_path):
        columns = columns_of(tmp_path / "c", range(60))
        found = strip_of(columns, NIGHT, self.axis())
        assert len(found.zenith) == 1440
        assert found.seen.nonzero()[0].tolist() == list(range(420, 480))
        assert found.zenith[420:480, 1].tolist() == list(range(60))

    def test_gaps_stay_gaps(self, tmp_path):
        columns = columns_of(tmp_path / "c", [*range(10), *range(40, 60)])
        found = strip_of(columns, NIGHT, self.axis())
        assert not found.seen[430:460].any()
        assert found.seen_slots[42:48].tolist() == [True, False, False, False, 1, 1]

    def test_frames_of_the_day_leave_no_strip(self, tmp_path):
        columns = columns_of(tmp_path / "c", [-6 * 60])
        assert strip_of(columns, NIGHT, self.axis()) is None
        assert strip_of(ColumnFile(tmp_path / "none"), NIGHT, self.axis()) is None

    @pytest.mark.parametrize(
        ("date", "hours"), [((2026, 3, 28), 23), ((2026, 10, 24), 25)]
    )
    def test_a_night_in_which_the_clock_changes(self, tmp_path, date, hours):
        night = Night(dt.date(*date), ZONE)
        one = strip(night, 90)
        assert one.sky.shape[1] == hours * 6
        write_strip(tmp_path, one)
        assert len(read_strip(tmp_path).seen) == hours * 60

    def test_it_is_small_and_comes_back_from_its_files(self, tmp_path):
        random = np.random.default_rng(1)
        one = strip(NIGHT, (40, 45, 60))
        one.zenith[:] = random.normal((40, 45, 60), 1, (1440, 3)).astype(np.uint8)
        write_strip(tmp_path, one)
        back = read_strip(tmp_path)
        assert np.array_equal(back.seen, one.seen)
        assert np.array_equal(back.zenith[one.seen], one.zenith[one.seen])
        assert np.abs(back.sky.astype(int) - one.sky).max() <= 2
        # 2 MB a year are 5,479 bytes a night.
        assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 5400

    def test_the_same_strip_gives_the_same_bytes(self, tmp_path):
        for name in ("a", "b"):
            write_strip(tmp_path / name, strip(NIGHT, (1, 2, 3)))
        for file in ("strip.jpg", "zenith.png"):
            assert len({(tmp_path / n / file).read_bytes() for n in "ab"}) == 1

    @pytest.mark.parametrize("content", [b"", b"no picture", b"\x89PNG\r\n\x1a\n"])
    def test_a_damaged_file_is_as_good_as_none(self, tmp_path, content):
        write_strip(tmp_path, strip(NIGHT, 50))
        (tmp_path / "strip.jpg").write_bytes(content)
        assert read_strip(tmp_path) is None
        assert read_zenith(tmp_path) is not None
        (tmp_path / "zenith.png").write_bytes(content)
        assert read_zenith(tmp_path) is None

    def test_it_can_be_removed(self, tmp_path):
        write_strip(tmp_path, strip(NIGHT, 50))
        remove_strip(tmp_path)
        remove_strip(tmp_path)
        assert not list(tmp_path.iterdir())


class TestSunCurve:
    @pytest.mark.parametrize(
        "place", [BERLIN, TROMSO, Place(-33.9, 151.2), Place(0, -179.9)]
    )
    def test_it_is_the_sun_of_the_ephemeris(self, place):
        start = dt.datetime(2026, 1, 1, 11, tzinfo=dt.UTC)
        found = sun_altitudes_deg(place, start, 37 * 60, 14_000)
        for index in range(0, 14_000, 97):
            moment = start + dt.timedelta(minutes=37 * index)
            assert found[index] == pytest.approx(
                sun_altitude_deg(place, moment), abs=0.01
            )


class TestMonth:
    def test_it_has_a_slot_for_every_ten_minutes(self):
        sizes = {
            month: month_sky(month, {}, BERLIN, whole(month)).sky.shape[1]
            for month in (Period(Length.MONTH, dt.date(2026, 7, 1), ZONE), NOVEMBER)
        }
        assert list(sizes.values()) == [4464, 4320]

    def test_an_hour_less_in_march_and_more_in_october(self):
        march, october = (
            month_sky(month, {}, BERLIN, whole(month)) for month in (MARCH, OCTOBER)
        )
        assert march.sky.shape[1] == 4464 - 6
        assert october.sky.shape[1] == 4464 + 6

    @pytest.mark.parametrize("date", [(2026, 10, 5), (2026, 10, 24), (2026, 10, 30)])
    def test_a_night_lies_at_its_true_time(self, date):
        night = Night(dt.date(*date), ZONE)
        moment = night.start_utc + dt.timedelta(hours=9)
        found = month_sky(
            OCTOBER, {night.name: strip(night, 200)}, BERLIN, whole(OCTOBER)
        )
        slot = (moment - OCTOBER.time.start_utc) // dt.timedelta(minutes=10)
        assert found.sky[0, slot].tolist() == [200] * 3
        assert found.sky[0, slot - 1].tolist() == list(DAY)
        assert found.gap[slot - 1]
        assert not found.gap[slot]

    def test_a_missed_night_is_hatched_and_the_day_is_calm(self):
        found = month_sky(NOVEMBER, {}, BERLIN, whole(NOVEMBER))
        midnight, noon = 144 * 10 + 72, 144 * 10 + 143
        assert found.gap[midnight]
        assert not found.gap[noon]
        drawn = found.drawn(None, 320)
        assert (
            len(np.unique(drawn[:, midnight - 5 : midnight + 5].reshape(-1, 3), axis=0))
            == 2
        )
        assert (drawn[:, noon] == DAY).all()

    def test_nothing_is_said_of_the_time_to_come(self):
        known = Interval(NOVEMBER.nights[4].start_utc, NOVEMBER.nights[9].end_utc)
        drawn = month_sky(NOVEMBER, {}, BERLIN, known).drawn(None, 100)
        assert (drawn[:, : 144 * 4] == GROUND).all()
        assert (drawn[:, 144 * 10 :] == GROUND).all()
        assert not (drawn[:, 144 * 4 : 144 * 10] == GROUND).all()

    @pytest.mark.parametrize("width", [None, 1440, 960, 480])
    def test_it_has_dates_beneath(self, width):
        bare = month_sky(MARCH, {}, BERLIN, whole(MARCH)).drawn(width, 100)
        picture, box = labelled_month(bare, MARCH)
        assert (box.width, box.height) == (bare.shape[1], 100)
        assert np.array_equal(picture[:100], bare)
        assert picture[100:].max() > 200


class TestYear:
    def test_standard_time_is_that_of_winter_in_both_halves_of_the_earth(self):
        sydney = Period(Length.YEAR, dt.date(2026, 1, 1), ZoneInfo("Australia/Sydney"))
        assert standard_offset(YEAR) == dt.timedelta(hours=1)
        assert standard_offset(sydney) == dt.timedelta(hours=10)

    @pytest.mark.parametrize("date", [(2026, 1, 1), (2026, 3, 28), (2026, 7, 14)])
    def test_a_minute_lies_on_its_night_and_its_hour_of_standard_time(self, date):
        night = Night(dt.date(*date), ZONE)
        one = strip(night, 77, minutes=[660])
        found = year_sky(
            YEAR, {night.name: (one.zenith, one.seen)}, BERLIN, whole(YEAR)
        )
        moment = night.start_utc + dt.timedelta(minutes=660)
        standard = moment + dt.timedelta(hours=1)  # as a naive clock would show it
        row = (standard.hour - 12) % 24 * 60 + standard.minute
        column = (night.evening - dt.date(2026, 1, 1)).days
        assert [axis.tolist() for axis in found.seen.nonzero()] == [[row], [column]]
        assert found.zenith[row, column].tolist() == [77] * 3

    def test_gaps_are_where_the_sun_was_down(self):
        found = year_sky(YEAR, {}, BERLIN, whole(YEAR))
        down = found.sun_deg < SUNRISE_DEG
        assert (found.gap <= down).all()
        assert (down & ~found.gap).sum() <= 2 * 365

    def test_twilight_lines_are_where_the_sun_says(self):
        found = year_sky(YEAR, {}, BERLIN, Interval(NIGHT.start_utc, NIGHT.start_utc))
        drawn = found.drawn()
        assert drawn.shape == (720, 365 * 4, 3)
        column = drawn[:, 4 * 10 + 2, 0].astype(int)
        lines = (
            np.flatnonzero(
                (column[1:-1] > 60)
                & (np.diff(column)[:-1] >= 0)
                & (np.diff(column)[1:] <= 0)
            )
            + 1
        )
        crossings = [
            at / 2
            for level in (SUNRISE_DEG, -6, -12, -18)
            for at in np.flatnonzero(np.diff(found.sun_deg[:, 10] < level))
        ]
        assert all(np.abs(np.array(crossings) - line).min() <= 1.5 for line in lines)
        assert all(np.abs(lines - crossing).min() <= 1.5 for crossing in crossings)

    def test_a_leap_year_has_a_column_more(self):
        leap = Period(Length.YEAR, dt.date(2028, 1, 1), ZONE)
        assert year_sky(leap, {}, TROMSO, whole(leap)).seen.shape == (1440, 366)


class TestFiles:
    @pytest.fixture
    def nights(self, tmp_path):
        """Folders of five nights of November with strips, the one of the 13th missing."""
        found = {}
        for day in (11, 12, 14, 15, 16):
            night = Night(dt.date(2026, 11, day), ZONE)
            found[night.name] = tmp_path / night.name
            write_strip(found[night.name], strip(night, (day * 10, 60, 90)))
        return found

    def known(self):
        return Night(dt.date(2026, 11, 11), ZONE), Night(dt.date(2026, 11, 16), ZONE)

    @pytest.mark.parametrize("period", [NOVEMBER, YEAR], ids=str)
    def test_all_files_are_there_in_their_widths(self, tmp_path, nights, period):
        out = tmp_path / "out"
        made = write_keogram(out, period, nights, BERLIN, self.known())
        assert made.kind == f"{period.length}-keogram"
        for name, file in made.variants.items():
            with Image.open(out / file.path) as picture:
                assert picture.size == (file.width, file.height)
            if name.removeprefix("ribbon-").isdigit():
                assert file.width == int(name.removeprefix("ribbon-"))
        sidecar = json.loads((out / "keogram.json").read_text())
        assert sidecar["minutes_by_night"] == dict.fromkeys(sorted(nights), 540)
        assert made.facts["nights"] == 5
        with Image.open(out / "keogram.jpg") as picture:
            sky = sidecar["sky"]
            assert sky["x"] + sky["width"] <= picture.width
            assert sky["y"] + sky["height"] < picture.height

    @pytest.mark.parametrize("period", [NOVEMBER, YEAR], ids=str)
    def test_the_same_strips_give_the_same_bytes(self, tmp_path, nights, period):
        for name, order in (("a", nights), ("b", dict(reversed(nights.items())))):
            write_keogram(tmp_path / name, period, order, BERLIN, self.known())
        for path in (tmp_path / "a").iterdir():
            assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()

    def test_a_period_without_nights_gives_nothing(self, tmp_path, nights):
        out = tmp_path / "out"
        assert write_keogram(out, MARCH, nights, BERLIN, self.known()) is None
        assert not out.exists()

    def test_damaged_strips_are_left_out(self, tmp_path, nights):
        for file in ("strip.jpg", "zenith.png"):
            (nights["2026-11-12"] / file).write_bytes(b"")
        for period in (NOVEMBER, YEAR):
            made = write_keogram(
                tmp_path / period.name, period, nights, BERLIN, self.known()
            )
            assert made.facts["nights"] == 4

    def test_in_the_polar_summer_there_is_no_gap(self, tmp_path):
        june = Period(Length.MONTH, dt.date(2026, 6, 1), ZoneInfo("Europe/Oslo"))
        assert not month_sky(june, {}, TROMSO, whole(june)).gap.any()
