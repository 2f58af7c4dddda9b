/**
 * Property tests run on one seed, so that a failure is one for everybody. `PROPERTY_SEED=<whole number>` tries another;
 * `PROPERTY_RUNS` sets how often each property is tried where the test does not say.
 */
import fc from "fast-check";

const { PROPERTY_SEED: seed, PROPERTY_RUNS: runs } = process.env;

fc.configureGlobal({
  seed: seed === undefined ? 20_261_121 : Number(seed),
  ...(runs !== undefined && { numRuns: Number(runs) }),
});
