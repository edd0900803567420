"""Workloads are found by name, file and module, and their parameters are checked."""

import dataclasses
import sys
from pathlib import Path

import pytest

from asyncbench.core import catalogue, parameters
from asyncbench.core.workload import Demand, Workload, forms, needs
from asyncbench.errors import ImportFailedError, UsageError

FAULTS = Path(__file__).parents[1] / "support" / "faults"


@pytest.fixture(autouse=True)
def _forget_files():
    """Modules and paths that a test loads are gone after it."""
    modules, paths = set(sys.modules), list(sys.path)
    yield
    sys.path[:] = paths
    for name in set(sys.modules) - modules:
        if str(FAULTS) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def test_what_fails_in_a_folder_named_like_importlib_is_told_with_its_line(tmp_path):
    (tmp_path / "importlib_demo").mkdir()
    (tmp_path / "importlib_demo/fails.py").write_text("x = 1\nx.y\n")
    with pytest.raises(UsageError, match=r"AttributeError: .*fails\.py, line 2"):
        catalogue.find(str(tmp_path / "importlib_demo/fails.py"))


def test_a_syntax_error_is_told_with_its_line(tmp_path):
    (tmp_path / "torn.py").write_text("x = 1\ndef broken(:\n    pass\n")
    with pytest.raises(UsageError, match=r"cannot import .*torn.py: .*torn.py, line 2"):
        catalogue.find(str(tmp_path / "torn.py"))


def test_a_file_that_lacks_a_module_whose_name_its_own_begins_with_fails_by_itself(tmp_path):
    (tmp_path / "nowhere_bench.py").write_text("import nowhere\n")
    with pytest.raises(ImportFailedError, match="No module named 'nowhere'"):
        catalogue.find(str(tmp_path / "nowhere_bench.py"))


def test_what_a_workload_needs_may_be_a_part_of_a_package():
    assert needs("x", "importlib.util", "nowhere.at_all").startswith("nowhere.at_all is not insta")
    assert needs("x", "importlib.util") is None


def test_the_built_in_workloads_have_a_name_a_form_and_a_demand():
    for name, workload in catalogue.built_in().items():
        assert name == workload.name
        lacking = {"blocking", "cooperative"} - forms(workload)
        if lacking == {"blocking"}:
            assert name.startswith("async-tree-") or name == "million-sleepers"
        else:
            assert lacking == ({"cooperative"} if name == "loop-churn" else set())
        assert isinstance(workload().demand(), Demand)
        assert workload.__doc__


def test_a_file_gives_all_its_workloads_or_the_one_named():
    path = str(FAULTS / "faulty.py")
    found = dict(catalogue.find(path))
    assert f"{path}:Fine" in found
    assert not any("_Small" in reference for reference in found)
    [(reference, one)] = catalogue.find(f"{path}:HangsWithChildren")
    assert reference.endswith(":HangsWithChildren")
    assert one.name == "hangs-with-children"


def test_a_module_gives_the_workload_named():
    [(_, found)] = catalogue.find("tests.support.faults.faulty:Fine")
    assert found.name == "fine"


def test_parameters_are_turned_into_their_types():
    [(_, typed)] = catalogue.find(f"{FAULTS / 'faulty.py'}:Typed")
    given = {"count": "3", "share": "0.25", "label": "y", "flag": "yes"}
    assert parameters.typed(typed, given) == {"count": 3, "share": 0.25, "label": "y", "flag": True}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"cuont": "3"}, "workload typed has no parameter 'cuont' (did you mean 'count'?)"),
        ({"count": "3.5"}, "parameter count of workload typed takes int, not '3.5'"),
        ({"flag": "maybe"}, "parameter flag of workload typed takes bool, not 'maybe'"),
    ],
)
def test_bad_parameters_are_told(given, message):
    [(_, typed)] = catalogue.find(f"{FAULTS / 'faulty.py'}:Typed")
    with pytest.raises(UsageError) as told:
        parameters.typed(typed, given)
    assert str(told.value) == message


def test_a_parameter_without_default_has_to_be_given():
    @dataclasses.dataclass
    class Needs(Workload):
        url: str

    with pytest.raises(UsageError, match="needs needs --param url=VALUE"):
        parameters.typed(Needs, {})


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("slep", "no workload 'slep' (did you mean 'sleep'?)"),
        ("json", "no workload 'json'"),
        ("nowhere.py", "no file"),
        (f"{FAULTS / 'faulty.py'}:Fien", "has no 'Fien' (did you mean 'Fine'?)"),
        ("json:decoder", "json:decoder is of type module, which cannot be called"),
        (
            "json:JSONDecoder",
            "json:JSONDecoder is a class and no workload; measure a method of an obj",
        ),
        (str(FAULTS / "does_not_import.py"), "does_not_import.py, line 3"),
        (str(FAULTS / "undecorated.py"), "write @dataclass above it"),
        (str(FAULTS / "reserved.py"), "has a parameter 'tasks', which every workload has"),
        (
            str(FAULTS / "executor_of_mine.py"),
            "has nothing to measure: no function of its own and no subclass",
        ),
    ],
)
def test_what_is_no_workload_is_told(reference, message):
    with pytest.raises(UsageError) as told:
        catalogue.find(reference)
    assert message in str(told.value)
