import datetime as dt

import pytest
from pydantic import ValidationError

from products.manifest import (
    Blob,
    LiveFacts,
    Point,
    ProductManifest,
    night_digest,
    product_key,
    sha256_hex,
)
from products.utc import parse_utc, utc_text

SHA = "a" * 64
BLOB = {"sha256": SHA, "size": 5, "type": "image/jpeg"}


def test_sha256_is_that_of_the_standard():
    # FIPS 180-4, example "abc".
    assert (
        sha256_hex(b"abc")
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )


def test_unknown_fields_of_a_newer_camera_are_ignored():
    assert Blob.model_validate(BLOB | {"hologram": True}) == Blob.model_validate(BLOB)


@pytest.mark.parametrize(
    "wrong",
    [
        {"sha256": "A" * 64},
        {"sha256": "../../etc/passwd"},
        {"size": 0},
        {"width": 0},
        {"size": "many"},
    ],
)
def test_a_wrong_blob_is_refused(wrong):
    with pytest.raises(ValidationError):
        Blob.model_validate(BLOB | wrong)


def test_times_without_a_zone_are_refused():
    with pytest.raises(ValidationError, match="timezone"):
        LiveFacts.model_validate(
            {"taken_utc": "2026-01-01T00:00:00", "night": "2026-01-01"}
        )


@pytest.mark.parametrize("value", ["NaN", float("nan"), float("inf")])
def test_a_value_that_is_no_number_is_refused(value):
    point = {
        "sensor": "a",
        "quantity": "b",
        "time": "2026-01-01T00:00:00Z",
        "unit": "",
        "value": value,
    }
    with pytest.raises(ValidationError):
        Point.model_validate(point)


def test_a_product_names_every_file_that_it_needs():
    other, side = BLOB | {"sha256": "b" * 64}, BLOB | {"sha256": "c" * 64}
    product = ProductManifest.model_validate(
        BLOB | {"rev": 1, "variants": {"480": other}, "sidecar": side}
    )
    assert [blob.sha256[0] for blob in product.blobs()] == ["a", "b", "c"]


def test_the_digest_of_a_night_does_not_depend_on_the_order():
    one, two = (
        product_key("2026-01-01", "keogram"),
        product_key("2026-01-01", "frame", "0102"),
    )
    assert two == "2026-01-01/frame/0102"
    assert night_digest({one: "a", two: "b"}) == night_digest({two: "b", one: "a"})
    assert night_digest({one: "a", two: "b"}) != night_digest({one: "b", two: "a"})


def test_times_as_text_sort_like_times_and_come_back():
    zone = dt.timezone(dt.timedelta(hours=2))
    early = dt.datetime(2026, 1, 1, 1, 30, 0, 7000, zone)
    late = dt.datetime(2026, 1, 1, 0, 0, tzinfo=dt.UTC)
    assert utc_text(early) == "2025-12-31T23:30:00.007Z"
    assert utc_text(early) < utc_text(late)
    assert parse_utc(utc_text(early)) == early
