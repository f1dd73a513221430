"""The data.

Inputs:  the configuration's section `mixture`.
Outputs: results/data/*.parquet, results/checks/bayes.parquet, results/figures/mixture.svg.
"""


rule mixture:
    """Draw samples of the Gaussian mixture, to train on and to test on."""
    output:
        mixture="results/data/mixture.parquet",
        held_out="results/data/held_out.parquet",
    log:
        "logs/mixture.log",
    benchmark:
        "logs/mixture.tsv"
    priority: 1  # it takes longest, or others wait for it
    localrule: True
    conda:
        "../../environment.yml"
    params:
        code=code_of("mixture"),
        configuration=part(mixture=...),
    script:
        "../scripts/mixture.py"


rule bayes:
    """Compute the accuracy and the loss of the Bayes classifier, on fresh samples."""
    output:
        "results/checks/bayes.parquet",
    log:
        "logs/bayes.log",
    benchmark:
        "logs/bayes.tsv"
    localrule: True
    conda:
        "../../environment.yml"
    params:
        code=code_of("bayes"),
        configuration=part(mixture=["held_out_samples", "means", "covariances", "weights"]),
    script:
        "../scripts/bayes.py"


rule plot_mixture:
    """Draw the samples by class."""
    input:
        mixture=rules.mixture.output.mixture,
        captions=captions("mixture"),
    output:
        report(
            "results/figures/mixture.svg",
            caption="../report/captions/mixture.rst",
            category="Data",
            labels={"figure": "samples"},
        ),
    log:
        "logs/plot_mixture.log",
    benchmark:
        "logs/plot_mixture.tsv"
    localrule: True
    conda:
        "../../environment.yml"
    params:
        code=code_of("plot_mixture", shows=True),
        configuration=part(mixture=...),
        dimension=study.mixture.dimension,
    script:
        "../scripts/plot_mixture.py"
