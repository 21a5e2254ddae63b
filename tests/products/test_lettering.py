import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from products.lettering import font, plain, spelled


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hügel über Český Krumlov", "Hugel uber Cesky Krumlov"),
        ("\N{MINUS SIGN}3.2 °C · 21.2 mag/arcsec²", "-3.2 °C · 21.2 mag/arcsec2"),
        ("Straße, 114 µs", "Strasse, 114 us"),
        ("Парк", "????"),
    ],
)
def test_letters_that_the_plain_font_lacks_become_the_nearest(text, expected):
    assert plain(text) == expected


def drawn(letter, chosen):
    picture = Image.new("L", (60, 60))
    ImageDraw.Draw(picture).text((10, 10), letter, fill=255, font=chosen)
    return np.asarray(picture)


@pytest.mark.parametrize("chosen", [ImageFont.load_default(30), font(30)])
def test_no_letter_is_drawn_as_an_empty_box(chosen):
    box = drawn("\uffff", chosen)
    for letter in spelled("\N{MINUS SIGN}ü²°·µß", chosen):
        assert not np.array_equal(drawn(letter, chosen), box), letter
