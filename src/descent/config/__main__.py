"""Print the configuration's JSON Schema, as `workflow/schemas/config.schema.json` has it."""

import json

from descent.config.study import configuration_schema

print(json.dumps(configuration_schema(), indent=2, ensure_ascii=False))
