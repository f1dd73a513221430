"""The results as a Research Object Crate, on request: `snakemake --cores all crate`.

Inputs:  all results, the workflow's own files.
Outputs: results/ro-crate-metadata.json, results/workflow/.
"""

SOURCES = [
    "Snakefile", "config.yaml", "environment.yml", "requirements.txt", "LICENSE", "CITATION.cff",
    "profiles/default/config.yaml", "src/descent/*.py", "workflow/*.yaml",
    "workflow/profiles/*/config.yaml", "workflow/report/*.jinja", "workflow/report/*.rst",
    "workflow/rules/*.smk", "workflow/schemas/*.json", "workflow/scripts/*.py",
]  # fmt: skip


def workflow_files():
    """Return the workflow's own files, the core among them."""
    return sorted(str(path) for pattern in SOURCES for path in ROOT.glob(pattern))


rule crate:
    """Describe the results and the run that made them, for archives and registries."""
    input:
        core=core("crate"),
        results=[*RESULTS, *FIGURES],
        manifest=rules.manifest.output[0],
        report=rules.report.output[0],
        citation=str(ROOT / "CITATION.cff"),
        workflow=workflow_files(),
    output:
        metadata="results/ro-crate-metadata.json",
        workflow=directory("results/workflow"),
    log:
        "logs/crate.log",
    localrule: True
    conda:
        "../../environment.yml"
    params:
        root=str(ROOT),
        times=lambda wildcards: [
            pattern for rule in workflow.rules if rule.benchmark for pattern in benchmarks_of(rule)
        ],
    script:
        "../scripts/crate.py"
