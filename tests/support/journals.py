"""Journals that a test has changed, with the checksum that they would have."""

import json

from asyncbench.record.lines import End, RunStatus
from asyncbench.record.raw_lines import Digest


def sealed(text):
    """Return the text of a whole journal with the checksum of its lines in its end."""
    *lines, end = text.splitlines()
    digest = Digest()
    for line in lines:
        digest.add(line.encode())
    fields = json.loads(end)
    told = End(RunStatus(fields["status"]), fields["wall_ns"], fields["why"])
    return "\n".join([*lines, json.dumps(fields | {"digest": digest.sealed(told)})]) + "\n"
