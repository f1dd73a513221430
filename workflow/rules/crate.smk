"""The results as a Research Object Crate, on request: `snakemake --cores all crate`.

Inputs:  all results, the workflow's own files.
Outputs: results/ro-crate-metadata.json, results/workflow/.
"""


rule crate:
    """Describe the results and the run that made them, for archives and registries."""
    input:
        results=RESULTS,
        manifest=rules.manifest.output[0],
        report=rules.report.output[0],
        citation=str(ROOT / "CITATION.cff"),
        workflow=workflow_files(ROOT),
    output:
        metadata="results/ro-crate-metadata.json",
        workflow=directory("results/workflow"),
    log:
        "logs/crate.log",
    localrule: True
    conda:
        "../../environment.yml"
    params:
        code=code_of("crate", shows=True),
        configuration=lambda wildcards: study.model_dump(),
        root=lambda wildcards: str(ROOT),
        rules=timed_rules,
    script:
        "../scripts/crate.py"
