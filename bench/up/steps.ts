/** A line that the CLI printed, and when: seconds after its start. */
export interface TimedLine {
  readonly line: string;
  readonly at: number;
}

/** A resource while it is created: seconds after the CLI's start. */
export interface Step {
  readonly type: string;
  readonly begin: number;
  readonly end: number;
}

/** Such as ` +  kubernetes:core/v1:Namespace litellm-namespace created (0.16s)`. */
const stepLine = /^\s+\+\s+(\S+:\S+) (\S+) (creating|created) \(/;

/** The resources that an `up` created; components and the stack, which only wait for others, are left out. */
export function readSteps(lines: readonly TimedLine[]): Step[] {
  const begun = new Map<string, number>();
  const steps: Step[] = [];
  for (const { line, at } of lines) {
    const [, type = "", name = "", what] = stepLine.exec(line) ?? [];
    if (what === undefined || /^(pulumi|litellm-platform):/.test(type)) continue;
    const key = `${type} ${name}`;
    if (!begun.has(key)) begun.set(key, at);
    if (what === "created") steps.push({ type, begin: begun.get(key) ?? at, end: at });
  }
  return steps;
}

const parts: readonly (readonly [part: string, type: RegExp])[] = [
  ["Helm release", /^kubernetes:helm/],
  ["migration Job", /^kubernetes:batch/],
  ["database and cache", /cnpg|dragonfly/],
  ["Secrets from Vault", /external-secrets/],
  ["other Kubernetes objects", /^kubernetes:/],
  ["Keycloak", /^keycloak:/],
  ["Vault and generated keys", /^(vault|random):/],
];

/**
 * Seconds by part, of the time from the first resource to the last. A moment in which several resources are created
 * counts for the one of them that ends last, which is what holds the others up; one in which none is counts for the
 * program and the engine.
 */
export function timeByPart(steps: readonly Step[]): Map<string, number> {
  const times = new Map<string, number>();
  const moments = [...new Set(steps.flatMap(({ begin, end }) => [begin, end]))].sort((a, b) => a - b);
  for (const [index, until] of moments.entries()) {
    const from = moments[index - 1];
    if (from === undefined) continue;
    const [last] = steps.filter(({ begin, end }) => begin <= from && end >= until).sort((a, b) => b.end - a.end);
    const part = last === undefined ? undefined : parts.find(([, type]) => type.test(last.type))?.[0];
    const name = part ?? "between resources";
    times.set(name, (times.get(name) ?? 0) + until - from);
  }
  return times;
}
