"""What a page is about, for search engines: schema.org as JSON-LD. It is data in the page; no browser runs it."""

from collections.abc import Mapping
from typing import Any

from flask import Flask, url_for

from hub.db.cameras import Camera
from hub.db.products import Product
from hub.db.requests import hub_settings
from hub.public import phrases, pictures
from hub.public.cards import Card
from hub.public.wording import _
from products.manifest import Blob
from products.night import Night

JsonObject = dict[str, Any]


def init_app(app: Flask) -> None:
    """Let the templates of cameras and nights ask for it."""
    app.jinja_env.globals.update(camera_data=camera_data, night_data=night_data)


def camera_data(card: Card) -> JsonObject:
    """Return the page of a camera: its newest picture, where and when it was taken."""
    camera = card.camera
    image: JsonObject = {
        "@type": "ImageObject",
        "name": _("The sky above %(name)s", name=camera.name),
        "contentUrl": _whole(url_for("media.latest_image", camera_id=camera.id)),
        "thumbnailUrl": _whole(url_for("card.camera_card", camera_id=camera.id)),
        **_where(camera),
    }
    if card.live:
        image["dateCreated"] = phrases.iso(card.live.taken_utc)
    return {"@context": "https://schema.org", **image}


def night_data(
    camera: Camera, night: Night, products: Mapping[str, Product]
) -> JsonObject:
    """Return the page of a night: its keogram, its startrails and its video."""
    parts = [
        _part(camera, night, product)
        for kind in ("keogram", "startrails", "timelapse")
        if (product := products.get(kind))
    ]
    return {
        "@context": "https://schema.org",
        "@type": "CollectionPage",
        "name": f"{camera.name}, {phrases.night_title(night)}",
        "temporalCoverage": f"{phrases.iso(night.start_utc)}/{phrases.iso(night.end_utc)}",
        **_where(camera),
        "hasPart": parts,
    }


def _part(camera: Camera, night: Night, product: Product) -> JsonObject:
    manifest = product.manifest
    is_video = manifest.type.startswith("video/")
    titles = {
        "keogram": _("Keogram"),
        "startrails": _("Startrails"),
        "timelapse": _("Timelapse"),
    }
    said: JsonObject = {
        "@type": "VideoObject" if is_video else "ImageObject",
        "name": f"{titles[product.kind]}: {camera.name}, {phrases.night_title(night)}",
        "contentUrl": _file(manifest),
        "encodingFormat": manifest.type,
        "uploadDate": phrases.iso(product.published_utc),
    }
    picture = pictures.smallest(manifest, 480)
    if picture.type.startswith("image/"):
        said["thumbnailUrl"] = _file(picture)
    length_s = manifest.facts.get("duration_s")
    if is_video and isinstance(length_s, int | float):
        said["duration"] = f"PT{length_s:.2f}S"
    return said


def _where(camera: Camera) -> JsonObject:
    place = camera.place
    if place is None:
        return {}
    country = phrases.country_name(camera.country)
    return {
        "contentLocation": {
            "@type": "Place",
            "name": ", ".join(filter(None, (camera.name, country))),
            "geo": {
                "@type": "GeoCoordinates",
                "latitude": place.latitude_deg,
                "longitude": place.longitude_deg,
                "elevation": place.elevation_m,
            },
        }
    }


def _file(blob: Blob) -> str:
    return _whole(pictures.address(blob))


def _whole(path: str) -> str:
    return hub_settings().url.rstrip("/") + path
