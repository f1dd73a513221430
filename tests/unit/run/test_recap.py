"""The end of a run, told on one screen."""

from pathlib import Path

from descent.run.recap import Job, recap_text

REPORT = Path("results/report.html")


def job(folder, rule, seconds):
    """Return a job that has taken so long, by the file that Snakemake writes."""
    benchmark = folder / f"{rule}-{seconds}.tsv"
    benchmark.write_text(f"s\th:m:s\tmax_rss\n{seconds}\t0:00:01\t-\n")
    return Job(rule, f"logs/{rule}.log", str(benchmark))


def test_a_good_end_names_what_took_longest_and_the_report(tmp_path):
    jobs = [job(tmp_path, rule, 1.0) for rule in "abcd"]
    jobs += [job(tmp_path, "chunk", s) for s in (40.0, 50.0)] + [job(tmp_path, "draw", 30.0)]
    text = recap_text(95.0, [*jobs, Job("report", "", "")], [], 8, REPORT)
    assert text == (
        "8 jobs in 1 min 35 s, the longest: chunk 1 min 30 s, draw 30 s, a 1.0 s, b 1.0 s, "
        "c 1.0 s.\nReport: results/report.html"
    )


def test_a_job_whose_time_is_lost_is_not_named(tmp_path):
    lost = [Job("sweep", "", str(tmp_path / "gone.tsv")), job(tmp_path, "draw", "half a line")]
    text = recap_text(9.0, [*lost, job(tmp_path, "a", 1.0)], [], 3, REPORT)
    assert text == "3 jobs in 9.0 s, the longest: a 1.0 s."


def test_a_part_of_the_study_has_no_report():
    assert recap_text(0.4, [Job("mixture", "", "")], [], 1, REPORT) == "1 job in 0.4 s."


def test_a_bad_end_names_logs_and_how_to_go_on(tmp_path):
    failed = [Job("sweep_network_chunk", "logs/chunk.log", ""), Job("report", "", "")]
    lines = recap_text(12.0, [job(tmp_path, "mixture", 1.0)], failed, 9, REPORT).split("\n")
    assert lines == [
        "Stopped after 12 s: 2 jobs failed, 1 of 9 done, and kept.",
        "  sweep_network_chunk: see logs/chunk.log",
        "  report",
        "Mend the cause, and run the same command again to go on.",
    ]
