"""Describe the results and the run that made them as an RO-Crate."""

import descent_job

import json
from pathlib import Path

import yaml

from descent.config.problems import sweep_cuts
from descent.run.crate import copy_workflow, describe_crate
from descent.run.manifest_reading import read_own_manifest
from descent.run.run_times import run_span, run_time_files
from descent.support.files import replace_text

inputs, root = snakemake.input, Path(snakemake.params.root)
folder = Path(snakemake.output.metadata).parent
study = snakemake.params.configuration
manifest = read_own_manifest(inputs.manifest, folder, study, inputs.results)
citation = yaml.safe_load(Path(inputs.citation).read_text(encoding="utf-8"))
files = copy_workflow(root, inputs.workflow, folder, study)
cuts = sweep_cuts(study)
logs = [file for rule in snakemake.params.rules for file in run_time_files(rule, cuts)]
content = describe_crate(folder, manifest, citation, files, run_span(logs, Path(inputs.report)))
replace_text(snakemake.output.metadata, json.dumps(content, indent=2, ensure_ascii=False) + "\n")
