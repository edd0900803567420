"""What docs/claims.md says was measured is what the runs that it names come to."""

from pathlib import Path

import pytest

from asyncbench.stats.intervals import Interval
from tests.benchmarks import claims
from tests.benchmarks.claims import Claim
from tests.support.typed import typed

ROOT = Path(__file__).parents[2]


def test_the_page_says_what_its_runs_come_to():
    page = claims.PAGE.read_text()
    assert claims.written(page) == page


def test_at_least_fifteen_claims_have_a_source_and_a_run_that_is_kept():
    assert len(claims.CLAIMS) >= 15
    assert {each.run for each in claims.CLAIMS} == set(claims.RUNS)
    assert {path.stem for path in claims.JOURNALS.iterdir()} == set(claims.RUNS)
    assert all(each.url.startswith("https://") for each in claims.CLAIMS)


@pytest.mark.parametrize(
    ("published", "ours", "said"),
    [
        ((3.64,), (2.4, 4.9), "reproduced"),
        ((3.64,), (0.9, 4.9), "cannot tell here"),
        ((3.64,), (1.1, 1.4), "refuted here"),
        ((2, 17), (1.1, 4.6), "reproduced"),
        ((2, 4), (0.8, 1.4), "refuted here"),
        ((1.0,), (0.98, 1.03), "reproduced"),
        ((1.0,), (0.8, 1.3), "cannot tell here"),
        ((1.0,), (1.1, 1.3), "refuted here"),
        ((1.13,), (1.0, float("inf")), "cannot tell here"),
    ],
)
def test_a_verdict_follows_from_the_interval(published, ours, said):
    claim = Claim("", "", "", "", "slow", "fast", *published)
    assert claims.verdict(claim, Interval(sum(ours) / 2, *ours, 0.05)) == said


def test_what_the_machine_could_not_tell_is_no_verdict():
    assert claims.verdict(claims.CLAIMS[0], None) == "cannot tell here"


def test_a_run_can_be_shown(tmp_path):
    told = typed("show", claims.journal("timers"), "--all", cwd=tmp_path)
    assert told.returncode == 0
    assert "zuvloop" in told.stdout
