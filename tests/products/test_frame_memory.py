import subprocess
import sys

import psutil
import pytest

from products.frame_memory import TooLargeError, refuse_too_large


def test_frames_that_fit_are_not_refused():
    refuse_too_large(3040, 4056)


def test_frames_that_cannot_fit_are_refused_with_their_need():
    side = int((psutil.virtual_memory().total / 3) ** 0.5)
    with pytest.raises(TooLargeError, match=f"Frames of {side} x {side} pixels need"):
        refuse_too_large(side, side)


def test_freed_memory_is_the_systems_again():
    """Blocks that come and go leave nothing behind, in a process that was told so."""
    program = (
        "import psutil\n"
        "from products.frame_memory import give_memory_back_at_once\n"
        "give_memory_back_at_once()\n"
        "def held():\n"
        "    return psutil.Process().memory_info().rss\n"
        "before = held()\n"
        "blocks = [bytes(range(256)) * 20_000 for _ in range(20)]  # 5 MB each\n"
        "kept = blocks[::2]\n"
        "full = held()\n"
        "del blocks\n"
        "assert full - before > 90e6\n"
        "assert full - held() > 45e6\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
