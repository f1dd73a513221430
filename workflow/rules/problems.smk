"""The way of every problem: sweep, selection, multiverse, evaluation, comparison, figures.

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
        configuration=part_of_step("sweep"),
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
        configuration=part_of_step("sweep"),
    script:
        "../scripts/gather.py"


rule select_settings:
    """Score every setting on the tuning starts, and choose which are worth evaluating."""
    input:
        sweep=rules.sweep.output[0],
    output:
        settings="results/{problem}/settings.parquet",
        candidates="results/{problem}/candidates.parquet",
    log:
        "logs/select_settings/{problem}.log",
    benchmark:
        "logs/select_settings/{problem}.tsv"
    priority: 1
    conda:
        "../../environment.yml"
    resources:
        mem_mb=memory("select_settings"),
        runtime=minutes("select_settings"),
    params:
        code=code_of_problem("select_settings"),
        configuration=part_of_step("selection"),
    script:
        "../scripts/select_settings.py"


rule vary_protocols:
    """Answer under every protocol of the multiverse."""
    input:
        sweep=rules.sweep.output[0],
    output:
        multiverse="results/{problem}/multiverse.parquet",
        first="results/{problem}/first.parquet",
        levels="results/{problem}/levels.parquet",
        effects="results/{problem}/effects.parquet",
        tuning_curve="results/{problem}/tuning_curve.parquet",
    log:
        "logs/vary_protocols/{problem}.log",
    benchmark:
        "logs/vary_protocols/{problem}.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=memory("vary_protocols"),
        runtime=minutes("vary_protocols"),
    params:
        code=code_of_problem("vary_protocols"),
        configuration=part_of_step("protocols"),
    script:
        "../scripts/vary_protocols.py"


rule evaluate:
    """Run the selected and the named settings from fresh starts."""
    input:
        unpack(samples),
        candidates=rules.select_settings.output.candidates,
    output:
        evaluation="results/{problem}/evaluation.parquet",
        further="results/{problem}/further.parquet",
    log:
        "logs/evaluate/{problem}.log",
    benchmark:
        "logs/evaluate/{problem}.tsv"
    priority: 1
    conda:
        "../../environment.yml"
    threads: threads_of_chunk
    resources:
        mem_mb=memory("evaluate"),
        runtime=minutes("evaluate"),
    params:
        code=code_of_problem("evaluate"),
        configuration=part_of_step("evaluation"),
    script:
        "../scripts/evaluate.py"


rule compare:
    """Compare the methods with their selected settings, on the fresh starts."""
    input:
        sweep=rules.sweep.output[0],
        settings=rules.select_settings.output.settings,
        candidates=rules.select_settings.output.candidates,
        evaluation=rules.evaluate.output.evaluation,
        further=rules.evaluate.output.further,
    output:
        selected="results/{problem}/selected.parquet",
        pairwise="results/{problem}/pairwise.parquet",
        shrinkage="results/{problem}/shrinkage.parquet",
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
        configuration=part_of_step("comparison"),
    script:
        "../scripts/compare.py"


rule plot_problem:
    """Draw the figures that every problem has."""
    input:
        unpack(samples),
        settings=rules.select_settings.output.settings,
        multiverse=rules.vary_protocols.output.multiverse,
        first=rules.vary_protocols.output.first,
        levels=rules.vary_protocols.output.levels,
        tuning_curve=rules.vary_protocols.output.tuning_curve,
        evaluation=rules.evaluate.output.evaluation,
        selected=rules.compare.output.selected,
        pairwise=rules.compare.output.pairwise,
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
        configuration=part_of_step("figures"),
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
            configuration=part_of_step("comparison"),
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
            configuration=part_of_step("comparison"),
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
            configuration=part_of_step("comparison"),
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
            configuration=part_of_step("comparison"),
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
