"""What LiteLLM makes of the user information of a sign-in, by its own functions.

Standard input: a JSON list of user information. Standard output: a JSON list of the roles that LiteLLM gives.
"""

import asyncio
import json
import sys

from litellm.proxy._types import LiteLLM_JWTAuth, LitellmUserRoles
from litellm.proxy.auth.handle_jwt import JWTHandler
from litellm.proxy.management_endpoints.ui_sso import _setup_role_mappings, generic_response_convertor


def handler() -> JWTHandler:
    made = JWTHandler()
    made.litellm_jwtauth = LiteLLM_JWTAuth()
    return made


async def main() -> None:
    mappings = await _setup_role_mappings()
    found = []
    for claims in json.load(sys.stdin):
        user = generic_response_convertor(
            response=claims, jwt_handler=handler(), sso_jwt_handler=None, role_mappings=mappings
        )
        # As the callback does with a user who has no role.
        role = user.user_role or LitellmUserRoles.INTERNAL_USER_VIEW_ONLY
        found.append(
            {
                "id": user.id,
                "email": user.email,
                "name": user.display_name,
                "first": user.first_name,
                "last": user.last_name,
                "role": role.value,
            }
        )
    print(json.dumps(found))


asyncio.run(main())
