"""LiteLLM's custom_auth: `sk-<group>+<group>` is a key that was given these access groups in place of models."""

from litellm.proxy._types import UserAPIKeyAuth


async def user_api_key_auth(request, api_key):
    if not api_key.startswith("sk-"):
        raise ValueError("no such key")
    return UserAPIKeyAuth(api_key=api_key, models=api_key.removeprefix("sk-").split("+"))
