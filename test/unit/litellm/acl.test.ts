import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { cacheSchema } from "../../../config/cache.ts";
import { aclFile, aclLine } from "../../../litellm/data/acl.ts";
import { projectDirectory } from "../../support/configs.ts";

const hash = "0a".repeat(32);
const file = aclFile({ username: "proxy", passwordHash: hash, defaultPasswordHash: hash, keyPrefix: "litellm.big" });

/** Categories and whole commands that Redis 7.0 and Dragonfly know; a server takes no file with another word in it. */
const known = new Set(
  "@all @read @write @connection @transaction @pubsub @scripting @admin @dangerous client dbsize pubsub eval evalsha script time info".split(
    " ",
  ),
);

describe("the cache's ACL", () => {
  it("is exactly this", () => {
    assert.equal(
      file,
      [
        `user default on #${hash} ~* &* +@all`,
        `user proxy on #${hash} ~litellm.big:* &litellm.big:* -@all +@read +@write +@connection +@transaction +@pubsub -client -dbsize -pubsub -@scripting +eval +evalsha +script -@admin -@dangerous +time +info`,
        "",
      ].join("\n"),
    );
  });

  it("gives back after it took: rules are read from left to right", () => {
    const words = aclLine({ username: "u", passwordHash: hash, keyPrefix: "p" }).split(" ");
    const before = (first: string, second: string) => {
      assert.ok(words.indexOf(first) !== -1 && words.indexOf(first) < words.indexOf(second), `${first} ${second}`);
    };
    for (const granted of words.filter((word) => word.startsWith("+"))) before("-@all", granted);
    for (const category of ["+@read", "+@write", "+@connection"]) before(category, "-@dangerous");
    before("-@dangerous", "+info");
    before("-@scripting", "+eval");
    // And takes after it gave.
    for (const [category, command] of Object.entries({ connection: "client", read: "dbsize", pubsub: "pubsub" }))
      before(`+@${category}`, `-${command}`);
  });

  it("is what the documentation asks of a server that is somebody else's", () => {
    const text = readFileSync(join(projectDirectory, "docs", "configure.md"), "utf8");
    const line = aclLine({ username: "litellm", passwordHash: hash, keyPrefix: "litellm" });
    assert.ok(text.includes(line.replace(`#${hash}`, ">...")));
  });

  /** Names that the schema lets through, taken from the schema itself. */
  const accepted = (value: string, field: "username" | "keyPrefix") => {
    const result = cacheSchema.safeParse({ mode: "dedicated", replicas: 1, [field]: value });
    return result.success;
  };
  const word = fc.oneof(
    fc.stringMatching(/^[a-z][a-z0-9.-]{0,30}$/),
    fc.string({ unit: "binary", maxLength: 12 }),
    fc.constantFrom("on", "off", "nopass", "a b", "a*", "a?", "[a]", "a:", "a\n+@all", "~*", "&*", "+@all", "allkeys"),
  );
  const names = fc
    .record({ username: word, keyPrefix: word })
    .filter(({ username, keyPrefix }) => accepted(username, "username") && accepted(keyPrefix, "keyPrefix"));

  it("has, for every name that the schema takes, only words that Redis 7.0 knows, and two users", () => {
    fc.assert(
      fc.property(names, ({ username, keyPrefix }) => {
        const lines = aclFile({ username, keyPrefix, passwordHash: hash, defaultPasswordHash: hash }).split("\n");
        assert.equal(lines.length, 3);
        assert.equal(lines[2], "");
        const [head, user, state, password, keys, channels, ...rules] = (lines[1] ?? "").split(" ");
        assert.deepEqual([head, user, state, password], ["user", username, "on", `#${hash}`]);
        assert.deepEqual([keys, channels], [`~${keyPrefix}:*`, `&${keyPrefix}:*`]);
        for (const rule of rules) assert.ok(/^[+-]/.test(rule) && known.has(rule.slice(1)), rule);
      }),
      { numRuns: 500 },
    );
  });

  it("covers, for every prefix that the schema takes, that prefix's keys and no others", () => {
    fc.assert(
      fc.property(names, fc.string({ unit: "binary" }), ({ keyPrefix }, rest) => {
        const pattern = `${keyPrefix}:*`;
        assert.ok(glob(pattern, `${keyPrefix}:${rest}`));
        // What a neighbour may be called, and keys without a namespace.
        for (const other of [`${keyPrefix}x:${rest}`, `x${keyPrefix}:${rest}`, keyPrefix, `${keyPrefix}.${rest}`, rest])
          if (!other.startsWith(`${keyPrefix}:`)) assert.equal(glob(pattern, other), false, other);
      }),
      { numRuns: 500 },
    );
  });
});

/** Redis's glob patterns: `*`, `?`, `[...]` and `\\`; everything else stands for itself. */
function glob(pattern: string, text: string): boolean {
  const source = pattern.replaceAll(/[*?[\]\\^$.|+(){}-]/g, (character) => {
    if (character === "*") return "[^]*";
    assert.ok(!"?[]\\".includes(character), `${character} is a glob character of Redis`);
    return `\\${character}`;
  });
  return new RegExp(`^${source}$`).test(text);
}
