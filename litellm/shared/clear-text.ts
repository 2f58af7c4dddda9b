import { type Problem, pathBelow } from "../../config/problems.ts";
import { isReference, leavesOf } from "./references.ts";
import { isSecretName } from "./secret-names.ts";

/** Keys of providers (of Langfuse's, pk-... is public), private keys, a login within a URL. */
const secretText =
  /^(sk|rk)-[A-Za-z0-9_-]{8,}|^(AKIA|ASIA)[A-Z0-9]{16}$|^(ghp|gho|hvs|xoxb|glpat)[_.-]|-----BEGIN [A-Z ]*PRIVATE KEY-----|^Bearer \S|:\/\/[^\s/@]*:[^\s/@$]+@/;

/** Whether a text is a secret, whatever the setting, header or variable is called. */
export function isSecretText(text: string): boolean {
  return secretText.test(text);
}

/** Secrets that stand in LiteLLM's settings as they are, and not as `os.environ/NAME`. The message has none of them. */
export function secretsInSettings(value: unknown, path: string): Problem[] {
  const found = strings(value).filter(
    // A path of a file is how some providers take their credentials.
    ([segments, text]) =>
      !isReference(text) && (isSecretText(text) || (isNamedSecret(segments, text) && text[0] !== "/")),
  );
  return inClear(found, path, "write os.environ/NAME, and NAME comes from Vault");
}

/** Secrets that stand in a chart's values as they are. */
export function secretsInValues(value: unknown, path: string): Problem[] {
  const texts = strings(value);
  const found = texts.filter(([, text]) => isSecretText(text));
  return inClear([...found, ...namedValues(texts)], path, "name a Secret that holds it");
}

/** Variables and headers of containers, which are pairs of name and value. */
function namedValues(texts: readonly (readonly [Path, string])[]): (readonly [Path, string])[] {
  const named = new Map(texts.map(([segments, text]) => [JSON.stringify(segments), text]));
  return texts.filter(([segments, text]) => {
    if (segments.at(-1) !== "value" || text === "" || isSecretText(text)) return false;
    return isSecretName(named.get(JSON.stringify([...segments.slice(0, -1), "name"])) ?? "");
  });
}

/** Secrets that stand in the triggers of an autoscaler as they are. */
export function secretsInTriggers(value: unknown, path: string): Problem[] {
  const found = strings(value).filter(([segments, text]) => isSecretText(text) || isNamedSecret(segments, text));
  return inClear(found, path, "log in by an authenticationRef");
}

function isNamedSecret(segments: Path, text: string): boolean {
  const name = segments.findLast((segment) => typeof segment === "string") ?? "";
  return text !== "" && isSecretName(name);
}

function inClear(found: readonly (readonly [Path, string])[], path: string, instead: string): Problem[] {
  const message = `looks like a secret in clear text. Remove it: ${instead}`;
  return found.map(([segments]) => ({ path: pathBelow(path, ...segments), message }));
}

/** Every text at any depth. */
export function textsOf(value: unknown): string[] {
  return strings(value).map(([, text]) => text);
}

type Path = readonly (string | number)[];

function strings(value: unknown): (readonly [Path, string])[] {
  return leavesOf(value).flatMap(({ path, value: text }) => (typeof text === "string" ? [[path, text] as const] : []));
}
