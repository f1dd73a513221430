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
    log:
        "logs/check_gradients.log",
    benchmark:
        "logs/check_gradients.tsv"
    localrule: True
    conda:
        "../../environment.yml"
    params:
        configuration=part(mixture=..., network=["layers", "gradient_check"]),
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
    log:
        "logs/train_network.log",
    benchmark:
        "logs/train_network.tsv"
    priority: 1  # it takes longest, or others wait for it
    conda:
        "../../environment.yml"
    resources:
        mem_mb=megabytes(1000, "train_network"),
        runtime=minutes(10, "train_network"),
    params:
        configuration=part(mixture=..., network=["layers", "initial", "seeds", "runs"]),
    script:
        "../scripts/train_network.py"


rule sweep_network_chunk:
    """Advance a chunk of the sweep: every setting of every method from every seed."""
    input:
        core=core("sweep_network_chunk"),
        mixture=rules.mixture.output.mixture,
        held_out=rules.mixture.output.held_out,
    output:
        temp("results/network/chunks/{chunk}-of-{chunks}.parquet"),
    log:
        "logs/sweep_network_chunk/{chunk}-of-{chunks}.log",
    benchmark:
        "logs/sweep_network_chunk/{chunk}-of-{chunks}.tsv"
    priority: 1  # it takes longest, or others wait for it
    conda:
        "../../environment.yml"
    threads: threads_of(study.network.sweep.chunks)
    resources:
        mem_mb=megabytes(2000, "sweep_network"),
        runtime=minutes(30, "sweep_network", study.network.sweep.chunks),
        # No parameter: it changes no result.
        engine=study.network.sweep.engine,
    params:
        configuration=part(mixture=..., network=["layers", "initial", "sweep"]),
    script:
        "../scripts/sweep_network_chunk.py"


rule sweep_network:
    """Gather the chunks into one table."""
    input:
        core=core("gather_chunks"),
        chunks=chunk_files("results/network", study.network.sweep.chunks),
    output:
        "results/network/sweep.parquet",
    log:
        "logs/sweep_network.log",
    benchmark:
        "logs/sweep_network.tsv"
    priority: 1
    localrule: True
    conda:
        "../../environment.yml"
    params:
        table="NETWORK_SWEEP",
        configuration=part(mixture=..., network=["layers", "initial", "sweep"]),
    script:
        "../scripts/gather_chunks.py"


rule compare_network:
    """Choose each method's setting on some seeds, and compare the methods on the others."""
    input:
        core=core("compare_methods"),
        sweep=rules.sweep_network.output[0],
    output:
        settings="results/network/settings.parquet",
        choices="results/network/choices.parquet",
        contrasts="results/network/contrasts.parquet",
        budgets="results/network/budgets.parquet",
        variance="results/network/variance.parquet",
    log:
        "logs/compare_network.log",
    benchmark:
        "logs/compare_network.tsv"
    priority: 1
    conda:
        "../../environment.yml"
    resources:
        mem_mb=megabytes(1000, "compare_network"),
        runtime=minutes(10, "compare_network"),
    params:
        table="NETWORK_SWEEP",
        problem="",
        budget=study.network.sweep.iterations,
        configuration=part(mixture=..., network=["layers", "initial", "sweep"]),
    script:
        "../scripts/compare_methods.py"


rule judge_network:
    """Run the chosen and the named settings over the whole budget, from the held-out seeds."""
    input:
        core=core("judge_network"),
        mixture=rules.mixture.output.mixture,
        choices=rules.compare_network.output.choices,
    output:
        trials="results/network/trials.parquet",
        curves="results/network/curves.parquet",
    log:
        "logs/judge_network.log",
    benchmark:
        "logs/judge_network.tsv"
    priority: 1
    conda:
        "../../environment.yml"
    resources:
        mem_mb=megabytes(2000, "judge_network"),
        runtime=minutes(30, "judge_network"),
    params:
        configuration=part(["targets"], mixture=..., network=["layers", "initial", "runs", "sweep"]),
    script:
        "../scripts/judge_network.py"


