"""Descent on the Rosenbrock function.

Inputs:  the configuration's section `rosenbrock`.
Outputs: results/rosenbrock/*.parquet and their figures.
"""


rule descend_rosenbrock:
    """Run the named descents and keep every iterate."""
    input:
        core=core("descend_rosenbrock"),
    output:
        "results/rosenbrock/trajectories.parquet",
    log:
        "logs/descend_rosenbrock.log",
    benchmark:
        "logs/descend_rosenbrock.tsv"
    localrule: True
    conda:
        "../../environment.yml"
    params:
        configuration=part(rosenbrock=["a", "b", "seed", "runs"]),
    script:
        "../scripts/descend_rosenbrock.py"


rule sweep_rosenbrock_chunk:
    """Advance a chunk of the sweep: every setting of every method from every start."""
    input:
        core=core("sweep_rosenbrock_chunk"),
    output:
        temp("results/rosenbrock/chunks/{chunk}-of-{chunks}.parquet"),
    log:
        "logs/sweep_rosenbrock_chunk/{chunk}-of-{chunks}.log",
    benchmark:
        "logs/sweep_rosenbrock_chunk/{chunk}-of-{chunks}.tsv"
    priority: 1  # it takes longest, or others wait for it
    conda:
        "../../environment.yml"
    threads: threads_of(study.rosenbrock.sweep.chunks)
    resources:
        mem_mb=megabytes(2000, "sweep_rosenbrock"),
        runtime=minutes(30, "sweep_rosenbrock", study.rosenbrock.sweep.chunks),
        # No parameter: it changes no result.
        engine=study.rosenbrock.sweep.engine,
    params:
        configuration=part(rosenbrock=["a", "b", "sweep"]),
    script:
        "../scripts/sweep_rosenbrock_chunk.py"


rule sweep_rosenbrock:
    """Gather the chunks into one table."""
    input:
        core=core("gather_chunks"),
        chunks=chunk_files("results/rosenbrock", study.rosenbrock.sweep.chunks),
    output:
        "results/rosenbrock/sweep.parquet",
    log:
        "logs/sweep_rosenbrock.log",
    benchmark:
        "logs/sweep_rosenbrock.tsv"
    priority: 1
    localrule: True
    conda:
        "../../environment.yml"
    params:
        table="ROSENBROCK_SWEEP",
        configuration=part(rosenbrock=["a", "b", "sweep"]),
    script:
        "../scripts/gather_chunks.py"


rule compare_rosenbrock:
    """Choose each method's setting on some starts, and compare the methods on the others."""
    input:
        core=core("compare_methods"),
        sweep=rules.sweep_rosenbrock.output[0],
    output:
        settings="results/rosenbrock/settings.parquet",
        choices="results/rosenbrock/choices.parquet",
        contrasts="results/rosenbrock/contrasts.parquet",
        budgets="results/rosenbrock/budgets.parquet",
        variance="results/rosenbrock/variance.parquet",
    log:
        "logs/compare_rosenbrock.log",
    benchmark:
        "logs/compare_rosenbrock.tsv"
    priority: 1
    conda:
        "../../environment.yml"
    resources:
        mem_mb=megabytes(1000, "compare_rosenbrock"),
        runtime=minutes(10, "compare_rosenbrock"),
    params:
        table="ROSENBROCK_SWEEP",
        problem="rosenbrock",
        budget=study.rosenbrock.sweep.iterations,
        configuration=part(rosenbrock=["a", "b", "sweep"]),
    script:
        "../scripts/compare_methods.py"


rule judge_rosenbrock:
    """Run the chosen and the named settings over the whole budget, from the held-out starts."""
    input:
        core=core("judge_rosenbrock"),
        choices=rules.compare_rosenbrock.output.choices,
    output:
        trials="results/rosenbrock/trials.parquet",
        paths="results/rosenbrock/paths.parquet",
    log:
        "logs/judge_rosenbrock.log",
    benchmark:
        "logs/judge_rosenbrock.tsv"
    priority: 1
    conda:
        "../../environment.yml"
    resources:
        mem_mb=megabytes(2000, "judge_rosenbrock"),
        runtime=minutes(30, "judge_rosenbrock"),
    params:
        configuration=part(["targets"], rosenbrock=["a", "b", "runs", "sweep"]),
    script:
        "../scripts/judge_rosenbrock.py"


