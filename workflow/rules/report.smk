"""The findings about the notebook, the manifest and the report.

Inputs:  all tables and figures.
Outputs: results/findings/faults.parquet, results/manifest.json, results/report.html.
"""

TABLES = {
    "mixture": rules.mixture.output.mixture,
    "held_out": rules.mixture.output.held_out,
    "forward": rules.check_forward.output[0],
    "gradients": rules.check_gradients.output[0],
    "trajectories": rules.descend_rosenbrock.output[0],
    "rosenbrock_sweep": rules.sweep_rosenbrock.output[0],
    "training": rules.train_network.output.training,
    "parameters": rules.train_network.output.parameters,
    "network_sweep": rules.sweep_network.output[0],
    "faults": "results/findings/faults.parquet",
}
FIGURES = {
    "network": "results/figures/network.svg",
    "rosenbrock": "results/figures/rosenbrock.svg",
    "descents": "results/figures/descents.svg",
    "descent_values": "results/figures/descent_values.svg",
    "rosenbrock_sweep": "results/figures/rosenbrock_sweep.svg",
    "mixture": "results/figures/mixture.svg",
    "gradients": "results/figures/gradients.svg",
    "training": "results/figures/training.svg",
    "regions": "results/figures/regions.svg",
    "network_sweep": "results/figures/network_sweep.svg",
}


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
        results=[*TABLES.values(), *FIGURES.values()],
    output:
        "results/manifest.json",
    log:
        "logs/manifest.log",
    conda:
        "../../environment.yml"
    params:
        # A function's value is taken as it is: braces in a title are no wildcards.
        configuration=lambda wildcards: study.model_dump(),
        commit=commit(),
        times=lambda wildcards: {
            rule.name: str(rule.benchmark) for rule in workflow.rules if rule.benchmark
        },
    script:
        "../scripts/manifest.py"


rule report:
    """Write the report: one file, readable everywhere."""
    input:
        **TABLES,
        core=core("report"),
        manifest=rules.manifest.output[0],
        template=str(ROOT / "workflow" / "report" / "report.html.jinja"),
        included=str(ROOT / "workflow" / "report" / "faults.html.jinja"),
        figures=list(FIGURES.values()),
    output:
        "results/report.html",
    log:
        "logs/report.log",
    conda:
        "../../environment.yml"
    params:
        configuration=lambda wildcards: study.model_dump(),
        title=lambda wildcards: study.report.title,
        dimension=study.mixture.dimension,
    script:
        "../scripts/report.py"
