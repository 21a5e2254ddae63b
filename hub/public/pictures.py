"""The files of products: their addresses, the picture that fits a place on a page, the names to keep them under."""

from collections.abc import Mapping
from dataclasses import dataclass

from hub.db.cameras import Camera
from hub.db.products import Product
from products.manifest import MEDIA_TYPES, Blob, ProductManifest


@dataclass(frozen=True, slots=True)
class File:
    """A file to keep, under a name that says what it is."""

    name: str
    blob: Blob


def files_of(camera: Camera, night: str, products: Mapping[str, Product]) -> list[File]:
    """Return the files of a night: each product and its sidecar."""
    found = []
    for kind, product in products.items():
        stem = f"{camera.id}-{night}-{kind.replace('/', '-')}"
        sidecar = product.manifest.sidecar
        found += [
            File(f"{stem}.{_suffix(blob)}", blob)
            for blob in (product.manifest, sidecar)
            if blob
        ]
    return found


def _suffix(blob: Blob) -> str:
    return MEDIA_TYPES.get(blob.type, "bin")


def address(blob: Blob) -> str:
    """Return the address of an immutable file."""
    return f"/b/{blob.sha256}.{_suffix(blob)}"


def smallest(manifest: ProductManifest, at_least_px: int) -> Blob:
    """Return the smallest picture of a product that is wide enough, else the largest; a video's is its poster."""
    fitting = [one for one in pictures(manifest) if (one.width or 0) >= at_least_px]
    by_width = sorted(fitting, key=lambda one: one.width or 0)
    if by_width:
        return by_width[0]
    return max(pictures(manifest), key=lambda one: one.width or 0, default=manifest)


def tile(manifest: ProductManifest) -> Blob | None:
    """Return the picture that stands for a product in a calendar; a keogram is shown without its labels."""
    picture = bare_ribbon(manifest, 480) or smallest(manifest, 480)
    return picture if picture.type.startswith("image/") else None


def bare_ribbon(manifest: ProductManifest, width: int | None = None) -> Blob | None:
    """Return a keogram's picture without labels, of this width where there is one; None for other products."""
    whole = manifest.variants.get("ribbon")
    return manifest.variants.get(f"ribbon-{width}", whole)


def bare_srcset(manifest: ProductManifest) -> str:
    """Return a keogram's pictures without labels in all widths, for the browser to choose from."""
    bare = [one for name, one in manifest.variants.items() if name.startswith("ribbon")]
    by_width = {one.width: one for one in bare if one.width}
    return ", ".join(f"{address(by_width[w])} {w}w" for w in sorted(by_width))


def pictures(manifest: ProductManifest) -> list[Blob]:
    """Return the pictures of a product in all widths: not a keogram's bare ribbon, not a lossless copy."""
    sized = [
        blob
        for name, blob in manifest.variants.items()
        if name.isdigit() or name == "poster"
    ]
    return [blob for blob in (manifest, *sized) if blob.type.startswith("image/")]


def srcset(manifest: ProductManifest) -> str:
    """Return all widths of a product, for the browser to choose from."""
    by_width = {one.width: one for one in pictures(manifest) if one.width}
    return ", ".join(f"{address(by_width[w])} {w}w" for w in sorted(by_width))
