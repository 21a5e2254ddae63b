import ast
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub import create_app
from hub.config import HubSettings
from hub.public.reasons import sentences

EDGE = Path(__file__).parents[2] / "edge"


@pytest.fixture(scope="module")
def german(tmp_path_factory):
    """Answer as a German page does."""
    app = create_app(HubSettings(data=tmp_path_factory.mktemp("hub")))
    with app.test_request_context("/de/"):
        yield


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("It is day: frames are taken when the sun is below 0°.", "unter 0° steht"),
        ("It is day: frames are taken when the sun is below -6.5°.", "unter \u22126,5° steht"),
        ("The sun does not sink below -12° in these days.", "nicht unter \u221212°"),
        ("The clock is not set (it says 1970-01-01): no frames until it is.", "Uhr ist noch nicht gestellt"),
        ("Waiting for the next frame.", "wartet auf das nächste Bild"),
        ("Exposing for 12.5 s at gain 4.0.", "belichtet ein Bild"),
    ],
)  # fmt: skip
def test_what_our_software_says_is_said_in_the_language_of_the_page(
    german, reason, words
):
    (sentence,) = sentences(reason)
    assert words in sentence.text
    assert not sentence.own_words


def test_what_nobody_knows_stays_in_the_camera_s_own_words(german):
    said = sentences(
        "The disk is full. Only 3.5 MB are left! Waiting for the next frame. Odd"
    )
    assert [(one.text, one.own_words) for one in said] == [
        ("The disk is full. Only 3.5 MB are left!", True),
        ("Sie wartet auf das nächste Bild.", False),
        ("Odd", True),
    ]


def test_the_fault_of_a_camera_module_is_named_by_itself(german):
    said = sentences(
        "No frame from the camera: no such device (/dev/video0). It is opened again."
    )
    assert [one.own_words for one in said] == [False, True, False]
    assert said[1].text == "no such device (/dev/video0)."


@settings(deadline=None)
@given(st.text(max_size=300))
def test_no_word_of_a_camera_is_lost_and_none_fails(text):
    app = create_app(HubSettings(data=Path("nowhere")))
    with app.test_request_context("/en/"):
        said = sentences(text)
    assert all(one.text for one in said)
    if all(one.own_words for one in said):
        assert " ".join(one.text for one in said).split() == text.split()


@pytest.mark.parametrize("module", ["capture.py", "capture_window.py"])
def test_every_whole_sentence_that_capture_says_of_its_state_is_known(german, module):
    """Each sentence in the source that begins like a reason is one that the page can translate."""
    begins = (
        "It is day", "The sun does not", "The clock is not", "Waiting", "Exposing", "No frame", "There is no new",
    )  # fmt: skip
    found = []
    for node in ast.walk(ast.parse((EDGE / module).read_text())):
        if isinstance(node, ast.JoinedStr | ast.Constant):
            text = _filled(node)
            if text.startswith(begins) and text.endswith("."):
                found.append(text)
    assert found
    for text in found:
        assert not sentences(text)[0].own_words, text


def _filled(node):
    """Return a string of the source, what is filled in replaced by a number."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    parts = (
        part.value
        if isinstance(part, ast.Constant)
        else "2026-01-01"
        if "Y" in ast.unparse(part)
        else "0°"
        if "limit" in ast.unparse(part)
        else "3"
        for part in node.values
    )
    return "".join(parts)
