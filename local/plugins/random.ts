/** Stand-in for the plugin `random`: values are drawn once, at creation, from the system's secure generator. */
import { randomBytes, randomInt, randomUUID } from "node:crypto";
import { diffProperties } from "./diff.ts";
import { unsupported } from "./plugin.ts";
import type { CheckFailure, Created, Provider, StandIn } from "./plugin.ts";
import { containsUnknown, secret, unknown, unwrap } from "./values.ts";
import type { Properties, Value } from "./values.ts";

/** How a password or string is to be made. */
export interface PasswordRules {
  readonly length: number;
  readonly lower: boolean;
  readonly upper: boolean;
  readonly numeric: boolean;
  readonly special: boolean;
  readonly minLower: number;
  readonly minUpper: number;
  readonly minNumeric: number;
  readonly minSpecial: number;
  readonly specialCharacters: string;
}

interface Kind {
  /** Property bag with the defaults filled in. */
  defaults(inputs: Properties): Properties;
  validate(inputs: Properties): CheckFailure[];
  /** What is drawn; `id` is the resource's id. */
  generate(inputs: Properties): { id: string; outputs: Properties };
  /** Names of what is drawn, for previews. */
  readonly drawn: readonly string[];
}

const lowerCase = "abcdefghijklmnopqrstuvwxyz";
const digits = "0123456789";

const kinds: ReadonlyMap<string, Kind> = new Map([
  [
    "random:index/randomPassword:RandomPassword",
    characters((result) => ({ id: "none", outputs: { result: secret(result) } })),
  ],
  ["random:index/randomString:RandomString", characters((result) => ({ id: result, outputs: { result } }))],
  ["random:index/randomBytes:RandomBytes", bytes()],
  ["random:index/randomId:RandomId", identifier()],
  ["random:index/randomUuid:RandomUuid", uuid()],
]);

/** The stand-in for the plugin `random`. */
export function randomPlugin(version: string): StandIn {
  return { name: "random", version, configure: () => Promise.resolve(provider) };
}

/** Draws text that follows the rules: the required minimum of each class first, the rest from all classes, shuffled. */
export function drawCharacters(rules: PasswordRules): string {
  const drawn = characterClasses(rules).flatMap(({ characters, minimum }) => pick(characters, minimum));
  const all = characterClasses(rules)
    .filter(({ enabled }) => enabled)
    .map(({ characters }) => characters)
    .join("");
  drawn.push(...pick(all, rules.length - drawn.length));
  return shuffle(drawn).join("");
}

/** Reads the rules from a resource's inputs, with the genuine plugin's defaults. */
export function passwordRules(inputs: Properties): PasswordRules {
  const flag = (key: string) => unwrap(inputs[key]) !== false;
  const amount = (key: string) => Number(unwrap(inputs[key]) ?? 0);
  const characters = unwrap(inputs["overrideSpecial"]);
  return {
    length: amount("length"),
    lower: flag("lower"),
    upper: flag("upper"),
    numeric: flag("numeric") && flag("number"),
    special: flag("special"),
    minLower: amount("minLower"),
    minUpper: amount("minUpper"),
    minNumeric: amount("minNumeric"),
    minSpecial: amount("minSpecial"),
    specialCharacters: typeof characters === "string" && characters !== "" ? characters : "!@#$%&*()-_=+[]{}<>:?",
  };
}

/** What is wrong with the rules, in the words of the person who wrote them. */
export function passwordProblems(rules: PasswordRules): CheckFailure[] {
  const failures: CheckFailure[] = [];
  const minimum = rules.minLower + rules.minUpper + rules.minNumeric + rules.minSpecial;
  if (!Number.isInteger(rules.length) || rules.length < 1) {
    failures.push({ property: "length", reason: "must be a whole number of at least 1" });
  } else if (minimum > rules.length) {
    failures.push({ property: "length", reason: `must be at least ${minimum}, the sum of the minimum amounts` });
  }
  if (!characterClasses(rules).some(({ enabled }) => enabled)) {
    failures.push({ property: "lower", reason: "at least one of lower, upper, numeric and special must be true" });
  }
  return failures;
}

