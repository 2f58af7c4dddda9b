import assert from "node:assert/strict";
import { describe, it } from "mocha";
import fc from "fast-check";
import structs from "google-protobuf/google/protobuf/struct_pb.js";
import {
  containsSecret,
  containsUnknown,
  fromStruct,
  isSecret,
  plainObject,
  secret,
  secretLike,
  toStruct,
  unknown,
} from "../../../local/plugins/values.ts";
import type { Properties } from "../../../local/plugins/values.ts";
import { redact } from "../../../local/plugins/redact.ts";

const signature = "4dabf18193072939515e22adb298388d";
const secretMark = "1b47061264138c4ac30d75fd1eb44270";
const outputMark = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
const unknownText = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

describe("conversion of property bags", () => {
  it("reads secrets and unknowns by their signatures", () => {
    const struct = structs.Struct.fromJavaScript({
      password: { [signature]: secretMark, value: { deep: "hunter2" } },
      later: unknownText,
      list: [1, true, null, "text"],
    });
    assert.deepEqual(fromStruct(struct), {
      password: secret({ deep: "hunter2" }),
      later: unknown,
      list: [1, true, null, "text"],
    });
  });

  it("reads output values, known and unknown, secret or not", () => {
    const struct = structs.Struct.fromJavaScript({
      known: { [signature]: outputMark, value: "a", secret: false },
      hidden: { [signature]: outputMark, value: "b", secret: true },
      open: { [signature]: outputMark },
    });
    assert.deepEqual(fromStruct(struct), { known: "a", hidden: secret("b"), open: unknown });
  });

  it("writes secrets and unknowns with their signatures", () => {
    const written = toStruct({ password: secret("hunter2"), later: [unknown] }).toJavaScript();
    assert.deepEqual(written, { password: { [signature]: secretMark, value: "hunter2" }, later: [unknownText] });
  });

  it("gives back what it was given", () => {
    // The maps of google-protobuf are plain objects: they cannot hold this one name.
    const memberName = fc.string({ minLength: 1 }).filter((name) => name !== "__proto__");
    const { value } = fc.letrec<{ value: unknown; list: unknown; members: unknown }>((tie) => ({
      value: fc.oneof(
        { depthSize: "small" },
        fc.string(),
        fc.boolean(),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.constant(null),
        tie("list"),
        tie("members"),
        tie("value").map((inner) => secret(inner as string)),
      ),
      list: fc.array(tie("value"), { maxLength: 3 }),
      members: fc.dictionary(memberName, tie("value"), { maxKeys: 3, noNullPrototype: true }),
    }));
    fc.assert(
      fc.property(value, (given) => {
        const properties = { given } as Properties;
        assert.deepEqual(fromStruct(toStruct(properties)), properties);
      }),
    );
  });

  it("leaves assets as they are", () => {
    const asset = { [signature]: "c44067f5952c0a294b673a41bacd8c17", text: "a: 1" };
    assert.deepEqual(fromStruct(structs.Struct.fromJavaScript({ asset })), { asset });
  });

  it("strips marks, and leaves out what is unknown", () => {
    assert.deepEqual(plainObject({ a: secret({ b: secret("c") }), open: unknown, list: [unknown, 1] }), {
      a: { b: "c" },
      list: [null, 1],
    });
  });

  it("finds secrets and unknowns at any depth", () => {
    assert.equal(containsSecret({ a: [{ b: secret("c") }] }), true);
    assert.equal(containsSecret({ a: [unknown] }), false);
    assert.equal(containsUnknown({ a: secret([unknown]) }), true);
    assert.equal(containsUnknown({ a: secret(["b"]) }), false);
  });

  it("marks outputs as secret where their inputs are", () => {
    const outputs = secretLike(
      { a: "1", b: { c: "2", d: "3" }, e: ["4"], f: "5" },
      { a: secret("1"), b: { c: secret("2") }, e: [secret("4")] },
    );
    assert.deepEqual(outputs, { a: secret("1"), b: { c: secret("2"), d: "3" }, e: secret(["4"]), f: "5" });
    assert.equal(isSecret(outputs["f"]), false);
  });
});

describe("redaction", () => {
  it("takes secrets out of messages, also when they were quoted decoded", () => {
    const inputs = { data: secret({ key: Buffer.from("hunter2!").toString("base64") }), token: secret("s.token") };
    const message = redact("cannot use s.token with hunter2! (aHVudGVyMiE=)", inputs);
    assert.equal(message, "cannot use [secret] with [secret] ([secret])");
  });

  it("leaves what is no secret", () => {
    assert.equal(redact("field spec.replcas", { spec: { replcas: 1 }, token: secret("abc") }), "field spec.replcas");
  });
});
