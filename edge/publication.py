"""From the products of a night on disk to manifests in the outbox: what the hub is told of each file."""

import datetime as dt
import hashlib
from collections.abc import Iterable
from pathlib import Path

from edge.outbox import Outbox
from edge.store import Store
from products.manifest import Blob, ProductManifest
from products.night import Night
from products.report import MadeFile, MadeProduct


def queue_products(
    store: Store,
    night: Night,
    made: Iterable[MadeProduct],
    now: dt.datetime,
    *,
    final: bool,
    folder: Path | None = None,
) -> None:
    """Queue products of a night for the hub under the night's next revision; raise OSError when a file is gone.

    Their files are in the night's folder unless another ``folder`` is named.
    """
    outbox, folder = Outbox(store), folder or store.products_folder(night.name)
    rev = store.next_revision(night.name)
    for product in made:
        blobs = {file.path: _blob(folder, file) for file in _files(product)}
        manifest = ProductManifest(
            **blobs[product.path].model_dump(),
            rev=rev,
            first=product.first_utc,
            last=product.last_utc,
            frames=product.frames,
            final=final,
            variants={
                name: blobs[file.path] for name, file in product.variants.items()
            },
            sidecar=blobs[product.sidecar.path] if product.sidecar else None,
            facts=product.facts,
        )
        paths = {blob.sha256: folder / path for path, blob in blobs.items()}
        outbox.queue_product(night.name, product.kind, manifest, paths, now)


def _files(product: MadeProduct) -> list[MadeFile]:
    sidecar = [product.sidecar] if product.sidecar else []
    return [product, *product.variants.values(), *sidecar]


def _blob(folder: Path, made: MadeFile) -> Blob:
    with (folder / made.path).open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        size = file.tell()
    return Blob(
        sha256=sha256, size=size, type=made.type, width=made.width, height=made.height
    )
