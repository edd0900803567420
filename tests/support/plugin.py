"""Imports all of the pytest plugin: pytester would have each project's run import it anew.

What a run imports is forgotten after it, and classes of two imports of one module do not fit.
"""

import asyncbench.pytest_plugin
import asyncbench.runner.trace
import asyncbench.testing.export
import asyncbench.testing.fixture
import asyncbench.testing.session
import asyncbench.testing.summary  # noqa: F401
import tests.support.fakes  # noqa: F401

# Of the plugin, which pytest would rather import itself.
KNOWN = "ignore:Module already imported"
