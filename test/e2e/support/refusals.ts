import type { RespClient } from "../../../local/services/resp.ts";

/**
 * What the server has refused its users, of `ACL LOG`. Redis from 7.2 on also writes down how a client may not tell its
 * version, which is as it should be.
 */
export async function refusals(redis: RespClient): Promise<readonly unknown[]> {
  const entries = (await redis.command("ACL", "LOG")) as readonly (readonly unknown[])[];
  return entries.filter((entry) => entry[entry.indexOf("object") + 1] !== "client|setinfo");
}
