"""Measure theoretical values of the methods and write the comparison to Parquet."""

import descent_job

from descent.study.measured_theory import check_theory
from descent.tables.parquet import write
from descent.tables.schemas import THEORY

configuration = snakemake.params.configuration
write(THEORY, check_theory(**configuration["rosenbrock"] or {}), configuration, snakemake.output[0])
