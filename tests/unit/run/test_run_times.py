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
    files = [measured("a", 1.5, 20.0), measured("b", 2.0, 30.5), measured("c", 0.25)]
    assert run_time(files) == {"jobs": 3, "seconds": 3.75, "memory_mib": 30.5}
    assert run_time(files[2:]) == {"jobs": 1, "seconds": 0.25, "memory_mib": None}


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\n", b"s\n", b"s\tmax_rss", b"s\tmax_rss\n",
        b"s\tmax_rss\nnan\tinf\n", b"s\tmax_rss\n-1\t-2\n", b"s\tmax_rss\n1e300\tx\n",
        b"s\tmax_rss\n5.\xff\t1\n", b"\x00" * 100, b"\xff\xfe", b'"' + b"x" * 300_000, None,
    ],
)  # fmt: skip
def test_a_damaged_file_costs_its_numbers_and_no_more(measured, tmp_path, content):
    damaged, last = tmp_path / "b.tsv", tmp_path / "report.html"
    damaged.mkdir() if content is None else damaged.write_bytes(content)
    last.write_text("")
    assert run_time([damaged]) == {"jobs": 1, "seconds": None, "memory_mib": None}
    both = run_time([measured("a", 1.5, 20.0), damaged])
    assert both == {"jobs": 2, "seconds": None, "memory_mib": 20.0}
    began, ended = run_span([damaged], last)
    assert began <= ended
    assert run_time([tmp_path / "gone.tsv"])["seconds"] is None


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
    began, ended = run_span([measured("a", "2000"), measured("b", "")], last)
    assert 1998 <= (ended - began).total_seconds() <= 2002
