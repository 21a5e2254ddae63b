"""Write ``stars.csv`` from the star file of d3-celestial.

    npm pack d3-celestial@0.7.35 && tar xzf d3-celestial-0.7.35.tgz
    python -m edge.cameras.sky.make_star_catalogue package/data/stars.6.json edge/cameras/sky/stars.csv

The order is from the brightest down, so that a reader may stop early. See NOTICE for the licence of the source.
"""

import argparse
import csv
import json
from pathlib import Path

SUN_LIKE_B_V = 0.65
"""Colour of a star for which the source has none."""


def rows(source: Path) -> list[tuple[str, str, str, str]]:
    """Return right ascension and declination (J2000, degrees), magnitude and B-V as text, brightest first."""
    stars = []
    for star in json.loads(source.read_text(encoding="utf-8"))["features"]:
        longitude_deg, declination_deg = star["geometry"]["coordinates"]
        magnitude = float(star["properties"]["mag"])
        b_v = float(star["properties"]["bv"] or SUN_LIKE_B_V)
        stars.append((magnitude, longitude_deg % 360, declination_deg, b_v))
    return [
        (f"{ra:.4f}", f"{dec:.4f}", f"{magnitude:.2f}", f"{b_v:.2f}")
        for magnitude, ra, dec, b_v in sorted(stars)
    ]


def main() -> None:
    """Convert the file named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path, help="stars.6.json of d3-celestial")
    parser.add_argument("target", type=Path, help="stars.csv to write")
    arguments = parser.parse_args()
    with arguments.target.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(("ra_deg", "dec_deg", "magnitude", "b_v"))
        table.writerows(rows(arguments.source))


if __name__ == "__main__":
    main()
