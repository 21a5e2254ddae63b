import csv
import datetime as dt
import io
import json

import pytest

from .sample import MINUTE, NOW, SITES, Sample

ADDRESS = "/api/v1/cameras/ASK001/readings"
SITE = SITES[0]


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    """A hub with one camera that has measured for 34 hours, with a gap of one, and one without a reading."""
    sample = Sample(tmp_path_factory.mktemp("hub"))
    key = sample.add_camera("ASK001", SITE.name)
    sample.describe(key, SITE)
    gap = (NOW - dt.timedelta(hours=18), NOW - dt.timedelta(hours=17))
    sample.readings(key, SITE, NOW - dt.timedelta(hours=34), NOW, gap)
    odd = [
        ("ozone", "DU", 310.5),
        ("weird-one", "=1+1", 2.0),
        ("pressure", "hPa", 99999.0),
    ]
    points = [
        {"sensor": "roof", "quantity": quantity, "unit": unit, "value": value,
         "time": (NOW - MINUTE).isoformat()}
        for quantity, unit, value in odd
    ]  # fmt: skip
    sample.send("POST", "readings", key, json={"points": points})
    sample.add_camera("ASK002", "Silent")
    return sample


def get(hub, path, **asked):
    return hub.client.get(path, query_string=asked)


def rows(answer):
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


def test_the_last_day_is_given_as_columns_with_a_hole_where_the_camera_was_silent(hub):
    found = get(hub, f"{ADDRESS}.json", series="bme280.temperature").json
    assert (found["camera"], found["bucket_s"]) == ("ASK001", None)
    assert found["from_utc"] == "2026-11-21T19:48:00.000Z"
    assert found["to_utc"] == "2026-11-22T19:48:00.000Z"
    (series,) = found["series"]
    assert series["unit"] == "°C"
    assert series["column"] == "bme280_temperature_c"
    assert series["interval_s"] == 300
    assert len(series["time_s"]) == len(series["mean"]) == 12 * 23
    assert series["mean"].count(None) == 1
    (gap,) = series["gaps"]
    assert gap["reason"] == "camera_offline"
    assert gap["from_utc"].startswith("2026-11-22T01:4")
    assert series["time_s"] == sorted(series["time_s"])


def test_fewer_points_come_as_buckets_with_least_and_largest(hub):
    asked = {"series": "bme280.temperature", "points": 30}
    found = get(hub, f"{ADDRESS}.json", **asked).json
    assert found["bucket_s"] == 3600
    (series,) = found["series"]
    assert len(series["time_s"]) <= 30
    whole = [
        row
        for row in zip(*(series[k] for k in ("min", "mean", "max", "n")), strict=True)
        if row[3] == 12
    ]
    assert len(whole) >= 20
    assert all(low < mean < high for low, mean, high, _ in whole)


def test_the_table_has_a_column_for_each_series_that_names_its_unit(hub):
    names = "bme280.temperature,bme280.humidity,tsl2591.sky_brightness"
    answer = get(hub, f"{ADDRESS}.csv", series=names)
    assert answer.content_type == "text/csv; charset=utf-8"
    name = "ASK001-readings-20261121T1948Z-20261122T1948Z.csv"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    table = rows(answer)
    assert list(table[0]) == [
        "time_utc",
        "bme280_temperature_c",
        "bme280_humidity_percent",
        "tsl2591_sky_brightness_mag_arcsec2",
    ]
    shown = get(hub, f"{ADDRESS}.json", series=names).json["series"]
    for series in shown:
        means = [mean for mean in series["mean"] if mean is not None]
        assert [float(row[series["column"]]) for row in table] == means


def test_a_table_of_buckets_has_three_columns_for_each_series(hub):
    answer = get(hub, f"{ADDRESS}.csv", series="bme280.humidity", points=24, range="7d")
    head = list(rows(answer)[0])
    assert head[1:] == [f"bme280_humidity_{p}_percent" for p in ("mean", "min", "max")]


def test_the_long_table_has_the_same_columns_for_every_camera(hub):
    table = rows(get(hub, f"{ADDRESS}.csv", layout="long"))
    names = "time_utc sensor quantity unit value min max n marked"
    assert list(table[0]) == names.split()
    assert {row["sensor"] for row in table} == {"bme280", "roof", "system", "tsl2591"}
    empty = get(hub, "/api/v1/cameras/ASK002/readings.csv", layout="long")
    assert empty.text.split() == [names.replace(" ", ",")]


