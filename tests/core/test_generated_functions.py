"""Functions of any signature are called as Python would call them, or refused in one line."""

import asyncio
import functools
import inspect
from unittest import mock

from hypothesis import given, settings
from hypothesis import strategies as st

from asyncbench.core import callables, functions
from asyncbench.core.functions import Call
from asyncbench.core.workload import forms
from asyncbench.errors import UsageError

NAMES = ["index", "name", "tasks", "self", "lane", "task", "n", "url", "open"]
ANNOTATIONS = ["", ": int", ": float", ": str", ": 'Nowhere | None'", ": 'list[int]'", ": bool"]
DEFAULTS = ["", " = 3", " = None", " = 'x'", " = (1, 2)", " = 0.5"]
KINDS = ["def", "async def", "generator", "async generator", "wrapper"]
TEXTS = st.sampled_from(["3", "none", "x", "1,2", "0.5", "true", "", "[1]", "{"])
DECORATORS = [
    lambda f: f,
    lambda f: functools.partial(f),
    functools.lru_cache,
    lambda f: functools.wraps(f)(lambda *args, **more: f(*args, **more)),
]


@st.composite
def sources(draw):
    """Draw a function that returns what it was given, as text."""
    names = draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=5))
    first, last = sorted(draw(st.tuples(*[st.integers(0, len(names))] * 2)))
    parts, defaults = [], False
    star = draw(st.sampled_from(["*", "*more"])) if last < len(names) or draw(st.booleans()) else ""
    for place, name in enumerate(names):
        if place == last and star:
            parts.append(star)
        default = draw(st.sampled_from(DEFAULTS if place >= last else DEFAULTS[defaults:]))
        defaults = place < last and bool(default or defaults)
        parts.append(f"{name}{draw(st.sampled_from(ANNOTATIONS))}{default}")
        if place + 1 == first:
            parts.append("/")
    if star == "*more" and star not in parts:
        parts.append(star)
    if draw(st.booleans()):
        parts.append("**others")
    kind = draw(st.sampled_from(KINDS))
    body = {"generator": "yield 1", "async generator": "yield 1"}.get(kind, "return dict(locals())")
    opening = "async def" if kind.startswith("async") else "def"
    source = f"{opening} called({', '.join(parts)}):\n    {body}"
    if kind == "wrapper":
        source += "\nasync def given(found): return found\nplain = called\n"
        source += "import functools\n"
        source += "called = functools.wraps(plain)(lambda *a, **k: given(plain(*a, **k)))"
    return kind, names, source


@settings(max_examples=500, deadline=None)
@given(sources(), st.data())
def test_any_function_is_called_as_it_asks_to_be_or_refused_in_one_line(drawn, data):
    kind, names, source = drawn
    space = {}
    exec(source, space)
    called = data.draw(st.sampled_from(DECORATORS))(space["called"])
    params = data.draw(st.dictionaries(st.sampled_from([*names, "other"]), TEXTS))
    params.pop("index", None)
    call = Call(params, data.draw(st.lists(TEXTS, max_size=2)))
    refused = None
    try:
        # However busy the machine is: none of these takes its time.
        with mock.patch.object(callables, "PROBE_S", 30):
            workload, call = functions.settle(functions.workload_of("m:called", [called]), call)
        made = workload(call)
    except UsageError as error:
        refused = str(error)
    if refused is not None:
        assert len(refused.splitlines()) == 1
        return
    assert kind in ("def", "async def", "wrapper")
    if kind == "wrapper" and isinstance(called, functools._lru_cache_wrapper):
        return  # what cannot be hashed fails the call that would tell what it comes to
    cooperative = kind in ("async def", "wrapper")
    assert forms(workload) == {"cooperative" if cooperative else "blocking"}
    do = callables.kind(called)
    assert do in (None, "cooperative")
    if isinstance(called, functools._lru_cache_wrapper):
        return  # not every argument can be hashed, which is the function's own affair
    if cooperative:
        assert asyncio.run(made.atask(None, 7)) >= 0
        return
    found = made.result(None, 7)
    signature = inspect.signature(called)
    for name in names:
        if name == "index":
            assert found[name] == 7
        elif name in made.named:
            assert found[name] == made.named[name]
        else:
            assert found[name] == signature.parameters[name].default
