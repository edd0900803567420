"""What was not as usual where a run was measured is said beside its answer."""

import pytest

from asyncbench.analysis import states
from tests.support.fakes import ENVIRONMENT, measured, plan, steady


@pytest.mark.parametrize(("allowed", "told"), [(0.5, True), (2.0, False), (None, False)])
def test_a_quota_that_allows_less_than_the_cpus_is_told(allowed, told):
    run = measured(plan("sequential"), steady(sequential=0.04))
    run.environment = ENVIRONMENT | {"cpus": 2, "cgroup_cpus": allowed}
    said = states.sentences(run)
    assert any("a quota allows 0.5 of 2 CPUs here" in each for each in said) == told
