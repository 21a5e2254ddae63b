"""The highlights of the demonstration: what its operator would pick out of the last night."""

from collections.abc import Sequence
from dataclasses import dataclass

from edge.demo_hub import DemoHub
from edge.demo_scenes import DemoCamera


@dataclass(frozen=True, slots=True)
class _Pick:
    """A product of one camera that is worth seeing, by the name of its file."""

    camera: str
    file: str
    words: tuple[str, ...]


_PICKS = (
    _Pick(
        "La Palma",
        "startrails.jpg",
        (
            *("--category", "startrails"),
            *("--en", "A whole clear night above the Atlantic"),
            *("--de", "Eine ganze klare Nacht über dem Atlantik"),
        ),
    ),
    _Pick(
        "Tromsø",
        "keogram.jpg",
        (
            *("--category", "aurora"),
            *("--en", "Northern lights, on and off from dusk to dawn"),
            *("--de", "Nordlicht, mit Pausen von der Dämmerung bis zum Morgen"),
        ),
    ),
)


def pick_out(hub: DemoHub, cameras: Sequence[DemoCamera]) -> None:
    """Pick out what each camera has of its newest night; in summer there may be nothing."""
    for pick in _PICKS:
        for camera in cameras:
            if camera.scene.site.name != pick.camera:
                continue
            files = sorted(camera.folder.glob(f"data/products/????-??-??/{pick.file}"))
            for newest in files[-1:]:
                hub.ask(
                    *("highlight", "add", camera.id, newest.parent.name, newest.stem),
                    *(*pick.words, "--by", "demonstration"),
                )
