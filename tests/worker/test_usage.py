"""What a worker's processes have used is counted, whatever they are called."""

import subprocess
import sys
from pathlib import Path

import pytest

from asyncbench.worker.usage import Meter


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere other processes are not seen")
def test_a_process_whose_name_is_cut_in_the_middle_of_a_letter_is_counted(tmp_path):
    # The kernel keeps fifteen bytes of it.
    program = tmp_path / f"{'a' * 14}ö"
    program.symlink_to(Path(sys.executable).resolve())
    meter = Meter()
    command = [program, "-I", "-S", "-c", "import sys; sys.stdin.read()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        meter.find_processes()
        assert process.pid in meter.read()
        assert meter.peak_rss() > meter.own_peak_rss()
