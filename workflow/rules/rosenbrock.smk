"""The named descents on the Rosenbrock function.

Inputs:  the configuration's section `rosenbrock`.
Outputs: results/rosenbrock/trajectories.parquet and the figures.
"""


rule descend_rosenbrock:
    """Run the named descents and keep every iterate."""
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
        code=code_of("descend_rosenbrock", objectives=["rosenbrock"]),
        configuration=part(rosenbrock=["a", "b", "seed", "runs"]),
    script:
        "../scripts/descend_rosenbrock.py"


rule plot_rosenbrock:
    """Draw the level lines of the function and its partial derivatives."""
    input:
        captions=captions("rosenbrock"),
    output:
        report(
            "results/figures/rosenbrock.svg",
            caption="../report/captions/rosenbrock.rst",
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
        code=code_of("plot_rosenbrock", shows=True, objectives=["rosenbrock"]),
        configuration=part(rosenbrock=["a", "b"]),
    script:
        "../scripts/plot_rosenbrock.py"


rule plot_descents:
    """Draw the named descents: their paths, and their values over the iterations."""
    input:
        trajectories=rules.descend_rosenbrock.output[0],
        captions=captions("descents", "descent_values"),
    output:
        paths=report(
            "results/figures/descents.svg",
            caption="../report/captions/descents.rst",
            category="Rosenbrock function",
            labels={"figure": "named descents, paths"},
        ),
        values=report(
            "results/figures/descent_values.svg",
            caption="../report/captions/descent_values.rst",
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
        code=code_of("plot_descents", shows=True, objectives=["rosenbrock"]),
        configuration=part(rosenbrock=["a", "b", "seed", "runs"]),
    script:
        "../scripts/plot_descents.py"
