/** How names end that hold a secret; words are apart by `_` or `-`. An access key's id is half of a login. */
const ending =
  /(^|[_-])((api|access|secret|private)?[_-]?key|access[_-]?key[_-]?id|token|password|passwd|secret|credentials?|authorization|cookie)$/i;

/** Names that end so and hold none. */
const harmless = /(^|[_-])(public|prompt[_-]cache|watch)[_-]key$/i;

/** Whether a setting, header or variable of this name holds a secret: `api_key`, `X-Auth-Token`, `clientSecret`. */
export function isSecretName(name: string): boolean {
  const words = name.replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2").replaceAll(/([A-Z])([A-Z][a-z])/g, "$1_$2");
  return ending.test(words) && !harmless.test(words);
}
