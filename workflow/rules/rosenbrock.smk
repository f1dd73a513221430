"""Descent on the Rosenbrock function.

Inputs:  the configuration's section `rosenbrock`.
Outputs: results/rosenbrock/*.parquet and their figures; results/checks/theory.parquet.
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
    conda:
        "../../environment.yml"
    params:
        configuration=part(rosenbrock=["a", "b", "seed", "runs"]),
    script:
        "../scripts/descend_rosenbrock.py"


rule sweep_rosenbrock:
    """Descend from every start with every learning rate and momentum."""
    input:
        core=core("sweep_rosenbrock"),
    output:
        "results/rosenbrock/sweep.parquet",
    log:
        "logs/sweep_rosenbrock.log",
    benchmark:
        "logs/sweep_rosenbrock.tsv"
    conda:
        "../../environment.yml"
    params:
        configuration=part(rosenbrock=["a", "b", "sweep"]),
    script:
        "../scripts/sweep_rosenbrock.py"


rule check_theory:
    """Measure what is known about the methods: limits of stability, rates and a cycle."""
    input:
        core=core("check_theory"),
    output:
        "results/checks/theory.parquet",
    log:
        "logs/check_theory.log",
    benchmark:
        "logs/check_theory.tsv"
    conda:
        "../../environment.yml"
    params:
        configuration=part(rosenbrock=["a", "b"]),
    script:
        "../scripts/check_theory.py"


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
    conda:
        "../../environment.yml"
    params:
        configuration=part(rosenbrock=["a", "b", "runs"]),
    script:
        "../scripts/plot_descents.py"


rule plot_rosenbrock_sweep:
    """Draw what the sweep found, by learning rate and momentum."""
    input:
        core=core("plot_rosenbrock_sweep"),
        sweep=rules.sweep_rosenbrock.output[0],
        caption=str(ROOT / "workflow" / "report" / "rosenbrock_sweep.rst"),
    output:
        report(
            "results/figures/rosenbrock_sweep.svg",
            caption="../report/rosenbrock_sweep.rst",
            category="Rosenbrock function",
            labels={"figure": "sweep"},
        ),
    log:
        "logs/plot_rosenbrock_sweep.log",
    benchmark:
        "logs/plot_rosenbrock_sweep.tsv"
    conda:
        "../../environment.yml"
    params:
        configuration=part(rosenbrock=["a", "b", "sweep"]),
    script:
        "../scripts/plot_rosenbrock_sweep.py"
