"""The profile of one camera of the demonstration; it says that the camera is made up."""

import json

from edge.demo_hub import DemoHub

PROFILE = {
    "about": {
        "en": "This camera does not exist. Its sky is computed: sun, moon, planets and 5,000 stars stand where they"
        " really stand above La Palma, and the weather is made up.\n\nA real camera tells here who looks after it"
        " and why, what it is made of, and where its owner is to be met. Only what an owner enables is shown.",
        "de": "Diese Kamera gibt es nicht. Ihr Himmel ist berechnet: Sonne, Mond, Planeten und 5.000 Sterne stehen"
        " dort, wo sie über La Palma wirklich stehen, das Wetter ist erfunden.\n\nEine echte Kamera erzählt hier,"
        " wer sich um sie kümmert und warum, woraus sie besteht und wo man ihre Besitzer trifft. Gezeigt wird nur, was"
        " freigegeben ist.",
    },
    "setup": {
        "hardware": ["simulated sensor with the noise of an IMX477"],
        "sensors": [
            "simulated climate: temperature, humidity, dew point",
            "simulated sky meter",
        ],
    },
}


def introduce(hub: DemoHub, camera_id: str) -> None:
    """Give a camera its profile, as its operator would: a file and two commands."""
    file = hub.data.parent / "profile.json"
    file.write_text(json.dumps(PROFILE, ensure_ascii=False, indent=2))
    hub.ask("profile", camera_id, "set", str(file))
    hub.ask("profile", camera_id, "enable")
