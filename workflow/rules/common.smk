"""What every stage uses: its part of the configuration, and the modules its script imports."""

import os
import re
import subprocess
import sys
import time

from descent.support.dependencies import imported_modules
from descent.run.recap import Job, recap

STARTED = time.time()
REPORT = Path("results/report.html")

# What the rules that have much to do are estimated to need.
NEEDS = {estimate.rule: estimate for estimate in estimates(study.model_dump())}

# What does not change a sweep's table, or only what is made of it.
BESIDE = {"sweep": {"chunks", "engine", "targets"}}


# Further objectives by name.
OBJECTIVES = {objective.name: objective for objective in study.objectives}

# What the description of a run copies of the workflow itself.
SOURCES = [
    "Snakefile", "config.yaml", "environment.yml", "requirements.txt", "LICENSE", "CITATION.cff",
    "profiles/default/config.yaml", "src/descent/*.py", "workflow/*.yaml",
    "workflow/profiles/*/config.yaml", "workflow/report/*.jinja", "workflow/report/*.rst",
    "workflow/rules/*.smk", "workflow/schemas/*.json", "workflow/scripts/*.py",
]  # fmt: skip

# Into how many chunks each sweep is cut, by its folder under the results.
CUTS = {
    "rosenbrock": study.rosenbrock.sweep.chunks,
    "network": study.network.sweep.chunks,
    **{f"objectives/{one.name}": one.sweep.chunks for one in study.objectives},
}


wildcard_constraints:
    chunk=r"\d+",
    chunks=r"\d+",


