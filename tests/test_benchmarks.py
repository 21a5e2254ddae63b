import importlib
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1]))  # the benchmarks are not installed
measuring = importlib.import_module("benchmarks.measuring")
Row, peak_memory = measuring.Row, measuring.peak_memory

TAKES = """
import subprocess, sys, time
held = bytearray(b"x") * 50_000_000
if len(sys.argv) > 1:
    subprocess.run([sys.executable, "-c", sys.argv[1]], check=True)
time.sleep(0.2)
print("done")
"""


@pytest.mark.parametrize(
    ("row", "missed"),
    [
        (Row("a", 1.35, "x", most=1.35), False),
        (Row("a", 1.36, "x", most=1.35), True),
        (Row("a", 79.9, "%", least=80), True),
        (Row("a", 80.0, "%", least=80), False),
        (Row("a", 1e9, "ms"), False),
    ],
)
def test_a_target_is_missed_only_beyond_it(row, missed):
    assert row.missed is missed


def test_memory_is_that_of_the_largest_process_and_of_all_together():
    alone, printed = peak_memory([sys.executable, "-c", TAKES])
    both, _ = peak_memory([sys.executable, "-c", TAKES, TAKES])
    assert printed == "done\n"
    assert 50 < alone.rss_mb < 100
    assert both.rss_mb == pytest.approx(alone.rss_mb, rel=0.1)
    assert 50 < alone.pss_mb < 90
    assert 100 < both.pss_mb < 180


def test_a_program_that_fails_is_no_figure():
    with pytest.raises(SystemExit, match="failed"):
        peak_memory([sys.executable, "-c", "raise SystemExit(3)"])