rule plot_rosenbrock:
    """Draw the level lines of the function and its partial derivatives."""
    input:
        core=core("plot_rosenbrock"),
        caption=str(ROOT / "workflow" / "report" / "rosenbrock.rst"),
    output:
        report(
            "results/figures/rosenbrock.svg",
            caption="../report/rosenbrock.rst",
            category="Rosenbrock function",
            labels={"figure": "function and derivatives"},
        ),
    log:
        "logs/plot_rosenbrock.log",
    benchmark:
        "logs/plot_rosenbrock.tsv"
    localrule: True
    conda:
        "../../environment.yml"
    params:
        configuration=part(rosenbrock=["a", "b"]),
    script:
        "../scripts/plot_rosenbrock.py"


rule plot_descents:
    """Draw the named descents: their paths, and their values over the iterations."""
    input:
        core=core("plot_descents"),
        trajectories=rules.descend_rosenbrock.output[0],
        captions=[
            str(ROOT / "workflow" / "report" / "descents.rst"),
            str(ROOT / "workflow" / "report" / "descent_values.rst"),
        ],
    output:
        paths=report(
            "results/figures/descents.svg",
            caption="../report/descents.rst",
            category="Rosenbrock function",
            labels={"figure": "named descents, paths"},
        ),
        values=report(
            "results/figures/descent_values.svg",
            caption="../report/descent_values.rst",
            category="Rosenbrock function",
            labels={"figure": "named descents, values"},
        ),
    log:
        "logs/plot_descents.log",
    benchmark:
        "logs/plot_descents.tsv"
    localrule: True
    conda:
        "../../environment.yml"
    params:
        configuration=part(rosenbrock=["a", "b", "seed", "runs"]),
    script:
        "../scripts/plot_descents.py"


rule plot_rosenbrock_sweep:
    """Draw what the sweep and its comparison found."""
    input:
        core=core("plot_rosenbrock_sweep"),
        settings=rules.compare_rosenbrock.output.settings,
        choices=rules.compare_rosenbrock.output.choices,
        budgets=rules.compare_rosenbrock.output.budgets,
        trials=rules.judge_rosenbrock.output.trials,
        paths=rules.judge_rosenbrock.output.paths,
        captions=captions(
            "rosenbrock", "sweep", "runtimes", "sensitivity", "profile", "budgets", "paths"
        ),
    output:
        sweep=report(
            "results/figures/rosenbrock_sweep.svg",
            caption="../report/rosenbrock_sweep.rst",
            category="Rosenbrock function",
            labels={"figure": "sweep"},
        ),
        runtimes=report(
            "results/figures/rosenbrock_runtimes.svg",
            caption="../report/rosenbrock_runtimes.rst",
            category="Rosenbrock function",
            labels={"figure": "runtime distributions"},
        ),
        sensitivity=report(
            "results/figures/rosenbrock_sensitivity.svg",
            caption="../report/rosenbrock_sensitivity.rst",
            category="Rosenbrock function",
            labels={"figure": "sensitivity to the learning rate"},
        ),
        profile=report(
            "results/figures/rosenbrock_profile.svg",
            caption="../report/rosenbrock_profile.rst",
            category="Rosenbrock function",
            labels={"figure": "performance profile"},
        ),
        budgets=report(
            "results/figures/rosenbrock_budgets.svg",
            caption="../report/rosenbrock_budgets.rst",
            category="Rosenbrock function",
            labels={"figure": "best of k settings"},
        ),
        paths=report(
            "results/figures/rosenbrock_paths.svg",
            caption="../report/rosenbrock_paths.rst",
            category="Rosenbrock function",
            labels={"figure": "paths of tuned methods"},
        ),
    log:
        "logs/plot_rosenbrock_sweep.log",
    benchmark:
        "logs/plot_rosenbrock_sweep.tsv"
    localrule: True
    conda:
        "../../environment.yml"
    params:
        configuration=part(rosenbrock=["a", "b", "runs", "sweep"]),
    script:
        "../scripts/plot_rosenbrock_sweep.py"
