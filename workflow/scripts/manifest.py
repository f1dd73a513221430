"""Write the manifest: checksums, configuration, versions, machine and run times."""

import descent_job

import json
from pathlib import Path

from descent.run.manifest import check_results, manifest_of
from descent.support.files import replace_text

params = snakemake.params
results, folder = list(snakemake.input.results), Path(snakemake.output[0]).parent
check_results(results, folder, params.configuration)
content = manifest_of(results, folder, params.configuration, params.commit, params.rules)
replace_text(snakemake.output[0], json.dumps(content, indent=2, ensure_ascii=False) + "\n")
