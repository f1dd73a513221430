"""The findings about the notebook, the manifest and the report.

Inputs:  all tables and figures.
Outputs: results/findings/faults.parquet, results/manifest.json, results/report.html.
"""

TABLES = {
    "mixture": rules.mixture.output.mixture,
    "forward": rules.check_forward.output[0],
    "gradients": rules.check_gradients.output[0],
    "bayes": rules.bayes.output[0],
    "theory": rules.check_theory.output[0],
    "trajectories": rules.descend_rosenbrock.output[0],
    "training": rules.train_network.output.training,
    "faults": "results/findings/faults.parquet",
}
"""What the report reads by name, beside what was compared."""

COMPARED = {
    "rosenbrock": [*rules.compare_rosenbrock.output, rules.judge_rosenbrock.output.trials],
    "network": [*rules.compare_network.output, rules.judge_network.output.trials],
}
FURTHER = {name: expand(rules.compare_objective.output, objective=name) for name in OBJECTIVES}
RESULTS = [
    *TABLES.values(),
    *(file for files in [*COMPARED.values(), *FURTHER.values()] for file in files),
    rules.mixture.output.held_out,
    rules.sweep_rosenbrock.output[0],
    rules.sweep_network.output[0],
    *expand(rules.sweep_objective.output[0], objective=OBJECTIVES),
    rules.train_network.output.parameters,
    rules.judge_rosenbrock.output.paths,
    rules.judge_network.output.curves,
]
FIGURES = [
    rules.draw_network.output[0],
    rules.plot_rosenbrock.output[0],
    *rules.plot_descents.output,
    *rules.plot_rosenbrock_sweep.output,
    rules.plot_mixture.output[0],
    rules.plot_gradients.output[0],
    rules.plot_training.output[0],
    rules.plot_regions.output[0],
    *rules.plot_network_sweep.output,
    rules.plot_theory.output[0],
    *expand(rules.plot_objective.output[0], objective=OBJECTIVES),
]


rule examine_notebook:
    """Show by computation what is wrong in the notebook."""
    input:
        core=core("examine_notebook"),
        mixture=rules.mixture.output.mixture,
    output:
        TABLES["faults"],
    log:
        "logs/examine_notebook.log",
    benchmark:
        "logs/examine_notebook.tsv"
    priority: 1  # it takes longest, or others wait for it
    conda:
        "../../environment.yml"
    resources:
        mem_mb=megabytes(1000),
        runtime=minutes(10),
    params:
        configuration=part(
            forward=...,
            rosenbrock=["a", "b", "seed", "runs"],
            mixture=...,
            network=["layers", "initial", "seeds", "runs"],
        ),
    script:
        "../scripts/examine_notebook.py"


rule manifest:
    """Write down what was made, from what, by which versions, and how long it took."""
    input:
        core=core("manifest"),
        results=[*RESULTS, *FIGURES],
    output:
        "results/manifest.json",
    log:
        "logs/manifest.log",
    localrule: True
    conda:
        "../../environment.yml"
    params:
        # A function's value is taken as it is: braces in a title are no wildcards.
        configuration=lambda wildcards: study.model_dump(),
        commit=commit,
        times=lambda wildcards: {
            rule.name: benchmarks_of(rule) for rule in workflow.rules if rule.benchmark
        },
    script:
        "../scripts/manifest.py"


rule report:
    """Write the report: one file, readable everywhere."""
    input:
        **TABLES,
        core=core("report"),
        rosenbrock=COMPARED["rosenbrock"],
        network=COMPARED["network"],
        objectives=[file for files in FURTHER.values() for file in files],
        manifest=rules.manifest.output[0],
        templates=sorted(map(str, (ROOT / "workflow" / "report").glob("*.jinja"))),
        figures=FIGURES,
    output:
        "results/report.html",
    log:
        "logs/report.log",
    localrule: True
    conda:
        "../../environment.yml"
    params:
        configuration=lambda wildcards: study.model_dump(),
        title=lambda wildcards: study.report.title,
        dimension=study.mixture.dimension,
        objectives=list(OBJECTIVES),
    script:
        "../scripts/report.py"
