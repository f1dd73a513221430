"""The way of every problem: sweep, comparison, evaluation, figures.

Inputs:  a problem's part of the configuration; for a network also results/data/*.parquet.
Outputs: results/{problem}/*.parquet and results/figures/{problem}_*.svg.
"""


wildcard_constraints:
    problem=one_of(PROBLEMS),
    chunk=r"\d+",
    chunks=r"\d+",


rule sweep_chunk:
    """Advance a chunk of the sweep: every setting of every method from every start."""
    input:
        unpack(samples),
    output:
        temp("results/{problem}/chunks/{chunk}-of-{chunks}.parquet"),
    log:
        "logs/sweep_chunk/{problem}/{chunk}-of-{chunks}.log",
    benchmark:
        "logs/sweep_chunk/{problem}/{chunk}-of-{chunks}.tsv"
    priority: 1  # it takes longest, or others wait for it
    conda:
        "../../environment.yml"
    threads: threads_of_chunk
    resources:
        mem_mb=memory("sweep_chunk"),
        runtime=minutes("sweep_chunk"),
        # No parameter: it changes no result.
        engine=lambda wildcards: sweep_of(wildcards)["engine"],
    params:
        code=code_of_problem("sweep_chunk"),
        configuration=swept_part,
    script:
        "../scripts/sweep_chunk.py"


rule sweep:
    """Gather the chunks into one table."""
    input:
        chunks=chunks_of_sweep,
    output:
        "results/{problem}/sweep.parquet",
    log:
        "logs/sweep/{problem}.log",
    benchmark:
        "logs/sweep/{problem}.tsv"
    priority: 1
    localrule: True
    conda:
        "../../environment.yml"
    params:
        code=code_of_problem("gather"),
        configuration=swept_part,
    script:
        "../scripts/gather.py"


rule compare:
    """Select each method's setting on the tuning starts, and compare on the evaluation starts."""
    input:
        sweep=rules.sweep.output[0],
    output:
        settings="results/{problem}/settings.parquet",
        selected="results/{problem}/selected.parquet",
        pairwise="results/{problem}/pairwise.parquet",
        tuning_curve="results/{problem}/tuning_curve.parquet",
        anova="results/{problem}/anova.parquet",
    log:
        "logs/compare/{problem}.log",
    benchmark:
        "logs/compare/{problem}.tsv"
    priority: 1
    conda:
        "../../environment.yml"
    resources:
        mem_mb=memory("compare"),
        runtime=minutes("compare"),
    params:
        code=code_of_problem("compare"),
        configuration=swept_part,
    script:
        "../scripts/compare.py"


rule evaluate:
    """Run the selected and the named settings over the whole budget, from the evaluation starts."""
    input:
        unpack(samples),
        selected=rules.compare.output.selected,
    output:
        "results/{problem}/evaluation.parquet",
    log:
        "logs/evaluate/{problem}.log",
    benchmark:
        "logs/evaluate/{problem}.tsv"
    priority: 1
    conda:
        "../../environment.yml"
    resources:
        mem_mb=memory("evaluate"),
        runtime=minutes("evaluate"),
    params:
        code=code_of_problem("evaluate"),
        configuration=evaluated_part,
    script:
        "../scripts/evaluate.py"


rule plot_problem:
    """Draw the figures that every problem has."""
    input:
        unpack(samples),
        settings=rules.compare.output.settings,
        selected=rules.compare.output.selected,
        tuning_curve=rules.compare.output.tuning_curve,
        evaluation=rules.evaluate.output[0],
        captions=captions(*FAMILIES),
    output:
        **figures_of(FAMILIES),
    log:
        "logs/plot_problem/{problem}.log",
    benchmark:
        "logs/plot_problem/{problem}.tsv"
    localrule: True
    conda:
        "../../environment.yml"
    params:
        code=code_of_problem("plot_problem", shows=True),
        configuration=evaluated_part,
    script:
        "../scripts/plot_problem.py"


if PLANES:

    rule trace_paths:
        """Keep the paths of the selected settings, in the plane."""
        input:
            selected=rules.compare.output.selected,
        output:
            "results/{problem}/paths.parquet",
        log:
            "logs/trace_paths/{problem}.log",
        benchmark:
            "logs/trace_paths/{problem}.tsv"
        wildcard_constraints:
            problem=one_of(PLANES),
        conda:
            "../../environment.yml"
        resources:
            mem_mb=memory("trace_paths"),
            runtime=minutes("trace_paths"),
        params:
            code=code_of_problem("trace_paths"),
            configuration=swept_part,
        script:
            "../scripts/trace_paths.py"

    rule plot_paths:
        """Draw the paths of the selected settings over the level lines."""
        input:
            paths=rules.trace_paths.output[0],
            captions=captions(*PLANE_FAMILIES),
        output:
            **figures_of(PLANE_FAMILIES),
        log:
            "logs/plot_paths/{problem}.log",
        benchmark:
            "logs/plot_paths/{problem}.tsv"
        wildcard_constraints:
            problem=one_of(PLANES),
        localrule: True
        conda:
            "../../environment.yml"
        params:
            code=code_of_problem("plot_problem", shows=True),
            configuration=swept_part,
        script:
            "../scripts/plot_problem.py"


if NETWORKS:

    rule trace_curves:
        """Keep loss and accuracy of networks that are trained with the selected settings."""
        input:
            unpack(samples),
            selected=rules.compare.output.selected,
        output:
            "results/{problem}/training_curves.parquet",
        log:
            "logs/trace_curves/{problem}.log",
        benchmark:
            "logs/trace_curves/{problem}.tsv"
        wildcard_constraints:
            problem=one_of(NETWORKS),
        conda:
            "../../environment.yml"
        resources:
            mem_mb=memory("trace_curves"),
            runtime=minutes("trace_curves"),
        params:
            code=code_of_problem("trace_curves"),
            configuration=swept_part,
        script:
            "../scripts/trace_curves.py"

    rule plot_curves:
        """Draw loss and accuracy of networks that are trained with the selected settings."""
        input:
            unpack(samples),
            training_curves=rules.trace_curves.output[0],
            bayes=rules.bayes.output[0],
            captions=captions(*NETWORK_FAMILIES),
        output:
            **figures_of(NETWORK_FAMILIES),
        log:
            "logs/plot_curves/{problem}.log",
        benchmark:
            "logs/plot_curves/{problem}.tsv"
        wildcard_constraints:
            problem=one_of(NETWORKS),
        localrule: True
        conda:
            "../../environment.yml"
        params:
            code=code_of_problem("plot_problem", shows=True),
            configuration=swept_part,
        script:
            "../scripts/plot_problem.py"


# The sweeps by their rules' names, as targets: sweep_rosenbrock, sweep_network, sweep_network_he.
for name in PROBLEMS.keys() & {"rosenbrock", "network", "network-he"}:

    rule:
        name:
            f"sweep_{name.replace('-', '_')}"
        input:
            f"results/{name}/sweep.parquet",
        localrule: True
