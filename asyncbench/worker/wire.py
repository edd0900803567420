"""Messages of runner and worker as JSON."""

from __future__ import annotations

import dataclasses
from json import dumps, loads  # each for itself, since a user's code can replace them there
from typing import Any, cast, get_args

from asyncbench.worker import checking
from asyncbench.worker.protocol import (
    A,
    Answer,
    DemandMeasured,
    Failed,
    Load,
    Loaded,
    MeasureDemand,
    Message,
    MessageError,
    Observe,
    Observed,
    Ran,
    Request,
    Run,
    Start,
    Started,
    Stop,
    Stopped,
    Trace,
    Traced,
)

# How each is called in JSON: a request under "do", an answer under "is".
_TAGS: dict[type[Message], tuple[str, str]] = {
    Load: ("do", "load"),
    Loaded: ("is", "loaded"),
    Start: ("do", "start"),
    Started: ("is", "started"),
    MeasureDemand: ("do", "measure demand"),
    DemandMeasured: ("is", "demand measured"),
    Observe: ("do", "observe"),
    Observed: ("is", "observed"),
    Trace: ("do", "trace"),
    Traced: ("is", "traced"),
    Run: ("do", "run"),
    Ran: ("is", "ran"),
    Stop: ("do", "stop"),
    Stopped: ("is", "stopped"),
    Failed: ("is", "failed"),
}
_KINDS = {tag: kind for kind, tag in _TAGS.items()}
# By request, what answers it: `Run` is a `Request[Ran]`.
_ANSWERS: dict[type[Message], type[Answer]] = {
    kind: get_args(vars(kind)["__orig_bases__"][0])[0]
    for kind in _TAGS
    if issubclass(kind, Request)
}


def to_dict(message: Any) -> dict[str, Any]:
    """Return a message's fields by name."""
    return {field.name: getattr(message, field.name) for field in dataclasses.fields(message)}


def answer_to(request: Request[A], message: Message) -> A:
    """Return a message as the answer to a request; raises MessageError where it is none."""
    if type(message) is not _ANSWERS[type(request)]:
        # Not what they hold: parameters can be secrets.
        raise MessageError(f"{type(message).__name__} to {type(request).__name__}")
    return cast("A", message)


def encode(message: Message, token: str = "") -> bytes:
    """Return a message as JSON; the token of an answer is that of its request."""
    key, tag = _TAGS[type(message)]
    return dumps({key: tag, "token": token, **to_dict(message)}).encode()


def opened(text: bytes) -> tuple[Message, str]:
    """Return the message that a JSON text holds, and its token.

    Raises MessageError where it is none, has not exactly the fields of its kind, or is an answer
    with a value that none can have.
    """
    try:
        fields = loads(text)
        key = "do" if "do" in fields else "is"
        token = fields.pop("token", "")
        message = _KINDS[key, fields.pop(key)](**fields)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise MessageError(f"no message, but {text[:80]!r}") from error
    if isinstance(message, Answer) and (wrong := checking.wrong_field(message)):
        raise MessageError(f"{type(message).__name__} with {wrong}")
    return message, token


def decode(text: bytes) -> Message:
    """Return the message that a JSON text holds; raises MessageError as `opened` does."""
    return opened(text)[0]
