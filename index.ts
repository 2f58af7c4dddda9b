import { enableCompileCache } from "node:module";

// Pulumi runs this file twice per `up`: keep the compiled packages of the first run.
enableCompileCache(`${import.meta.dirname}/node_modules/.cache/compiled`);
// Pulumi's SDK takes a stack trace per registration and maps each to the sources of the SDK, which is slow.
delete (Error as Partial<ErrorConstructor>).prepareStackTrace;

const { deploy } = await import("./program/deploy.ts");

export default await deploy(import.meta.dirname);