const provider: Provider = {
  check: ({ type, news }) => {
    const kind = kindOf(type);
    const inputs = kind.defaults(news);
    return Promise.resolve({ inputs, failures: containsUnknown(inputs) ? [] : kind.validate(inputs) });
  },
  diff: ({ type, oldInputs, news }) => {
    kindOf(type);
    // Every input shapes what is drawn or says when to draw anew: a change of any of them replaces the resource.
    return Promise.resolve({ details: diffProperties(oldInputs, news, () => true), deleteBeforeReplace: false });
  },
  create: ({ type, inputs, preview }) => Promise.resolve(create(kindOf(type), inputs, preview)),
  update: ({ type, inputs, oldOutputs }) => {
    kindOf(type);
    return Promise.resolve({ ...oldOutputs, ...inputs });
  },
  read: ({ type, id, inputs, outputs }) => {
    kindOf(type);
    if (Object.keys(outputs).length === 0) throw new Error(`stand-in plugin random cannot import ${type}`);
    return Promise.resolve({ id, inputs, outputs });
  },
  delete: ({ type }) => {
    kindOf(type);
    return Promise.resolve();
  },
  invoke: (token) => Promise.reject(unsupported("random", token)),
};

function kindOf(type: string): Kind {
  const kind = kinds.get(type);
  if (kind === undefined) throw unsupported("random", type);
  return kind;
}

function create(kind: Kind, inputs: Properties, preview: boolean): Created {
  if (preview)
    return { id: "", outputs: { ...inputs, ...Object.fromEntries(kind.drawn.map((key) => [key, unknown])) } };
  const { id, outputs } = kind.generate(inputs);
  return { id, outputs: { ...inputs, ...outputs } };
}

function characters(finish: (result: string) => { id: string; outputs: Properties }): Kind {
  return {
    drawn: ["result"],
    defaults: (inputs) => {
      const { lower, upper, numeric, special, minLower, minUpper, minNumeric, minSpecial } = passwordRules(inputs);
      const filled = { lower, upper, numeric, number: numeric, special, minLower, minUpper, minNumeric, minSpecial };
      return { ...filled, ...definedMembers(inputs) };
    },
    validate: (inputs) => passwordProblems(passwordRules(inputs)),
    generate: (inputs) => finish(drawCharacters(passwordRules(inputs))),
  };
}

function bytes(): Kind {
  return {
    drawn: ["base64", "hex"],
    defaults: definedMembers,
    validate: (inputs) => lengthProblems(inputs, "length"),
    generate: (inputs) => {
      const drawn = randomBytes(Number(unwrap(inputs["length"])));
      const base64 = secret(drawn.toString("base64"));
      return { id: "none", outputs: { base64, hex: secret(drawn.toString("hex")) } };
    },
  };
}

function identifier(): Kind {
  return {
    drawn: ["b64Std", "b64Url", "dec", "hex"],
    defaults: definedMembers,
    validate: (inputs) => lengthProblems(inputs, "byteLength"),
    generate: (inputs) => {
      const drawn = randomBytes(Number(unwrap(inputs["byteLength"])));
      const given = unwrap(inputs["prefix"]);
      const prefix = typeof given === "string" ? given : "";
      const hex = drawn.toString("hex");
      const outputs = {
        b64Std: prefix + drawn.toString("base64"),
        b64Url: prefix + drawn.toString("base64url"),
        dec: prefix + BigInt(`0x${hex}`).toString(),
        hex: prefix + hex,
      };
      return { id: drawn.toString("base64url"), outputs };
    },
  };
}

function uuid(): Kind {
  return {
    drawn: ["result"],
    defaults: definedMembers,
    validate: () => [],
    generate: () => {
      const result = randomUUID();
      return { id: result, outputs: { result } };
    },
  };
}

function lengthProblems(inputs: Properties, property: string): CheckFailure[] {
  const length = unwrap(inputs[property]);
  const valid = typeof length === "number" && Number.isInteger(length) && length >= 1;
  return valid ? [] : [{ property, reason: "must be a whole number of at least 1" }];
}

function definedMembers(inputs: Properties): Properties {
  return Object.fromEntries(Object.entries(inputs).filter((entry): entry is [string, Value] => entry[1] !== null));
}

function characterClasses(rules: PasswordRules) {
  return [
    { characters: lowerCase, enabled: rules.lower, minimum: rules.minLower },
    { characters: lowerCase.toUpperCase(), enabled: rules.upper, minimum: rules.minUpper },
    { characters: digits, enabled: rules.numeric, minimum: rules.minNumeric },
    { characters: rules.specialCharacters, enabled: rules.special, minimum: rules.minSpecial },
  ];
}

function pick(from: string, amount: number): string[] {
  return Array.from({ length: amount }, () => from.charAt(randomInt(from.length)));
}

function shuffle(items: readonly string[]): string[] {
  const shuffled = [...items];
  for (let last = shuffled.length - 1; last > 0; last--) {
    const other = randomInt(last + 1);
    [shuffled[last], shuffled[other]] = [shuffled[other] ?? "", shuffled[last] ?? ""];
  }
  return shuffled;
}
