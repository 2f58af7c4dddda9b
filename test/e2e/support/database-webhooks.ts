import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments, stringify } from "yaml";
import { ensureDatabaseWebhooks } from "../../../local/binaries.ts";
import { moduleDirectory } from "../../../local/go-tool.ts";
import { HttpError, request } from "../../../local/http.ts";
import { Ports, Processes } from "../../../local/processes.ts";
import { mustRun } from "../../../local/services/run.ts";

interface Webhook {
  clientConfig: { readonly service: { readonly path: string } };
}

interface WebhookConfiguration {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly webhooks: Webhook[];
}

const module = "github.com/cloudnative-pg/cloudnative-pg";

/**
 * Runs CloudNativePG's admission webhooks on this machine. Returns the operator's own configurations of them as YAML,
 * which an API server on this machine is given to ask them.
 */
export async function startDatabaseWebhooks(stateDirectory: string): Promise<string> {
  const program = await ensureDatabaseWebhooks();
  const directory = join(stateDirectory, "database-webhooks");
  const [certificate, key] = [join(directory, "tls.crt"), join(directory, "tls.key")];
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (!existsSync(certificate))
    await mustRun("making the webhooks' certificate", "openssl", [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30"],
      ...["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
      ...["-keyout", key, "-out", certificate],
    ]);
  const ca = readFileSync(certificate);
  const port = await Ports.of(stateDirectory).get("database-webhooks");
  const url = `https://127.0.0.1:${port}`;
  await new Processes(stateDirectory).start({
    name: "database-webhooks",
    command: program,
    args: ["--port", String(port), "--cert-dir", directory],
    env: {},
    ready: () => request("GET", `${url}/`, { credentials: { ca } }).then(() => true, isAnswer),
    timeoutSeconds: 60,
  });
  return configurations(url, ca.toString("base64"));
}

function isAnswer(error: unknown): boolean {
  return error instanceof HttpError;
}

/** The operator's own list of parameters that nobody else sets. */
export async function fixedParameters(): Promise<string[]> {
  const text = await sourceOf("pkg/postgres/configuration.go");
  const list = /FixedConfigurationParameters = map\[string\]string\{(.*?)\n\t\}/s.exec(text)?.[1] ?? "";
  return [...list.matchAll(/^\s*"([^"]+)":/gm)].map(([, name = ""]) => name);
}

/** A file of the operator's source. */
async function sourceOf(file: string): Promise<string> {
  const directory = await moduleDirectory(mustRun, "cloudnative-pg", module);
  return readFileSync(join(directory, file), "utf8");
}

/** The operator's manifest, with the server's address in place of its Service. */
async function configurations(url: string, caBundle: string): Promise<string> {
  const text = await sourceOf("config/webhook/manifests.yaml");
  return parseAllDocuments(text)
    .map((document) => document.toJS() as WebhookConfiguration)
    .map((configuration) => ({
      ...configuration,
      metadata: { name: `cnpg-${configuration.metadata.name}` },
      webhooks: configuration.webhooks.map((webhook) => ({
        ...webhook,
        clientConfig: { url: `${url}${webhook.clientConfig.service.path}`, caBundle },
      })),
    }))
    .map((configuration) => stringify(configuration))
    .join("---\n");
}
