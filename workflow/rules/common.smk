"""What the rules share: a study's parts, its problems, what code means, what a job may need."""

STARTED = time.time()
SCRIPTS, PACKAGE = ROOT / "workflow" / "scripts", ROOT / "src" / "descent"
CAPTIONS = ROOT / "workflow" / "report" / "captions"

# The problems of the study, with the part of the configuration that each is made from.
PROBLEMS = problem_parts(study.model_dump())
NETWORKS = [name for name, one in PROBLEMS.items() if one["problem"]["objective"] == "network"]
PLANES = [
    name
    for name, one in PROBLEMS.items()
    if name not in NETWORKS
    and one["problem"]["dimension"] == 2
    and one["problem"]["rotation"] is None
]

# What the rules that have much to do are estimated to need, by rule and problem.
NEEDS = estimated_needs(study.model_dump())
memory, minutes = (partial(asked, needs=NEEDS) for asked in (memory_of, minutes_of))


def part(**sections):
    """Return a part of the study: of each section some keys, or all (`...`)."""
    whole = {name: getattr(study, name) for name in sections}
    return {
        name: section and section.model_dump(include=None if keys is ... else set(keys))
        for (name, keys), section in zip(sections.items(), whole.values())
    }


def part_of_step(step):
    """Return what gives the part of the configuration that determines a step of a problem."""
    return lambda wildcards: part_for(PROBLEMS[wildcards.problem], step)


def sweep_of(wildcards):
    """Return the configuration of a problem's sweep."""
    return PROBLEMS[wildcards.problem]["problem"]["sweep"]


def one_of(names):
    """Return the constraint of a wildcard that stands for one of some names."""
    return "|".join(map(re.escape, names))


# ── Files ────────────────────────────────────────────────────────────────────────────────────


def samples(wildcards):
    """Return the samples of a problem, if it is a network."""
    is_network = wildcards.problem in NETWORKS
    return {name: f"results/data/{name}.parquet" for name in ("mixture", "held_out") * is_network}


def chunks_of_sweep(wildcards):
    """Return the files of a sweep's chunks, in order."""
    return chunk_files(wildcards.problem, sweep_of(wildcards)["chunks"])


def captions(*figures):
    """Return the captions of figures: an edit of one draws its figure again."""
    return [str(CAPTIONS / f"{figure}.rst") for figure in figures]


def figures_of(families):
    """Return a problem's figures, as they are put into Snakemake's report."""
    return {
        family: report(
            f"results/figures/{{problem}}_{family}.svg",
            caption=f"../report/captions/{family}.rst",
            category="Comparisons",
            subcategory="{problem}",
            labels={"figure": words},
        )
        for family, words in families.items()
    }


# ── Code, by what it means ───────────────────────────────────────────────────────────────────


def code_of(script, shows=False, objectives=None):
    """Return what a script's code means, with the objectives that it uses; all by default."""
    used = (
        None
        if objectives is None
        else {OBJECTIVES[name].formula.__module__.rpartition(".")[2] for name in objectives}
    )
    return fingerprint(SCRIPTS / f"{script}.py", PACKAGE, shows, used)


def code_of_problem(script, shows=False):
    """Return what a script's code means for a problem: other objectives are no part of it."""

    def meant(wildcards):
        objective = PROBLEMS[wildcards.problem]["problem"]["objective"]
        return code_of(script, shows, [objective] if wildcards.problem not in NETWORKS else [])

    return meant


# ── What a job may need ──────────────────────────────────────────────────────────────────────


def threads_of_chunk(wildcards):
    """Share the cores among the chunks of a sweep."""
    cores = workflow.resource_settings.cores
    is_elsewhere = workflow.remote_exec or cores in (None, sys.maxsize)
    return chunk_threads(sweep_of(wildcards)["chunks"], None if is_elsewhere else cores)


def timed_rules(wildcards):
    """Return the names of the rules whose time is measured."""
    return [rule.name for rule in workflow.rules if rule.benchmark]


# ── Before and after a run ───────────────────────────────────────────────────────────────────


def be_ready():
    """Stop before any job starts where the study cannot run; tell what is good to know."""
    try:
        require_path_without_braces(ROOT)
        for folder in ("results", "logs", ".snakemake"):
            require_writable(folder)
        for folder in SNAKEMAKE_FOLDERS:
            require_writable(Path(".snakemake", folder))
        require_own_module("descent_job", SCRIPTS, sys.path)
        if not workflow.non_local_exec:
            require_memory(NEEDS.values())
    except NotReadyError as error:
        raise WorkflowError(str(error)) from None
    if workflow.is_main_process and not is_imported:
        notes = release_dead(".snakemake"), remove_garbled(".snakemake")
        tell(*notes, note_of_another_version(Path("results/manifest.json")))


def begin_alone():
    """Stop before any job starts where another run is at work; clear away what a killed one left."""
    jobs = list(workflow.dag.needrun_jobs())
    outputs = [str(file) for job in jobs for file in job.output]
    try:
        require_places(outputs, [str(job.benchmark) for job in jobs if job.benchmark])
        claim(".snakemake")
    except (NotReadyError, LockedError) as error:
        raise WorkflowError(str(error)) from None
    waiting = "Jobs of a run that was killed are still at work here: waiting until they are done"
    wait_for_jobs(".snakemake", lambda: tell(waiting))
    note_temporary(".snakemake", *temporary_files())
    clear_leftovers()


def temporary_files():
    """Return the temporary files that this run makes, and the files that the user wants to keep."""

    def names(jobs, kind):
        return {str(file) for job in jobs for file in getattr(job, kind)}

    made = names(workflow.dag.needrun_jobs(), "temp_output")
    if workflow.storage_settings.notemp:
        return made, names(workflow.dag.jobs, "temp_output")
    return made, names(workflow.dag.targetjobs, "output")


def clear_leftovers():
    """Remove what killed jobs have not written to its end, and chunks that nothing waits for."""
    remove_partial("results")
    inputs = {job: {str(file) for file in job.input} for job in workflow.dag.jobs}
    awaited = set().union(*(inputs[job] for job in workflow.dag.needrun_jobs()))
    cuts, read = sweep_cuts(study.model_dump()), set().union(*inputs.values())
    clear_chunks(cuts, read, awaited, noted_temporary(".snakemake"))


def tell(*notes):
    """Write notes to the terminal."""
    for note in filter(None, notes):
        say_on_terminal(f"Note: {note}.\n")


def tell_estimates(jobs=None):
    """Tell how long what there is to do will take, and what it needs; of all rules by default."""
    named = jobs and {(job.rule.name, job.wildcards_dict.get("problem", "")) for job in jobs}
    for line in estimate_lines(NEEDS, workflow.resource_settings.cores or 1, named):
        say_on_terminal(f"{line}\n")


def tell_recap(stopped=False):
    """Tell what ran, for how long, where the report is, and what failed."""

    def told(jobs):
        return [Job(job.rule.name, next(iter(job.log), ""), job.benchmark or "") for job in jobs]

    finished, failed = told(workflow.dag.finished_jobs), told(workflow.scheduler.failed)
    page = Path("results/report.html")
    text = recap_text(time.time() - STARTED, finished, failed, len(workflow.dag), page, stopped)
    say_on_terminal(f"\n{text}\n")
