"""Theoretical values of the methods, and the same measured.

Inputs:  the configuration's section `rosenbrock`, for the Hessian at its minimum.
Outputs: results/checks/theory.parquet, results/figures/theory.svg.
"""


rule check_theory:
    """Measure what theory knows: stability limits, linear convergence rates, a cycle."""
    output:
        "results/checks/theory.parquet",
    log:
        "logs/check_theory.log",
    benchmark:
        "logs/check_theory.tsv"
    localrule: True
    conda:
        "../../environment.yml"
    params:
        code=code_of("check_theory"),
        configuration=part(rosenbrock=["a", "b"]),
    script:
        "../scripts/check_theory.py"


rule plot_theory:
    """Draw theoretical values and the same measured."""
    input:
        theory=rules.check_theory.output[0],
        captions=captions("theory"),
    output:
        report(
            "results/figures/theory.svg",
            caption="../report/captions/theory.rst",
            category="Theory",
            labels={"figure": "theory and measurement"},
        ),
    log:
        "logs/plot_theory.log",
    benchmark:
        "logs/plot_theory.tsv"
    localrule: True
    conda:
        "../../environment.yml"
    params:
        code=code_of("plot_theory", shows=True),
        configuration=part(rosenbrock=["a", "b"]),
    script:
        "../scripts/plot_theory.py"
