import type { Check } from "../config/parse.ts";
import type { PlatformConfig } from "../config/platform.ts";
import { parts } from "../config/platform.ts";
import { proxyConfigYaml } from "./proxy-config.ts";

/** What the API server takes of a ConfigMap's data, in bytes. */
export const configMapLimit = 1_048_576;

/** A configuration that the API server would refuse in the middle of an update. */
export const checkSize: Check = (config) => {
  if (!Object.keys(parts).every((name) => Object.hasOwn(config, name))) return [];
  const size = Buffer.byteLength(proxyConfigYaml(config as PlatformConfig));
  if (size <= configMapLimit) return [];
  const message = `make a configuration of ${size} bytes, must be at most ${configMapLimit}: a ConfigMap takes no more`;
  return [{ path: "models", message }];
};
