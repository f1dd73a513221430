"""Write the manifest: checksums, configuration, versions, machine and run times."""

import job

import json
from pathlib import Path

from descent.support.files import replace_text
from descent.run.manifest import check_results, manifest

params = snakemake.params
results, folder = list(snakemake.input.results), Path(snakemake.output[0]).parent
check_results(results, folder, params.configuration)
content = manifest(results, folder, params.configuration, params.commit, params.times)
replace_text(snakemake.output[0], json.dumps(content, indent=2, ensure_ascii=False) + "\n")
