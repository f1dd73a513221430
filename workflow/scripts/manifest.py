"""Write the manifest: checksums, configuration, versions, machine and run times."""

import job

import json

from descent.files import replace_text
from descent.manifest import manifest

params = snakemake.params
content = manifest(snakemake.input.results, params.configuration, params.commit, params.times)
replace_text(snakemake.output[0], json.dumps(content, indent=2, ensure_ascii=False) + "\n")
