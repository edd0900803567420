"""Frozen dataclasses are those of the standard library in all that can be seen of them."""

import copy
import dataclasses
import pickle
from dataclasses import FrozenInstanceError, field

import pytest

from asyncbench.frozen import dataclass


class Given:
    """What a class is made of."""

    first: int
    second: str = "b"
    third: list = field(default_factory=list)
    told: int = field(default=4, repr=False, compare=False)
    named: int = field(default=5, kw_only=True)

    def __post_init__(self):
        object.__setattr__(self, "second", self.second.upper())


@dataclass(frozen=True, slots=True)
class Kept:
    """At the top of a module, where pickles find it."""

    one: tuple
    two: int = 2


def made(decorator, given=Given):
    return decorator(frozen=True, slots=True)(type(given.__name__, (), {**given.__dict__}))


OURS, STANDARD = made(dataclass), made(dataclasses.dataclass)
WAYS = [
    ((1,), {}),
    ((1, "x", [3]), {"named": 7}),
    ((), {"first": 1, "told": 9}),
]


@pytest.mark.parametrize(("given", "named"), WAYS)
def test_they_hold_and_tell_what_those_of_the_standard_library_do(given, named):
    ours, standard = OURS(*given, **named), STANDARD(*given, **named)
    assert repr(ours) == repr(standard)
    assert dataclasses.asdict(ours) == dataclasses.asdict(standard)
    changed = dataclasses.replace(ours, first=8)
    assert repr(changed) == repr(dataclasses.replace(standard, first=8))
    assert OURS.__match_args__ == STANDARD.__match_args__
    assert OURS.__slots__ == STANDARD.__slots__


@pytest.mark.parametrize(
    ("given", "named"), [((), {}), ((1, 2, 3, 4, 5), {}), ((1,), {"other": 1})]
)
def test_what_does_not_fit_is_a_type_error(given, named):
    for each in (OURS, STANDARD):
        with pytest.raises(TypeError):
            each(*given, **named)


def test_they_are_equal_where_all_that_is_compared_is():
    assert OURS(1, told=1) == OURS(1, told=2)
    assert OURS(1) != OURS(2)
    assert OURS(1) != STANDARD(1)
    assert OURS(1).third is not OURS(1).third
    assert len({Kept((1,)), Kept((1,), 2), Kept((2,))}) == 2


@pytest.mark.parametrize("each", [OURS(1), STANDARD(1)])
def test_they_do_not_change(each):
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'first'"):
        each.first = 2
    with pytest.raises(FrozenInstanceError, match="cannot delete field 'first'"):
        del each.first
    assert each.first == 1


def test_they_are_copied_and_pickled():
    kept = Kept((1,), 3)
    assert copy.copy(kept) == copy.deepcopy(kept) == pickle.loads(pickle.dumps(kept)) == kept


def test_one_that_holds_itself_can_be_told():
    ring = Kept(([],))
    ring.one[0].append(ring)
    assert repr(ring) == "Kept(one=([...],), two=2)"


def test_what_a_class_says_itself_stands():
    class Given:
        one: int

        def __repr__(self):
            return "mine"

        def __hash__(self):
            return 7

    own = made(dataclass, Given)(1)
    assert (repr(own), hash(own)) == ("mine", 7)
    assert own == type(own)(1)


def test_other_dataclasses_are_those_of_the_standard_library():
    @dataclass(slots=True)
    class Open:
        one: int

    changed = Open(1)
    changed.one = 2
    assert repr(changed).endswith("Open(one=2)")
    assert changed == Open(2)
