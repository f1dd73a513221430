"""The results as a Research Object Crate, on request: `snakemake --cores all crate`.

Inputs:  all results, the workflow's own files.
Outputs: results/ro-crate-metadata.json, results/workflow/.
"""

SOURCES = ["Snakefile", "*.yaml", "*.yml", "*.txt", "LICENSE", "CITATION.cff", "workflow/**/*"]


def workflow_files():
    """Return the workflow's own files, the core among them."""
    found = [path for pattern in [*SOURCES, "src/descent/*.py"] for path in ROOT.glob(pattern)]
    return sorted(str(path) for path in found if path.is_file() and path.suffix != ".pyc")


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
    script:
        "../scripts/crate.py"
