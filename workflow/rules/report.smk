"""The findings about the notebook, the manifest and the report.

Inputs:  all tables and figures.
Outputs: results/findings/faults.parquet, results/manifest.json, results/report.html.
"""


rule examine_notebook:
    """Show by computation what is wrong in the notebook."""
    input:
        unpack(lambda wildcards: {"mixture": rules.mixture.output.mixture} if NETWORKS else {}),
    output:
        "results/findings/faults.parquet",
    log:
        "logs/examine_notebook.log",
    benchmark:
        "logs/examine_notebook.tsv"
    priority: 1  # it takes longest, or others wait for it
    conda:
        "../../environment.yml"
    resources:
        mem_mb=memory("examine_notebook"),
        runtime=minutes("examine_notebook"),
    params:
        code=code_of("examine_notebook", objectives=["rosenbrock"]),
        configuration=part(
            forward=...,
            rosenbrock=["a", "b", "seed", "runs"],
            mixture=...,
            network=["layers", "initial", "seeds", "runs"],
        ),
    script:
        "../scripts/examine_notebook.py"


rule plot_forest:
    """Draw the answer for every problem in one figure."""
    input:
        pairwise=expand(rules.compare.output.pairwise, problem=PROBLEMS),
        levels=expand(rules.vary_protocols.output.levels, problem=PROBLEMS),
        captions=captions("forest"),
    output:
        report(
            "results/figures/forest.svg",
            caption="../report/captions/forest.rst",
            category="Comparisons",
            labels={"figure": "the answer for every problem"},
        ),
    log:
        "logs/plot_forest.log",
    benchmark:
        "logs/plot_forest.tsv"
    localrule: True
    conda:
        "../../environment.yml"
    params:
        code=code_of("plot_forest", shows=True, objectives=[]),
        configuration=lambda wildcards: {
            "question": study.question.model_dump(),
            "problems": {name: part_for(one, "figures") for name, one in PROBLEMS.items()},
        },
    script:
        "../scripts/plot_forest.py"


# What the report reads, beside the sweeps and what is large.
TABLES = [
    rules.check_forward.output[0],
    rules.check_theory.output[0],
    rules.examine_notebook.output[0],
    *expand(rules.select_settings.output, problem=PROBLEMS),
    *expand(rules.vary_protocols.output, problem=PROBLEMS),
    *expand(rules.compare.output, problem=PROBLEMS),
]
RESULTS = expand(rules.sweep.output, problem=PROBLEMS)
RESULTS += expand(rules.evaluate.output, problem=PROBLEMS)
FIGURES = expand(rules.plot_problem.output, problem=PROBLEMS)
if PLANES:
    RESULTS += expand(rules.trace_paths.output, problem=PLANES)
    FIGURES += expand(rules.plot_paths.output, problem=PLANES)
if NETWORKS:
    TABLES += [
        rules.mixture.output.mixture,
        rules.bayes.output[0],
        rules.check_gradients.output[0],
        rules.train_network.output.training,
    ]
    RESULTS += [rules.mixture.output.held_out, rules.train_network.output.parameters]
    RESULTS += expand(rules.trace_curves.output, problem=NETWORKS)
    FIGURES += expand(rules.plot_curves.output, problem=NETWORKS)
    FIGURES += [rules.plot_mixture.output[0], rules.plot_gradients.output[0]]
    FIGURES += [rules.plot_training.output[0], rules.plot_regions.output[0]]
if "rosenbrock" in PROBLEMS:
    TABLES.append(rules.descend_rosenbrock.output[0])
    FIGURES += [rules.plot_rosenbrock.output[0], *rules.plot_descents.output]
FIGURES += [rules.draw_network.output[0], rules.plot_theory.output[0]]
FIGURES.append(rules.plot_forest.output[0])
RESULTS += [*TABLES, *FIGURES]


rule manifest:
    """Write down what was made, from what, by which versions, and how long it took."""
    input:
        results=RESULTS,
    output:
        "results/manifest.json",
    log:
        "logs/manifest.log",
    localrule: True
    conda:
        "../../environment.yml"
    params:
        code=code_of("manifest", shows=True),
        # A function's value is taken as it is: braces in a title are no wildcards.
        configuration=lambda wildcards: study.model_dump(),
        commit=lambda wildcards: commit_of(ROOT),
        rules=timed_rules,
    script:
        "../scripts/manifest.py"


rule report:
    """Write the report: one file, readable everywhere."""
    input:
        tables=TABLES,
        evaluations=expand(rules.evaluate.output.evaluation, problem=PROBLEMS),
        figures=FIGURES,
        manifest=rules.manifest.output[0],
        templates=sorted(map(str, (ROOT / "workflow" / "report").glob("*.jinja"))),
        captions=sorted(map(str, (ROOT / "workflow" / "report" / "captions").glob("*.rst"))),
    output:
        "results/report.html",
    log:
        "logs/report.log",
    localrule: True
    conda:
        "../../environment.yml"
    params:
        code=code_of("report", shows=True),
        configuration=lambda wildcards: study.model_dump(),
    script:
        "../scripts/report.py"
