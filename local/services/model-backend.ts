import { resolve } from "node:path";
import type { Ports, Processes } from "../processes.ts";
import { writePrivateFile } from "./files.ts";
import { createModelServer } from "./model-server.ts";

export interface ModelBackendOptions {
  readonly processes: Processes;
  readonly ports: Ports;
  readonly stateDirectory: string;
  /** The key that callers must present. Calling again with another key rotates it without a restart. */
  readonly apiKey: string;
  readonly report: (line: string) => void;
}

export interface ModelBackend {
  readonly host: string;
  readonly port: number;
  /** `http://host:port`, without `/v1`. */
  readonly url: string;
}

const host = "127.0.0.1";

/** Runs the model server, in place of a provider. */
export async function startModelBackend(options: ModelBackendOptions): Promise<ModelBackend> {
  const { processes, ports, report } = options;
  const keyFile = resolve(options.stateDirectory, "model-backend", "api-key");
  writePrivateFile(keyFile, options.apiKey);
  const port = await ports.get("model-backend", processes.isRunning("model-backend"));
  const url = `http://${host}:${port}`;
  const outcome = await processes.start({
    name: "model-backend",
    command: process.execPath,
    args: [import.meta.filename],
    env: { PORT: String(port), MODEL_BACKEND_KEY_FILE: keyFile },
    ready: async () => (await fetch(`${url}/health`)).ok,
    timeoutSeconds: 30,
  });
  report(`Model backend ${outcome === "started" ? "started" : "is running"} on ${host}:${port}`);
  return { host, port, url };
}

if (import.meta.main) {
  const { PORT: port, MODEL_BACKEND_KEY_FILE: keyFile } = process.env;
  if (port === undefined || keyFile === undefined) throw new Error("PORT and MODEL_BACKEND_KEY_FILE are required");
  const server = createModelServer(keyFile).listen(Number(port), host);
  process.once("SIGTERM", () => {
    server.close();
    server.closeAllConnections();
  });
}
