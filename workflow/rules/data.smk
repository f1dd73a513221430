"""The data.

Inputs:  the configuration's section `mixture`.
Outputs: results/data/mixture.parquet, results/data/test.parquet, results/figures/mixture.svg.
"""


rule mixture:
    """Draw samples of the Gaussian mixture, to train on and to judge by."""
    input:
        core=core("mixture"),
    output:
        mixture="results/data/mixture.parquet",
        test="results/data/test.parquet",
    params:
        configuration=part(mixture=...),
    log:
        "logs/mixture.log",
    benchmark:
        "logs/mixture.tsv"
    script:
        "../scripts/mixture.py"