rule plot_gradients:
    """Draw the relative errors of the derivatives."""
    input:
        core=core("plot_gradients"),
        gradients=rules.check_gradients.output[0],
        caption=str(ROOT / "workflow" / "report" / "gradients.rst"),
    output:
        report(
            "results/figures/gradients.svg",
            caption="../report/gradients.rst",
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
        configuration=part(mixture=..., network=["layers", "gradient_check"]),
        tolerance=study.network.gradient_check.tolerance,
    script:
        "../scripts/plot_gradients.py"


rule plot_training:
    """Draw loss and accuracy over the iterations."""
    input:
        core=core("plot_training"),
        mixture=rules.mixture.output.mixture,
        training=rules.train_network.output.training,
        caption=str(ROOT / "workflow" / "report" / "training.rst"),
    output:
        report(
            "results/figures/training.svg",
            caption="../report/training.rst",
            category="Network",
            labels={"figure": "training"},
        ),
    log:
        "logs/plot_training.log",
    benchmark:
        "logs/plot_training.tsv"
    localrule: True
    conda:
        "../../environment.yml"
    params:
        configuration=part(mixture=..., network=["layers", "initial", "seeds", "runs"]),
    script:
        "../scripts/plot_training.py"


rule plot_regions:
    """Draw what trained networks predict, over the samples."""
    input:
        core=core("plot_regions"),
        mixture=rules.mixture.output.mixture,
        training=rules.train_network.output.training,
        parameters=rules.train_network.output.parameters,
        caption=str(ROOT / "workflow" / "report" / "regions.rst"),
    output:
        report(
            "results/figures/regions.svg",
            caption="../report/regions.rst",
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
        configuration=part(mixture=..., network=["layers", "initial", "seeds", "runs"]),
    script:
        "../scripts/plot_regions.py"


rule plot_network_sweep:
    """Draw what the sweep and its comparison found."""
    input:
        core=core("plot_network_sweep"),
        settings=rules.compare_network.output.settings,
        choices=rules.compare_network.output.choices,
        budgets=rules.compare_network.output.budgets,
        trials=rules.judge_network.output.trials,
        curves=rules.judge_network.output.curves,
        mixture=rules.mixture.output.mixture,
        bayes=rules.bayes.output[0],
        captions=captions(
            "network", "sweep", "runtimes", "sensitivity", "profile", "budgets", "curves"
        ),
    output:
        sweep=report(
            "results/figures/network_sweep.svg",
            caption="../report/network_sweep.rst",
            category="Network",
            labels={"figure": "sweep"},
        ),
        runtimes=report(
            "results/figures/network_runtimes.svg",
            caption="../report/network_runtimes.rst",
            category="Network",
            labels={"figure": "runtime distributions"},
        ),
        sensitivity=report(
            "results/figures/network_sensitivity.svg",
            caption="../report/network_sensitivity.rst",
            category="Network",
            labels={"figure": "sensitivity to the learning rate"},
        ),
        profile=report(
            "results/figures/network_profile.svg",
            caption="../report/network_profile.rst",
            category="Network",
            labels={"figure": "performance profile"},
        ),
        budgets=report(
            "results/figures/network_budgets.svg",
            caption="../report/network_budgets.rst",
            category="Network",
            labels={"figure": "best of k settings"},
        ),
        curves=report(
            "results/figures/network_curves.svg",
            caption="../report/network_curves.rst",
            category="Network",
            labels={"figure": "loss and accuracy of tuned methods"},
        ),
    log:
        "logs/plot_network_sweep.log",
    benchmark:
        "logs/plot_network_sweep.tsv"
    localrule: True
    conda:
        "../../environment.yml"
    params:
        configuration=part(mixture=..., network=["layers", "initial", "runs", "sweep"]),
    script:
        "../scripts/plot_network_sweep.py"
