"""The magics measure what a notebook defines, and tell slips in one line."""

import pytest
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell


@pytest.fixture(scope="module")
def shell():
    made = InteractiveShell.instance()
    made.run_line_magic("load_ext", "asyncbench")
    yield made
    InteractiveShell.clear_instance()


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("", "name what to measure"),
        ("slep", "did you mean 'sleep'?"),
        ("sleep --budget soon", "--budget: 'soon' is not a number of seconds"),
        ("sleep -n ten", "-n/--tasks: 'ten' is not a whole number"),
        ("sleep -e thread,uvlop --budgett 3", "no option --budgett (did you mean '--budget'?)"),
        ("sleep --python 3.12", "no option --python ("),
        ("sleep -e uvlop", "no executor 'uvlop' (did you mean 'uvloop'?)"),
        ("sleep -p", "expected one argument"),
        ("'sleep", "cannot be read"),
    ],
)
def test_a_slip_is_one_line(shell, line, told):
    with pytest.raises(UsageError) as caught:
        shell.run_line_magic("asyncbench", line)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("ask_thm", "no function 'ask_thm' here (did you mean 'ask_them'?)"),
        ("Asker", "Asker is a class, whose calls only make objects"),
        ("asker", "a live Asker can be called in this process alone"),
    ],
)
def test_what_a_notebook_has_is_looked_at_first(shell, line, told):
    shell.run_cell(
        "def ask_them():\n    return 1\nclass Asker:\n"
        "    def __call__(self):\n        return 1\nasker = Asker()\n"
    )
    with pytest.raises(UsageError) as caught:
        shell.run_line_magic("asyncbench", line)
    assert told in str(caught.value)


def test_a_cell_is_run_and_the_function_it_defines_is_measured(shell):
    cell = "import time\nPAUSE = 0.001\ndef nap():\n    time.sleep(PAUSE)\n    return 1\n"
    result = shell.run_cell_magic("asyncbench", "-e threads -n 4 --budget 0.2", cell)
    assert result["threads", "nap"].status == "ok"
    assert shell.user_ns["nap"]() == 1


def test_a_cell_without_a_function_is_told(shell):
    with pytest.raises(UsageError, match="the cell defines no function"):
        shell.run_cell_magic("asyncbench", "", "x = 1\n")


def test_what_a_cell_asks_for_in_vain_is_told_without_our_frames(shell, capsys):
    shell.run_cell("import asyncbench\nasyncbench.run('slep')\n")
    shown = "".join(capsys.readouterr())
    assert "UsageError: no workload 'slep' (did you mean 'sleep'?)" in shown
    assert "Traceback" not in shown
