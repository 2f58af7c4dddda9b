import assert from "node:assert/strict";
import fc from "fast-check";
import { type ParseResult, parseConfig } from "../../../config/parse.ts";
import { formatProblems } from "../../../config/problems.ts";
import { checks } from "../../../litellm/checks.ts";
import { rawStackConfig, smallest } from "../../support/configs.ts";
import { type Raw, largest } from "../../support/change.ts";

const runs = { numRuns: 300 };

const starts: readonly (() => Raw)[] = [smallest, largest, () => rawStackConfig("dev")];
const start = fc.constantFrom(...starts).map((make) => make());

const awkwardKeys = [
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "",
  " ",
  "0",
  "a.b",
  "a\nb",
  "ключ",
  "😀",
];
const anyKey = fc.oneof(fc.constantFrom(...awkwardKeys), fc.string({ unit: "binary", maxLength: 40 }));
const anyValue = fc.oneof(
  fc.jsonValue({ maxDepth: 4 }),
  fc.constantFrom<unknown>(
    NaN,
    Infinity,
    1e300,
    -0,
    undefined,
    "x".repeat(100_000),
    "\u0000",
    "\ud800",
    JSON.parse('{"__proto__":{"polluted":true}}'),
    nested(500),
  ),
);

type Mutation =
  | { readonly kind: "delete"; readonly place: number }
  | { readonly kind: "replace"; readonly place: number; readonly value: unknown }
  | { readonly kind: "add"; readonly place: number; readonly key: string; readonly value: unknown };

const place = fc.nat({ max: 10_000 });
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.record({ kind: fc.constant("delete" as const), place }),
  fc.record({ kind: fc.constant("replace" as const), place, value: anyValue }),
  fc.record({ kind: fc.constant("add" as const), place, key: anyKey, value: anyValue }),
);

describe("any configuration", () => {
  it("is either good or has problems with a path and a message each", () => {
    fc.assert(
      fc.property(start, fc.array(mutation, { minLength: 1, maxLength: 4 }), (raw, mutations) => {
        const changed = mutations.reduce(mutate, raw);
        const result = parse(changed);
        if (result.ok) return;
        assert.ok(result.problems.length > 0);
        for (const { path, message } of result.problems) {
          assert.notEqual(path, "");
          assert.notEqual(message, "");
          assert.doesNotMatch(message, /Invalid input|\[object|undefined/);
        }
        assert.match(formatProblems(result.problems), /^The configuration has \d+ problems?:\n/);
      }),
      runs,
    );
  });

  it("gives the same result each time, and is not changed by that", () => {
    fc.assert(
      fc.property(start, mutation, (raw, change) => {
        const changed = mutate(raw, change);
        const before = structuredClone(changed);
        assert.deepEqual(parse(changed), parse(changed));
        assert.deepEqual(changed, before);
      }),
      runs,
    );
  });

  it("that is parsed again says the same", () => {
    for (const make of starts) {
      const first = parse(make());
      assert.ok(first.ok);
      const { stack, ...parsed } = first.config;
      assert.deepEqual(parseConfig(parsed, { stack, checks }), first);
    }
  });

  it("made of nothing but junk is refused", () => {
    fc.assert(
      fc.property(fc.dictionary(anyKey, anyValue, { maxKeys: 5 }), (raw) => {
        assert.equal(parse(raw).ok, false);
      }),
      runs,
    );
  });

  it("does not reach the prototype of anything", () => {
    parse({ ...smallest(), ...(JSON.parse('{"__proto__":{"polluted":1}}') as Raw) });
    parse({ ...smallest(), gateway: JSON.parse('{"__proto__":{"polluted":1},"host":"a"}') as Raw });
    assert.equal(({} as Raw)["polluted"], undefined);
  });
});

describe("a value that looks like a secret", () => {
  const literal = "sk-hunter2hunter2hunter2";

  for (const make of starts) {
    it(`is in no message wherever it stands in the ${String(make().profile)} example of ${leaves(make()).length} values`, () => {
      for (const leaf of leaves(make())) {
        for (const secret of [literal, [literal], { [leaf.at(-1) ?? ""]: literal }, { nested: { deep: literal } }]) {
          // The file's name is told, and is no secret.
          if (leaf.join(".") === "models.file") continue;
          const raw = make();
          setAt(raw, leaf, secret);
          const result = parse(raw);
          if (!result.ok) assert.doesNotMatch(JSON.stringify(result.problems), /hunter2/, leaf.join("."));
        }
      }
    });
  }

  it("is in no message whatever else is wrong", () => {
    fc.assert(
      fc.property(start, fc.array(mutation, { maxLength: 3 }), place, (raw, mutations, where) => {
        const changed = mutations.reduce(mutate, raw);
        const secret = mutate(changed, { kind: "replace", place: where, value: literal });
        const result = parse(secret);
        if (!result.ok) assert.doesNotMatch(JSON.stringify(result.problems), /hunter2/);
      }),
      runs,
    );
  });
});

function parse(raw: Raw): ParseResult {
  return parseConfig(raw, { stack: "test", checks });
}

type Path = readonly (string | number)[];

/** Paths of all mappings and lists (`inner`) or of everything else, the root apart. */
function paths(value: unknown, inner: boolean, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return inner || path.length === 0 ? [] : [path];
  const entries = Array.isArray(value)
    ? [...(value as unknown[])].map((entry, index) => [index, entry] as const)
    : Object.entries(value);
  return [...(inner ? [path] : []), ...entries.flatMap(([key, entry]) => paths(entry, inner, [...path, key]))];
}

function leaves(raw: Raw): Path[] {
  return paths(raw, false);
}

function mutate(raw: Raw, change: Mutation): Raw {
  const changed = structuredClone(raw);
  if (change.kind === "add") {
    const inner = paths(changed, true);
    const target = inner[change.place % inner.length] ?? [];
    setAt(changed, [...target, change.key], change.value);
    return changed;
  }
  const all = [...paths(changed, true), ...leaves(changed)].filter((path) => path.length > 0);
  const target = all[change.place % Math.max(all.length, 1)];
  if (target === undefined) return changed;
  if (change.kind === "delete") Reflect.deleteProperty(getAt(changed, target.slice(0, -1)), target.at(-1) ?? "");
  else setAt(changed, target, change.value);
  return changed;
}

function getAt(raw: Raw, path: Path): object {
  return path.reduce<object>((value, key) => Object.getOwnPropertyDescriptor(value, key)?.value as object, raw);
}

/** Defines the property, so that `__proto__` becomes a key like any other, as JSON and YAML have it. */
function setAt(raw: Raw, path: Path, value: unknown): void {
  Object.defineProperty(getAt(raw, path.slice(0, -1)), path.at(-1) ?? "", {
    value,
    configurable: true,
    enumerable: true,
    writable: true,
  });
}

function nested(depth: number): unknown {
  let value: unknown = "deep";
  for (let level = 0; level < depth; level += 1) value = { a: value };
  return value;
}
