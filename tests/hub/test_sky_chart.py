import io

import pytest
from PIL import Image

from products.manifest import sha256_hex

NIGHT = "2026-11-21"


@pytest.fixture
def png():
    content = io.BytesIO()
    Image.linear_gradient("L").resize((1200, 500)).save(content, "PNG")
    return content.getvalue()


def test_the_chart_of_the_sky_has_a_stable_address_and_is_among_the_files(
    hub, camera, png
):
    camera.put_blob(png, "image/png")
    assert camera.put_product(f"{NIGHT}/sqm", png, "image/png").status_code == 201
    answer = hub.get(f"/c/{camera.id}/sqm/latest.png")
    assert answer.content == png
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["ETag"] == f'"{sha256_hex(png)}"'
    page = hub.get(f"/en/c/{camera.id}/{NIGHT}")
    assert f'href="/b/{sha256_hex(png)}.png"' in page.text
    assert f'download="{camera.id}-{NIGHT}-sqm.png"' in page.text
    assert hub.get(f"/en/c/{camera.id}/keograms").ok


def test_a_camera_without_a_sky_meter_has_no_chart(hub, camera):
    assert hub.get(f"/c/{camera.id}/sqm/latest.png").status_code == 404


def test_the_chart_is_a_png_as_its_address_says(camera, make_jpeg):
    content = make_jpeg(7)
    camera.put_blob(content)
    answer = camera.put_product(f"{NIGHT}/sqm", content)
    assert (answer.status_code, answer.json()["code"]) == (422, "wrong_type")
