import { LocalPlatform } from "./local-platform.ts";

/** An `up` in a process of its own, for a test to kill. */
const platform = await LocalPlatform.start({ fresh: false });
await platform.up();
process.exit(0);
