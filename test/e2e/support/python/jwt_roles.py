"""What LiteLLM makes of access tokens that are used as API keys, by its own functions.

Standard input: {"litellm_jwtauth": the block of the configuration, "tokens": [...]}. The signing keys come from
JWT_PUBLIC_KEY_URL. Standard output: a JSON list; for each token why it is refused, or whose it is.
"""

import asyncio
import json
import sys

from litellm.proxy._types import LiteLLM_JWTAuth
from litellm.proxy.auth.handle_jwt import JWTAuthManager, JWTHandler
from litellm.proxy.common_utils.user_api_key_cache import UserApiKeyCache


async def judge(handler: JWTHandler, token: str) -> dict[str, object]:
    try:
        claims = await handler.auth_jwt(token=token)
        role = handler.get_rbac_role(token=claims)
        await JWTAuthManager.check_rbac_role(handler, claims, {}, {}, "/chat/completions", role)
    except Exception as refusal:
        return {"refused": str(getattr(refusal, "detail", refusal))}
    return {
        "role": role.value if role else None,
        "user": handler.get_object_id(token=claims, default_value=None),
        "admin": handler.is_admin(scopes=handler.get_scopes(token=claims)),
    }


async def main() -> None:
    given = json.load(sys.stdin)
    handler = JWTHandler()
    handler.update_environment(
        prisma_client=None,
        user_api_key_cache=UserApiKeyCache(),
        litellm_jwtauth=LiteLLM_JWTAuth(**given["litellm_jwtauth"]),
    )
    print(json.dumps([await judge(handler, token) for token in given["tokens"]]))


asyncio.run(main())
