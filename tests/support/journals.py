"""Journals that a test has changed, with the checksum that they would have."""

import json

from asyncbench.record.journal import Digest


def sealed(text):
    """Return the text of a whole journal with the checksum of its lines in its end."""
    *lines, end = text.splitlines()
    digest = Digest()
    for line in lines:
        digest.add(line.encode())
    return "\n".join([*lines, json.dumps(json.loads(end) | {"digest": digest.text})]) + "\n"
