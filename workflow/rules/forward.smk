"""The fixed-weight network.

Inputs:  the configuration's section `forward`.
Outputs: results/checks/forward.parquet, results/figures/network.svg.
"""


rule check_forward:
    """Check the probabilities of the fixed-weight network, number by number."""
    output:
        "results/checks/forward.parquet",
    log:
        "logs/check_forward.log",
    benchmark:
        "logs/check_forward.tsv"
    localrule: True
    conda:
        "../../environment.yml"
    params:
        code=code_of("check_forward"),
        configuration=part(forward=...),
    script:
        "../scripts/check_forward.py"


rule draw_network:
    """Draw the diagram of the fixed-weight network."""
    input:
        captions=captions("network"),
    output:
        report(
            "results/figures/network.svg",
            caption="../report/captions/network.rst",
            category="Fixed-weight network",
            labels={"figure": "diagram"},
        ),
    log:
        "logs/draw_network.log",
    benchmark:
        "logs/draw_network.tsv"
    localrule: True
    conda:
        "../../environment.yml"
    params:
        code=code_of("draw_network", shows=True),
        configuration=part(forward=["weights", "biases"]),
    script:
        "../scripts/draw_network.py"
