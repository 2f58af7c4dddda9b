"""Names that LiteLLM knows, as its own types and lists have them. Reads {"variables": {prefix: variable}}."""

import inspect
import json
import sys

import litellm
from litellm.litellm_core_utils.health_check_helpers import HealthCheckHelpers
from litellm.types.guardrails import GuardrailEventHooks, SupportedGuardrailIntegrations
from litellm.types.mcp import MCPAuth
from litellm.types.router import (
    AllowedFailsPolicy,
    CredentialLiteLLMParams,
    CustomPricingLiteLLMParams,
    GenericLiteLLMParams,
    LiteLLMParamsTypedDict,
    ModelInfo,
    OptionalPreCallChecks,
    RetryPolicy,
)
from litellm.types.utils import LlmProviders, all_litellm_params


def key_names(prefix):
    """Variables that LiteLLM itself asks for before it calls a provider."""
    try:
        return litellm.validate_environment(model=f"{prefix}/model")["missing_keys"]
    except Exception:
        return []


given = json.load(sys.stdin)
handlers = inspect.getsource(HealthCheckHelpers.get_mode_handlers)
checks = OptionalPreCallChecks.__args__[0].__args__

answer = {
    "providers": [provider.value for provider in LlmProviders],
    "generic": list(GenericLiteLLMParams.model_fields),
    "typed": list(LiteLLMParamsTypedDict.__annotations__),
    "credential": list(CredentialLiteLLMParams.model_fields),
    "pricing": list(CustomPricingLiteLLMParams.model_fields),
    "further": list(all_litellm_params),
    "request": [*litellm.OPENAI_CHAT_COMPLETION_PARAMS, *litellm.constants.DEFAULT_CHAT_COMPLETION_PARAM_VALUES],
    "embedding": list(litellm.constants.OPENAI_EMBEDDING_PARAMS),
    "modelInfo": list(ModelInfo.model_fields),
    "costMap": sorted({key for model in litellm.model_cost.values() for key in model}),
    "modes": [line.split('"')[1] for line in handlers.splitlines() if ": lambda" in line],
    "router": list(inspect.signature(litellm.Router.__init__).parameters),
    "retries": list(RetryPolicy.model_fields),
    "allowedFails": list(AllowedFailsPolicy.model_fields),
    "preCallChecks": list(checks),
    "guardrails": [name.value for name in SupportedGuardrailIntegrations],
    "guardrailModes": [mode.value for mode in GuardrailEventHooks],
    "mcpAuth": [auth.value for auth in MCPAuth],
    "keys": {prefix: key_names(prefix) for prefix in given["prefixes"]},
}
print(json.dumps(answer))
