"""The fixed-weight network.

Inputs:  the configuration's section `forward`.
Outputs: results/checks/forward.parquet, results/figures/network.svg.
"""


rule check_forward:
    """Check the probabilities of the fixed-weight network, number by number."""
    input:
        core=core("check_forward"),
    output:
        "results/checks/forward.parquet",
    params:
        configuration=part(forward=...),
    log:
        "logs/check_forward.log",
    benchmark:
        "logs/check_forward.tsv"
    script:
        "../scripts/check_forward.py"
