"""What is known about methods, and the same measured.

Inputs:  the configuration's section `rosenbrock`, for the curvature at its minimum.
Outputs: results/checks/theory.parquet, results/figures/theory.svg.
"""


rule check_theory:
    """Measure what theory knows: limits of stability, rates, a cycle."""
    input:
        core=core("check_theory"),
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
        configuration=part(rosenbrock=["a", "b"]),
    script:
        "../scripts/check_theory.py"


rule plot_theory:
    """Draw known numbers and the same measured."""
    input:
        core=core("plot_theory"),
        theory=rules.check_theory.output[0],
        caption=str(ROOT / "workflow" / "report" / "theory.rst"),
    output:
        report(
            "results/figures/theory.svg",
            caption="../report/theory.rst",
            category="Theory",
            labels={"figure": "known and measured"},
        ),
    log:
        "logs/plot_theory.log",
    benchmark:
        "logs/plot_theory.tsv"
    localrule: True
    conda:
        "../../environment.yml"
    params:
        configuration=part(rosenbrock=["a", "b"]),
    script:
        "../scripts/plot_theory.py"
