import assert from "node:assert/strict";
import { describe, it } from "mocha";
import fc from "fast-check";
import { drawCharacters, passwordProblems, passwordRules } from "../../../local/plugins/random.ts";

describe("passwords", () => {
  it("have the length and the minimum of every class", () => {
    const amounts = fc.integer({ min: 0, max: 4 });
    const inputs = fc.record({
      minLower: amounts,
      minUpper: amounts,
      minNumeric: amounts,
      minSpecial: amounts,
      length: fc.integer({ min: 16, max: 40 }),
    });
    fc.assert(
      fc.property(inputs, (given) => {
        const drawn = drawCharacters(passwordRules(given));
        assert.equal(drawn.length, given.length);
        const count = (form: RegExp) => drawn.match(form)?.length ?? 0;
        assert.ok(count(/[a-z]/g) >= given.minLower);
        assert.ok(count(/[A-Z]/g) >= given.minUpper);
        assert.ok(count(/[0-9]/g) >= given.minNumeric);
        assert.ok(count(/[^a-zA-Z0-9]/g) >= given.minSpecial);
      }),
    );
  });

  it("use no class that is off", () => {
    const rules = passwordRules({ length: 200, special: false, upper: false });
    assert.match(drawCharacters(rules), /^[a-z0-9]{200}$/);
  });

  it("use the given special characters instead of the usual ones", () => {
    const rules = passwordRules({ length: 50, lower: false, upper: false, numeric: false, overrideSpecial: "-_" });
    assert.match(drawCharacters(rules), /^[-_]{50}$/);
  });

  it("treat `number` as the older name of `numeric`", () => {
    assert.equal(passwordRules({ length: 8, number: false }).numeric, false);
  });

  it("are refused with impossible rules", () => {
    const reasons = (inputs: Parameters<typeof passwordRules>[0]) =>
      passwordProblems(passwordRules(inputs)).map(({ property }) => property);
    assert.deepEqual(reasons({ length: 0 }), ["length"]);
    assert.deepEqual(reasons({ length: 3, minLower: 2, minUpper: 2 }), ["length"]);
    assert.deepEqual(reasons({ length: 3, lower: false, upper: false, numeric: false, special: false }), ["lower"]);
    assert.deepEqual(reasons({ length: 3 }), []);
  });
});
