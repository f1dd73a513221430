"""Measure what is known about the methods and write the comparison to Parquet."""

import job

from descent.tables.schemas import THEORY, write
from descent.study.measured_theory import check_theory

configuration = snakemake.params.configuration
write(THEORY, check_theory(**configuration["rosenbrock"]), configuration, snakemake.output[0])
