"""The named trainings of the network, and the check of its gradient.

Inputs:  results/data/*.parquet, the configuration's section `network`.
Outputs: results/checks/gradients.parquet, results/network/*.parquet and the figures.
"""


rule check_gradients:
    """Check backpropagation against the complex step, parameter by parameter."""
    input:
        mixture=rules.mixture.output.mixture,
    output:
        "results/checks/gradients.parquet",
    log:
        "logs/check_gradients.log",
    benchmark:
        "logs/check_gradients.tsv"
    localrule: True
    conda:
        "../../environment.yml"
    params:
        code=code_of("check_gradients", objectives=[]),
        configuration=part(mixture=..., network=["layers", "gradient_check"]),
    script:
        "../scripts/check_gradients.py"


rule plot_gradients:
    """Draw the relative errors of the derivatives."""
    input:
        gradients=rules.check_gradients.output[0],
        captions=captions("gradients"),
    output:
        report(
            "results/figures/gradients.svg",
            caption="../report/captions/gradients.rst",
            category="Network",
            labels={"figure": "gradient check"},
        ),
    log:
        "logs/plot_gradients.log",
    benchmark:
        "logs/plot_gradients.tsv"
    localrule: True
    conda:
        "../../environment.yml"
    params:
        code=code_of("plot_gradients", shows=True, objectives=[]),
        configuration=part(mixture=..., network=["layers", "gradient_check"]),
        tolerance=study.network.gradient_check.tolerance,
    script:
        "../scripts/plot_gradients.py"


rule train_network:
    """Train the network once per named run and seed, and keep every loss."""
    input:
        mixture=rules.mixture.output.mixture,
    output:
        training="results/network/training.parquet",
        parameters="results/network/parameters.parquet",
    log:
        "logs/train_network.log",
    benchmark:
        "logs/train_network.tsv"
    priority: 1  # it takes longest, or others wait for it
    conda:
        "../../environment.yml"
    resources:
        mem_mb=memory("train_network"),
        runtime=minutes("train_network"),
    params:
        code=code_of("train_network", objectives=[]),
        configuration=part(mixture=..., network=["layers", "initial", "seeds", "runs"]),
    script:
        "../scripts/train_network.py"


rule plot_training:
    """Draw loss and accuracy over the iterations."""
    input:
        mixture=rules.mixture.output.mixture,
        training=rules.train_network.output.training,
        captions=captions("training"),
    output:
        report(
            "results/figures/training.svg",
            caption="../report/captions/training.rst",
            category="Network",
            labels={"figure": "named trainings"},
        ),
    log:
        "logs/plot_training.log",
    benchmark:
        "logs/plot_training.tsv"
    localrule: True
    conda:
        "../../environment.yml"
    params:
        code=code_of("plot_training", shows=True, objectives=[]),
        configuration=part(mixture=..., network=["layers", "initial", "seeds", "runs"]),
    script:
        "../scripts/plot_training.py"


rule plot_regions:
    """Draw what trained networks predict, over the samples."""
    input:
        mixture=rules.mixture.output.mixture,
        training=rules.train_network.output.training,
        parameters=rules.train_network.output.parameters,
        captions=captions("regions"),
    output:
        report(
            "results/figures/regions.svg",
            caption="../report/captions/regions.rst",
            category="Network",
            labels={"figure": "decision regions"},
        ),
    log:
        "logs/plot_regions.log",
    benchmark:
        "logs/plot_regions.tsv"
    localrule: True
    conda:
        "../../environment.yml"
    params:
        code=code_of("plot_regions", shows=True, objectives=[]),
        configuration=part(mixture=..., network=["layers", "initial", "seeds", "runs"]),
    script:
        "../scripts/plot_regions.py"
