/** Keeps secrets out of messages that quote what was sent. */
import { isProperties, isSecret, plain } from "./values.ts";
import type { Plain, Value } from "./values.ts";

/** A message in which every secret text of `inputs` is replaced. */
export function redact(message: string, inputs: Value): string {
  let redacted = message;
  // Longest first, so that no secret's rest stays when another is a part of it.
  for (const text of [...secretTexts(inputs)].sort((left, right) => right.length - left.length)) {
    redacted = redacted.replaceAll(text, "[secret]");
  }
  return redacted;
}

function secretTexts(inputs: Value): Set<string> {
  const texts = new Set<string>();
  collectSecrets(inputs, (value) => {
    // Shorter texts than these are ordinary words more often than secrets.
    if (value.length < 4) return;
    texts.add(value);
    const decoded = Buffer.from(value, "base64");
    if (decoded.length >= 4 && decoded.toString("base64") === value) texts.add(decoded.toString("utf8"));
  });
  return texts;
}

function collectSecrets(value: Value | undefined, found: (text: string) => void): void {
  if (isSecret(value)) collectTexts(plain(value.value) ?? null, found);
  else if (Array.isArray(value))
    value.forEach((item: Value) => {
      collectSecrets(item, found);
    });
  else if (isProperties(value))
    Object.values(value).forEach((item) => {
      collectSecrets(item, found);
    });
}

function collectTexts(value: Plain, found: (text: string) => void): void {
  if (typeof value === "string") found(value);
  else if (typeof value === "object" && value !== null)
    Object.values(value).forEach((item: Plain) => {
      collectTexts(item, found);
    });
}
