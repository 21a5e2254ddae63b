import subprocess
import sys

import pytest

from products.files import write_atomically, written_atomically


def test_a_file_appears_whole_in_a_new_folder(tmp_path):
    path = tmp_path / "night" / "keogram.jpg"
    write_atomically(path, b"sky")
    assert path.read_bytes() == b"sky"
    assert list(path.parent.iterdir()) == [path]


def test_an_error_leaves_the_old_file_and_no_rest(tmp_path):
    path = tmp_path / "keogram.jpg"
    write_atomically(path, b"old")
    with pytest.raises(ZeroDivisionError), written_atomically(path) as file:
        file.write(b"%d" % (1 // 0))
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_killed_writer_leaves_the_old_file(tmp_path):
    path = tmp_path / "keogram.jpg"
    write_atomically(path, b"old")
    program = (
        "import os, sys, pathlib\n"
        "from products.files import written_atomically\n"
        "with written_atomically(pathlib.Path(sys.argv[1])) as file:\n"
        "    file.write(b'half'); file.flush(); os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, path], check=False)
    assert done.returncode == -9
    assert path.read_bytes() == b"old"
