import { gzipSync } from "node:zlib";
import type { Check } from "../../config/parse.ts";
import type { PlatformConfig } from "../../config/platform.ts";
import { parts } from "../../config/platform.ts";
import { proxyConfigYaml } from "./config.ts";

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

/** What the API server takes of a Secret's data, in bytes: Helm keeps a release in one. */
const secretLimit = 1_048_576;

/**
 * What a release takes of it besides `gateway.values`, at least: with the chart in `local/charts` and no values it is
 * about 17 kB. The official chart is larger.
 */
export const releaseRest = 16_384;

export const valuesLimit = secretLimit - releaseRest;

/**
 * Raw values that no release can hold, and Helm would fail at in the middle of an update. Helm keeps the values and what
 * is rendered of them, gzipped and then in base64. Of the latter only the objects in `extraResources` are counted, which
 * are rendered as they are, so that whatever is refused here would fail; what is a little smaller may fail too.
 */
export const checkReleaseSize: Check = ({ gateway }) => {
  if (gateway === undefined) return [];
  const { values } = gateway;
  const { length } = gzipSync(JSON.stringify([values, values["extraResources"]]), { level: 9 });
  const size = Math.ceil(length / 3) * 4;
  if (size <= valuesLimit) return [];
  const message = `take at least ${size} bytes of a Helm release, must be at most ${valuesLimit}: its Secret takes no more than ${secretLimit}`;
  return [{ path: "gateway.values", message }];
};
