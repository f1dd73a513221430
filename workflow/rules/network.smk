"""The network: its gradient, its training.

Inputs:  results/data/*.parquet, the configuration's section `network`.
Outputs: results/checks/gradients.parquet, results/network/*.parquet and their figures.
"""


rule check_gradients:
    """Check backpropagation against the complex step, parameter by parameter."""
    input:
        core=core("check_gradients"),
        mixture=rules.mixture.output.mixture,
    output:
        "results/checks/gradients.parquet",
    params:
        configuration=part(mixture=..., network=["layers", "gradient_check"]),
    log:
        "logs/check_gradients.log",
    benchmark:
        "logs/check_gradients.tsv"
    script:
        "../scripts/check_gradients.py"


rule train_network:
    """Train the network once per named run and seed, and keep every loss."""
    input:
        core=core("train_network"),
        mixture=rules.mixture.output.mixture,
    output:
        training="results/network/training.parquet",
        parameters="results/network/parameters.parquet",
    params:
        configuration=part(mixture=..., network=["layers", "initial", "seeds", "runs"]),
    log:
        "logs/train_network.log",
    benchmark:
        "logs/train_network.tsv"
    script:
        "../scripts/train_network.py"


rule sweep_network:
    """Train from every seed with every learning rate and momentum."""
    input:
        core=core("sweep_network"),
        mixture=rules.mixture.output.mixture,
        test=rules.mixture.output.test,
    output:
        "results/network/sweep.parquet",
    params:
        configuration=part(mixture=..., network=["layers", "initial", "sweep"]),
    log:
        "logs/sweep_network.log",
    benchmark:
        "logs/sweep_network.tsv"
    script:
        "../scripts/sweep_network.py"
