"""Further objectives, swept as the Rosenbrock function is.

Inputs:  the configuration's section `objectives`.
Outputs: results/objectives/*/*.parquet and their figures.
"""


wildcard_constraints:
    objective="|".join(map(re.escape, OBJECTIVES)) or "none",


rule sweep_objective_chunk:
    """Advance a chunk of the sweep: every setting of every method from every start."""
    input:
        core=core("sweep_objective_chunk"),
    output:
        temp("results/objectives/{objective}/chunks/{chunk}-of-{chunks}.parquet"),
    log:
        "logs/sweep_objective_chunk/{objective}/{chunk}-of-{chunks}.log",
    benchmark:
        "logs/sweep_objective_chunk/{objective}/{chunk}-of-{chunks}.tsv"
    priority: 1  # it takes longest, or others wait for it
    conda:
        "../../environment.yml"
    threads: lambda wildcards: threads_of(OBJECTIVES[wildcards.objective].sweep.chunks)
    resources:
        mem_mb=megabytes(2000, "sweep_objective {objective}"),
        runtime=minutes(30, "sweep_objective {objective}"),
        # No parameter: it changes no result.
        engine=lambda wildcards: OBJECTIVES[wildcards.objective].sweep.engine,
    params:
        configuration=objective_part,
    script:
        "../scripts/sweep_objective_chunk.py"


rule sweep_objective:
    """Gather the chunks into one table."""
    input:
        core=core("gather_chunks"),
        chunks=objective_chunks,
    output:
        "results/objectives/{objective}/sweep.parquet",
    log:
        "logs/sweep_objective/{objective}.log",
    benchmark:
        "logs/sweep_objective/{objective}.tsv"
    priority: 1
    localrule: True
    conda:
        "../../environment.yml"
    params:
        table="OBJECTIVE_SWEEP",
        configuration=objective_part,
    script:
        "../scripts/gather_chunks.py"


rule compare_objective:
    """Choose each method's setting on some starts, and compare the methods on the others."""
    input:
        core=core("compare_methods"),
        sweep=rules.sweep_objective.output[0],
    output:
        settings="results/objectives/{objective}/settings.parquet",
        choices="results/objectives/{objective}/choices.parquet",
        contrasts="results/objectives/{objective}/contrasts.parquet",
        budgets="results/objectives/{objective}/budgets.parquet",
        variance="results/objectives/{objective}/variance.parquet",
    log:
        "logs/compare_objective/{objective}.log",
    benchmark:
        "logs/compare_objective/{objective}.tsv"
    priority: 1
    conda:
        "../../environment.yml"
    resources:
        mem_mb=megabytes(1000, "compare_objective {objective}"),
        runtime=minutes(10, "compare_objective {objective}"),
    params:
        table="OBJECTIVE_SWEEP",
        problem=lambda wildcards: wildcards.objective,
        budget=lambda wildcards: OBJECTIVES[wildcards.objective].sweep.iterations,
        configuration=objective_part,
    script:
        "../scripts/compare_methods.py"


rule plot_objective:
    """Draw what the sweep found."""
    input:
        core=core("plot_objective"),
        settings=rules.compare_objective.output.settings,
        choices=rules.compare_objective.output.choices,
        caption=str(ROOT / "workflow" / "report" / "objective.rst"),
    output:
        report(
            "results/figures/objective_{objective}.svg",
            caption="../report/objective.rst",
            category="Further objectives",
            labels={"figure": "sweep on {objective}"},
        ),
    log:
        "logs/plot_objective/{objective}.log",
    benchmark:
        "logs/plot_objective/{objective}.tsv"
    localrule: True
    conda:
        "../../environment.yml"
    params:
        configuration=objective_part,
    script:
        "../scripts/plot_objective.py"
