"""What is typed for a parameter becomes what its annotation or its default says."""

import enum
import types
import typing
from pathlib import Path

import pytest

from asyncbench.core import functions
from asyncbench.core.functions import Call
from asyncbench.core.shown import shown
from asyncbench.errors import UsageError


class Colour(enum.Enum):
    RED = 1
    BLUE = "azure"


NUMBER = typing.NewType("NUMBER", int)


def made(called, kinds=("blocking",), args=(), **texts):
    return functions.workload_of("m:called", [called], kinds)(Call(texts, args, kinds))


@pytest.mark.parametrize(
    ("annotation", "text", "value"),
    [
        (int, "3", 3),
        (float, "3", 3.0),
        (bool, "no", False),
        (str, "3", "3"),
        (bytes, "ab", b"ab"),
        (int | None, "none", None),
        (typing.Optional[int], "3", 3),  # noqa: UP045
        (typing.Union[str, int], "3", 3),  # noqa: UP007
        (typing.Union[int, str], "x", "x"),  # noqa: UP007
        (typing.Literal["a", 2], "2", 2),
        (Colour, "RED", Colour.RED),
        (Colour, "azure", Colour.BLUE),
        (Path, "/tmp", Path("/tmp")),
        (list, "1,2", [1, 2]),
        (list[str], "1,b", ["1", "b"]),
        (tuple[int, float], "(1, 2)", (1, 2.0)),
        (tuple[int, ...], "1", (1,)),
        (set[int], "{1, 2}", {1, 2}),
        (dict[str, int], "{'a': 1}", {"a": 1}),
        (typing.Annotated[int, "of something"], "4", 4),
        (NUMBER, "4", 4),
        (typing.Any, "[1]", [1]),
        ("int | Nowhere", "4", 4),
        ("Optional[Nowhere]", "none", None),
        ("Union[Nowhere, str]", "x", "x"),
        (None, "None", None),
    ],
)
def test_an_annotation_says_what_a_text_means(annotation, text, value):
    def called(index, given):
        return 0

    called.__annotations__["given"] = annotation
    assert made(called, given=text).named == {"given": value}


@pytest.mark.parametrize(
    ("default", "text", "value"),
    [
        (1, "2", 2),
        (1, "0.5", 0.5),
        (True, "false", False),
        ("x", "3", "3"),
        ((1, 2), "3,4", (3, 4)),
        ([], "a", ["a"]),
        (None, "3", 3),
        (None, "word", "word"),
        (Path(), "x", Path("x")),
        (Colour.RED, "BLUE", Colour.BLUE),
        (object(), "[1]", [1]),
    ],
)
def test_a_default_says_it_where_there_is_no_annotation(default, text, value):
    def called(given=default):
        return 0

    assert made(called, given=text).named == {"given": value}


@pytest.mark.parametrize(
    ("annotation", "text", "told"),
    [
        (int, "3.5", "takes int, not '3.5'"),
        (int, "1e3", "takes int, not '1e3'; write 1000"),
        (dict[str, int], "{'a': 'x'}", "takes dict[str, int], not"),
        (dict[str, int], "a:1", "not 'a:1'; it is written as in Python: "),
        (types.SimpleNamespace, "3", "no text makes one: name a function that makes it"),
        (float, "inf", "takes float, not 'inf'"),
        (typing.Literal["a", "b"], "c", "takes a, b, not 'c'"),
        (Colour, "blu", "takes Colour, not 'blu' (did you mean 'BLUE'?)"),
        (tuple[int, int], "1", "takes tuple[int, int], not '1'"),
        ("Nowhere | None", "x", "takes Nowhere or None, not 'x'"),
        (typing.Callable, "x", "not 'x'"),
    ],
)
def test_what_it_does_not_say_is_refused(annotation, text, told):
    def called(given):
        return 0

    called.__annotations__["given"] = annotation
    with pytest.raises(UsageError) as error:
        made(called, given=text)
    assert told in str(error.value)


def test_what_more_is_given_is_of_the_type_that_it_says():
    def called(*sizes: int, **others: float):
        return sizes, others

    assert made(called, args=["1", "2"], half="0.5").result(None, 0) == ((1, 2), {"half": 0.5})
    with pytest.raises(UsageError, match=r"parameter \*sizes of .* takes int, not 'two'"):
        made(called, args=["1", "two"])
    with pytest.raises(UsageError, match=r"parameter half of .* takes float, not 'x'"):
        made(called, half="x")


@pytest.mark.parametrize("annotation", ["*tuple[int, str]", "P.args", typing.TypeVar("T")])
def test_what_passes_arguments_on_says_nothing_of_them(annotation):
    def called(*more):
        return more

    called.__annotations__["more"] = annotation
    assert made(called, args=["1", "b"]).result(None, 0) == (1, "b")


NAMES = (
    "name tasks concurrency address target open close aopen aclose task atask demand arguments "
    "self lane label given reference blocking cooperative takes found call result prove load hide"
)


@pytest.mark.parametrize("name", NAMES.split())
def test_a_parameter_may_have_any_name(name):
    space = {}
    exec(f"def called(index, {name}: int = 7):\n    return index + {name}", space)
    workload = made(space["called"], **{name: "3"})
    assert workload.task(None, 1) == 4
    assert workload.shown() == {name: 3}
    assert workload.name == "called"
    assert workload.target() is None


def test_what_records_keep_is_json_and_the_same_each_time():
    deep = [[[[[[[[1]]]]]]]]
    assert shown((1, Path("a"), Colour.RED, None)) == [1, "a", "RED", None]
    assert shown(object()) == "<object>"
    assert shown(float("nan")) == "nan"
    assert shown(1 << 80) == str(1 << 80)
    assert "[[1]]" in str(shown(deep))


def test_parameters_by_position_come_before_those_by_name():
    def called(a, b, /, index, *more, c=1, **others):
        return [a, b, index, more, c, others]

    workload = made(called, args=["1", "x", "2", "3"], c="5", d="6")
    assert workload.result(None, 9) == [1, "x", 9, (2, 3), 5, {"d": 6}]
    with pytest.raises(UsageError, match="needs --param b=VALUE"):
        made(called, args=["1"])
    with pytest.raises(UsageError, match="given twice"):
        made(called, args=["1"], a="2")

    def first(index, /, pause=1):
        return index * pause

    assert made(first, pause="3").task(None, 2) == 6
    with pytest.raises(UsageError, match="takes 1 --arg values at most, not 2"):
        made(first, args=["1", "2"])

    def named(*, size: int):
        return size

    with pytest.raises(UsageError, match="takes no --arg values, not 1; by name: --param size="):
        made(named, args=["1"])

    def last(pause, index, /, more=2):
        return pause, index, more

    assert made(last, pause="3").result(None, 2) == (3, 2, 2)
