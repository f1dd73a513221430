"""Check the fixed-weight network's probabilities and write them to Parquet."""

import descent_job

from descent.study.checks import check_forward
from descent.tables.parquet import write
from descent.tables.schemas import FORWARD

configuration = snakemake.params.configuration
write(FORWARD, check_forward(**configuration["forward"]), configuration, snakemake.output[0])
