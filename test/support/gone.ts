import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { isAlive } from "../../local/services/process-status.ts";

/** Requires that processes have ended; one that was just killed needs a moment. */
export async function assertGone(pids: readonly number[]): Promise<void> {
  const deadline = Date.now() + 3000;
  while (pids.some(isAlive) && Date.now() < deadline) await sleep(50);
  assert.deepEqual(pids.filter(isAlive), []);
}
