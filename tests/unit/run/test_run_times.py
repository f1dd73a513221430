"""Times of jobs, by the files that Snakemake writes."""

import pytest

from descent.run.run_times import run_span, run_time, run_time_files


@pytest.fixture
def measured(tmp_path):
    """Return a function that writes down a job's seconds and peak memory."""

    def write(name, seconds, memory="-"):
        path = tmp_path / f"{name}.tsv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"s\th:m:s\tmax_rss\n{seconds}\t0:00:01\t{memory}\n")
        return path

    return write


def test_times_of_a_rules_jobs_are_taken_together(measured):
    files = [measured("a", 1.5, 20.0), measured("b", 2.0, 30.5), measured("c", "-")]
    assert run_time(files) == {"jobs": 3, "seconds": 3.5, "memory_mib": 30.5}
    assert run_time(files[2:]) == {"jobs": 1, "seconds": 0.0, "memory_mib": None}


def test_only_jobs_of_this_study_and_cut_count(measured, tmp_path):
    own = [
        measured(name, 1.0)
        for name in ("sweep", "sweep/bowl", "sweep/bowl/1-of-2", "sweep/bowl/2-of-2", "sweep/b")
    ]
    for name in (
        "sweep/gone",
        "sweep/bowl/1-of-3",
        "sweep/gone/1-of-2",
        "sweeps",
        "sweep/b/1-of-2",
    ):
        measured(name, 1.0)
    assert sorted(run_time_files("sweep", {"bowl": 2, "b": 1}, tmp_path)) == sorted(own)
    assert run_time_files("compare", {"bowl": 2}, tmp_path) == []


def test_the_span_of_a_run_is_that_of_its_jobs(measured, tmp_path):
    last = tmp_path / "report.html"
    last.write_text("")
    assert run_span([], last)[0] is None
    began, ended = run_span([measured("a", "2000"), measured("b", "-")], last)
    assert 1998 <= (ended - began).total_seconds() <= 2002
