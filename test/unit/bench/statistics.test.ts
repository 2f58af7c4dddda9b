import assert from "node:assert/strict";
import { compare } from "../../../bench/gateway/comparison.ts";
import { differs, pairedRatios, quantile, rotated, spreadOf } from "../../../bench/statistics.ts";

describe("the statistics of the benches", () => {
  it("find medians and other quantiles of values in any order", () => {
    assert.equal(quantile([3, 1, 2], 0.5), 2);
    assert.equal(quantile([4, 1, 3, 2], 0.5), 2);
    assert.equal(
      quantile(
        Array.from({ length: 100 }, (_, index) => 100 - index),
        0.95,
      ),
      95,
    );
    assert.ok(Number.isNaN(quantile([], 0.5)));
  });

  it("tell where the true median is, by leaving out as many of both ends as 19 of 20 cases allow", () => {
    // Of 9 values the second of either end, of 15 the fourth: what tables of the sign test have.
    const leftOut = (count: number) => spreadOf(Array.from({ length: count }, (_, index) => index)).low;
    assert.deepEqual([1, 3, 5, 6, 8, 9, 12, 15, 20, 25].map(leftOut), [0, 0, 0, 0, 0, 1, 2, 3, 5, 7]);
    assert.deepEqual(spreadOf([9, 1, 5, 2, 8, 3, 7, 4, 6]), { median: 5, min: 1, max: 9, low: 2, high: 8 });
  });

  it("pair what was measured in the same round", () => {
    const { median, min, max } = pairedRatios([10, 40, 20], [10, 20, 40]);
    assert.deepEqual({ median, min, max }, { median: 1, min: 0.5, max: 2 });
    assert.throws(() => pairedRatios([1], [1, 2]), /1 figures are not 2 others/);
  });

  it("call a difference one only beyond 1 and beyond the control", () => {
    const between = (low: number, high: number) => ({ median: (low + high) / 2, min: low, max: high, low, high });
    const control = between(0.97, 1.02);
    assert.equal(differs(between(1.03, 1.1), control), true);
    assert.equal(differs(between(0.8, 0.96), control), true);
    assert.equal(differs(between(1.01, 1.1), control), false, "as far as the control");
    assert.equal(differs(between(0.99, 1.1), control), false, "on both sides of 1");
    assert.equal(differs(between(1.01, 1.1), between(0.9, 0.95)), true, "beyond 1 counts where the control is not");
    assert.equal(differs(between(0.96, 0.98), between(0.9, 0.95)), false, "between 1 and the control");
  });

  it("let everybody be first in turn", () => {
    assert.deepEqual(
      [0, 1, 2, 3].map((round) => rotated(["a", "b", "c"], round).join("")),
      ["abc", "bca", "cab", "abc"],
    );
    assert.deepEqual(rotated([], 2), []);
  });
});

describe("the comparison of gateways", () => {
  const figures = (time: number, throughput: number) => ({
    ...{ p50: time, p95: 2 * time, firstPiece: 3 * time },
    throughput,
    cpu: time / 1000,
  });
  const rounds = [
    { floor: figures(1, 1000), ours: figures(5, 100), theirs: figures(9, 50) },
    { floor: figures(2, 500), ours: figures(10, 50), theirs: figures(18, 25) },
  ];

  it("takes the floor's time off both before it divides", () => {
    const { throughput, p50, p95, firstPiece, cpu } = compare(rounds, "ours", "theirs", "floor");
    assert.deepEqual([p50.median, p95.median, firstPiece.median], [0.5, 0.5, 0.5]);
    assert.deepEqual([throughput.min, throughput.max], [2, 2]);
    assert.equal(cpu.median, 5 / 9);
  });

  it("compares whole times without a floor", () => {
    assert.equal(compare(rounds, "ours", "floor").p50.median, 5);
  });

  it("knows nobody who was not measured", () => {
    assert.throws(() => compare(rounds, "ours", "nobody", "floor"), /nobody was not measured/);
  });
});
