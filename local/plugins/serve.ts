/**
 * Serves the stand-ins for a Pulumi CLI that a person runs, until it is ended.
 *
 *     node local/plugins/serve.ts FILE PULUMI_ROOT HELM
 *
 * The variables that lead the CLI to them go into FILE, for a shell to read. What they reach is in the environment.
 */
import { writePrivateFile } from "../services/files.ts";
import { shellExports } from "../shell-exports.ts";
import { attachPlugins } from "./attach.ts";

const [file, pulumiRoot, helm] = process.argv.slice(2);
if (file === undefined || pulumiRoot === undefined || helm === undefined)
  throw new Error("usage: serve.ts FILE PULUMI_ROOT HELM");
const plugins = await attachPlugins({ pulumiRoot, helm: [helm], report: console.log });
writePrivateFile(file, shellExports(plugins.env));
