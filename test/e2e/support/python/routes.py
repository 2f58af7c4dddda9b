"""What LiteLLM calls its routes by. Reads nothing; writes the paths of each group."""

import json

from litellm.proxy._types import LiteLLMRoutes

print(json.dumps({group.name: list(group.value) for group in LiteLLMRoutes}))