def require_writable(folder):
    """Stop before any job starts where the results cannot be written."""
    nearest = next(path for path in [folder, *folder.absolute().parents] if path.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        raise WorkflowError(
            f"{nearest} must be a folder that can be written to, for the files under {folder}/"
        )


def require_memory():
    """Stop before any job starts where this machine has not the memory for one."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    faults = too_large(list(NEEDS.values()), memory)
    if faults and not workflow.non_local_exec:
        raise WorkflowError("\n".join(faults))


def free_of_dead_runs():
    """Remove the lock of a run that was killed; tell of one that is at work."""
    if warning := release_dead(".snakemake"):
        sys.stderr.write(f"Note: {warning}.\n")


def tell_of_another_version():
    """Tell where the results that are here were made by another version of this workflow."""
    manifest = Path("results/manifest.json")
    try:
        made = read_json(manifest)["descent"] if manifest.is_file() else __version__
    except (DamagedFile, KeyError, TypeError):
        return
    if made != __version__:
        sys.stderr.write(
            f"Note: {manifest} is of version {made} of descent, and this is {__version__}: all is "
            "made anew. Where Snakemake has lost track of what it made, add --forceall.\n"
        )


def begin_alone():
    """Stop before any job starts where another run is at work; clear away what a killed one left."""
    try:
        claim(".snakemake")
    except LockedError as error:
        raise WorkflowError(str(error)) from None
    wait_for_jobs(
        ".snakemake",
        lambda: sys.stderr.write(
            "Jobs of a run that was killed are still at work here. Waiting until they are done ...\n"
        ),
    )
    remove_partial("results")
    clear_chunks()


def clear_chunks():
    """Remove chunks that nothing waits for: of sweeps that are gathered, or cut in another way."""
    jobs = {job: {str(file) for file in job.input} for job in workflow.dag.jobs}
    named = {file for files in jobs.values() for file in files}
    awaited = {file for job in workflow.dag.needrun_jobs() for file in jobs[job]}
    for folder, chunks in CUTS.items():
        for chunk in Path("results", folder, "chunks").glob("*-of-*.parquet"):
            of_this_cut = chunk.stem.endswith(f"-of-{chunks}")
            if not of_this_cut or (str(chunk) in named and str(chunk) not in awaited):
                chunk.unlink()


def tell_estimates(names=None):
    """Tell how long what there is to do will take, and what it needs; of all rules by default."""
    for estimate in NEEDS.values():
        name = estimate.rule.split()[0]
        is_long = name.startswith(("sweep_", "judge_"))
        if is_long and (names is None or {name, f"{name}_chunk"} & names):
            sys.stderr.write(f"{describe(estimate, workflow.resource_settings.cores or 1)}\n")


def tell_recap(stopped=False):
    """Tell what ran, for how long, where the report is, and what failed."""

    def told(jobs):
        return [Job(job.rule.name, next(iter(job.log), ""), job.benchmark or "") for job in jobs]

    finished, failed = told(workflow.dag.finished_jobs), told(workflow.scheduler.failed)
    text = recap(time.time() - STARTED, finished, failed, len(workflow.dag), REPORT, stopped)
    sys.stderr.write(f"\n{text}\n")


def core(name):
    """Return the modules of the core that a script imports, for its rule to track as inputs."""
    script = ROOT / "workflow" / "scripts" / f"{name}.py"
    return [str(module) for module in imported_modules(script, ROOT / "src" / "descent")]


def part(beside=(), **sections):
    """Return a part of the study: of each section some keys, or all (`...`).

    Of a sweep it leaves out what does not change its table, or only what is made of it; but for
    what is wanted `beside`.
    """
    wanted = {name: None if keys is ... else set(keys) for name, keys in sections.items()}
    without = {name: keys - set(beside) for name, keys in BESIDE.items()}
    return {
        name: getattr(study, name).model_dump(include=keys, exclude=without)
        for name, keys in wanted.items()
    }


def objective_part(wildcards):
    """Return an objective's part of the study, as `part` does."""
    return {"objective": OBJECTIVES[wildcards.objective].model_dump(exclude=BESIDE)}


def objective_chunks(wildcards):
    """Return the files of the chunks of an objective's sweep."""
    name = wildcards.objective
    return chunk_files(f"results/objectives/{name}", OBJECTIVES[name].sweep.chunks)


def captions(stage, *figures):
    """Return the captions of a stage's figures."""
    return [str(ROOT / "workflow" / "report" / f"{stage}_{figure}.rst") for figure in figures]


def chunk_files(folder, chunks):
    """Return the files of a sweep's chunks, in order."""
    return [f"{folder}/chunks/{chunk}-of-{chunks}.parquet" for chunk in range(1, chunks + 1)]


def benchmarks_of(rule):
    """Return patterns of a rule's run times: those of this study, not of an earlier cut of it."""
    pattern = re.sub(r"\{(\w+),[^{}]*\}", r"{\1}", str(rule.benchmark))
    cuts = [(one.name, one.sweep.chunks) for one in study.objectives]
    if "{objective}" not in pattern:
        stage = "network" if "network" in pattern else "rosenbrock"
        cuts = [("", CUTS[stage])]
    filled = [
        pattern.replace("{objective}", name).replace("{chunks}", str(chunks))
        for name, chunks in cuts
    ]
    return [re.sub(r"\{\w+\}", "*", text) for text in filled]


def threads_of(chunks):
    """Share the cores among the chunks of a sweep; on a cluster, four for each."""
    cores = workflow.resource_settings.cores
    on_cluster = workflow.remote_exec or cores in (None, sys.maxsize)
    return 4 if on_cluster else max(1, cores // chunks)


def megabytes(least, name=""):
    """Ask for the memory that a rule is estimated to need, with some to spare.

    Each further attempt asks for twice as much.
    """

    def asked(wildcards, attempt):
        need = NEEDS.get(name.format(**dict(wildcards.items())))
        estimated = 500 + 1.5e-6 * need.memory if need else 0
        return round(max(least, estimated)) * 2 ** (attempt - 1)

    return asked


def minutes(least, name="", chunks=1):
    """Ask for three times as long as a rule is estimated to take; each further attempt, longer."""

    def asked(wildcards, attempt):
        need = NEEDS.get(name.format(**dict(wildcards.items())))
        estimated = 3 * need.seconds(4) / chunks / 60 if need else 0
        return round(max(least, estimated)) * attempt

    return asked


def workflow_files():
    """Return the workflow's own files, the core among them."""
    return sorted(str(path) for pattern in SOURCES for path in ROOT.glob(pattern))


def commit(wildcards):
    """Return the workflow's git commit, marked where its files differ; None outside its own git."""
    git = ["git", "-C", str(ROOT)]
    paths = ["Snakefile", "workflow", "profiles", "src", "config.yaml"]
    commands = [
        [*git, "ls-files", "--error-unmatch", "Snakefile"],  # or the git is another project's
        [*git, "rev-parse", "HEAD"],
        [*git, "status", "--porcelain", "--", *paths],
    ]
    try:
        _, head, edits = [
            subprocess.run(command, capture_output=True, check=True, text=True).stdout.strip()
            for command in commands
        ]
    except (OSError, subprocess.CalledProcessError):
        return None
    return head + (" with edits" if edits else "")
