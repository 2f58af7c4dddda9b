"""LiteLLM's own encryption of what it stores, and its hash of virtual keys, under the environment that is given.

Standard input: {"encrypt": text} or {"decrypt": text}, and {"virtual_key": key}. Standard output: JSON.
"""

import json
import sys

from litellm.proxy.common_utils.encrypt_decrypt_utils import decrypt_value_helper, encrypt_value_helper
from litellm.proxy.utils import hash_token

given = json.load(sys.stdin)
answer = {"hash": hash_token(given["virtual_key"])}
if "encrypt" in given:
    answer["encrypted"] = encrypt_value_helper(given["encrypt"])
if "decrypt" in given:
    answer["decrypted"] = decrypt_value_helper(given["decrypt"], key="credential", return_original_value=False)
print(json.dumps(answer))
