"""Put the chunks of a sweep into one table, whose bytes do not depend on the cut."""

import job

from descent.tables import schemas as tables

table = getattr(tables, snakemake.params.table)
tables.gather(table, snakemake.input.chunks, snakemake.params.configuration, snakemake.output[0])
