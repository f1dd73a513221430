"""Describe the results and the run that made them as an RO-Crate."""

import job

import json
from pathlib import Path

import yaml

from descent.run.crate import copy_workflow, describe, run_span
from descent.support.files import read_json, replace_text

inputs, root = snakemake.input, Path(snakemake.params.root)
folder = Path(snakemake.output.metadata).parent
manifest = read_json(inputs.manifest)
citation = yaml.safe_load(Path(inputs.citation).read_text(encoding="utf-8"))
files = copy_workflow(root, inputs.workflow, folder, manifest["configuration"])
logs = (file for pattern in snakemake.params.times for file in Path().glob(pattern))
span = run_span(logs, Path(inputs.report))
content = describe(folder, manifest, citation, files, span)
replace_text(snakemake.output.metadata, json.dumps(content, indent=2, ensure_ascii=False) + "\n")