def test_an_implausible_reading_is_there_but_marked(hub):
    asked = {"series": "roof.pressure"}
    (row,) = rows(get(hub, f"{ADDRESS}.csv", layout="long", **asked))
    assert (row["value"], row["marked"]) == ("99999.0", "1")
    (series,) = get(hub, f"{ADDRESS}.json", **asked).json["series"]
    assert series["mean"] == [None]
    assert series["marked"][0]["value"] == 99999.0
    (bucket,) = get(hub, f"{ADDRESS}.json", range="7d", points=2, **asked).json[
        "series"
    ]
    assert (bucket["mean"], bucket["n"], bucket["marked"]) == ([None], [1], [1])


def test_a_unit_is_no_formula_for_a_spreadsheet(hub):
    (row,) = rows(get(hub, f"{ADDRESS}.csv", layout="long", series="roof.weird-one"))
    assert row["unit"] == "'=1+1"
    answer = get(hub, f"{ADDRESS}.csv", series="roof.weird-one")
    assert list(rows(answer)[0]) == ["time_utc", "roof_weird-one_1_1"]


def test_the_readings_themselves_are_given_on_demand(hub):
    asked = {"range": "7d", "resolution": "readings", "series": "bme280.temperature"}
    found = get(hub, f"{ADDRESS}.json", **asked).json
    assert found["bucket_s"] is None
    assert sum(mean is not None for mean in found["series"][0]["mean"]) == 12 * 33


def test_every_site_may_ask_and_keep_the_answer_for_a_minute(hub):
    answer = get(hub, f"{ADDRESS}.json")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"] == "public, max-age=60"
    assert "Set-Cookie" not in answer.headers
    again = hub.client.get(
        f"{ADDRESS}.json", headers={"If-None-Match": answer.headers["ETag"]}
    )
    assert (again.status_code, again.data) == (304, b"")
    past = get(hub, f"{ADDRESS}.json", **{"from": "2026-10-01", "to": "2026-10-02"})
    assert past.headers["Cache-Control"] == "public, max-age=3600"


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"range": "2d"}, "unknown_range"),
        ({"range": "<script>"}, "unknown_range"),
        ({"from": "yesterday"}, "invalid_span"),
        ({"to": "2026-13-01"}, "invalid_span"),
        ({"from": "2026-11-22", "to": "2026-11-21"}, "invalid_span"),
        ({"from": "9999-12-31T23:59:59Z"}, "invalid_span"),
        ({"from": "0001-01-01T00:00:00+14:00"}, "invalid_span"),
        ({"to": "1999-01-01"}, "invalid_span"),
        ({"points": "1000000000"}, "invalid_points"),
        ({"points": "1"}, "invalid_points"),
        ({"points": "-5"}, "invalid_points"),
        ({"points": "²"}, "invalid_points"),
        ({"points": "9" * 5000}, "invalid_points"),
        ({"series": "roof.nothing"}, "unknown_series"),
        ({"series": "<b>"}, "unknown_series"),
        ({"resolution": "finest"}, "unknown_resolution"),
    ],
)
@pytest.mark.parametrize("form", ["json", "csv"])
def test_what_cannot_be_answered_is_said_in_a_sentence(hub, asked, code, form):
    answer = get(hub, f"{ADDRESS}.{form}", **asked)
    assert (answer.status_code, answer.json["code"]) == (422, code)
    assert answer.json["detail"]


def test_an_unknown_layout_is_named(hub):
    answer = get(hub, f"{ADDRESS}.csv", layout="tall")
    assert answer.json["code"] == "unknown_layout"


@pytest.mark.parametrize(
    "asked",
    [
        {"from": "0001-01-01"},
        {"from": "2000-01-01", "to": "9999-12-31"},
        {"range": "1y"},
    ],
)
def test_very_long_stretches_are_answered_coarsely(hub, asked):
    found = get(hub, f"{ADDRESS}.json", **asked).json
    assert all(len(one["time_s"]) <= 1500 for one in found["series"])
    assert found["bucket_s"] >= 21600


def test_a_plus_sign_that_nobody_encoded_is_understood(hub):
    answer = hub.client.get(
        f"{ADDRESS}.json?from=2026-11-22T03:00:00+01:00&to=2026-11-22 05:00"
    )
    assert answer.json["from_utc"] == "2026-11-22T02:00:00.000Z"
    assert answer.json["to_utc"] == "2026-11-22T05:00:00.000Z"


@pytest.mark.parametrize("name", ["ASK009", "ask001", "..", "%00"])
def test_a_camera_that_is_not_shown_has_no_readings(hub, name):
    answer = get(hub, f"/api/v1/cameras/{name}/readings.json")
    assert (answer.status_code, answer.json["code"]) == (404, "not_found")


def test_a_camera_without_readings_has_an_empty_answer(hub):
    found = get(hub, "/api/v1/cameras/ASK002/readings.json")
    assert found.json["series"] == []
    assert json.loads(found.text)["bucket_s"] is None
