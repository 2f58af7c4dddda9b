import { LocalPlatform } from "./local-platform.ts";

/** An `up` in a process of its own, for a test to kill. */
try {
  const platform = await LocalPlatform.start({ fresh: false });
  await platform.up();
  process.exit(0);
} catch (error) {
  console.error(error);
  process.exit(1);
}
