import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { request } from "../http.ts";
import type { Ports, Processes } from "../processes.ts";
import { mustRun } from "./run.ts";
import { S3Client, type S3Endpoint, type S3Login } from "./s3-client.ts";

export interface S3Options {
  readonly processes: Processes;
  readonly ports: Ports;
  readonly stateDirectory: string;
  /** The server, from `ensureS3Server`. */
  readonly program: string;
  /** Who may do anything, such as making buckets and other users. */
  readonly root: S3Login;
  /** Buckets that must be there; they belong to root. */
  readonly buckets: readonly string[];
  /** Serve HTTPS with a certificate of its own, as a store with a private CA does. Default: false. */
  readonly tls?: boolean;
  readonly report: (line: string) => void;
}

/** A running S3 server; clients address buckets by path. */
export interface S3 extends S3Endpoint {
  /** File with the PEM certificate that proves the server, when it serves HTTPS. */
  readonly certificateFile: string | undefined;
  /** Requests in root's name. */
  readonly client: S3Client;
  /** Makes a user who may do nothing until a bucket's policy says so. */
  addUser(login: S3Login): Promise<void>;
}

const host = "127.0.0.1";
const region = "us-east-1";
const healthPath = "/health";

/** Runs an S3 server over a directory, in place of a platform's object store. What it holds survives a restart. */
export async function startS3(options: S3Options): Promise<S3> {
  const { processes, ports, report, root } = options;
  const state = resolve(options.stateDirectory, "s3");
  const [objects, metadata, users] = ["objects", "metadata", "users"].map((name) => join(state, name)) as [
    string,
    string,
    string,
  ];
  for (const directory of [objects, metadata, users]) mkdirSync(directory, { recursive: true, mode: 0o700 });
  const certificate = options.tls === true ? await makeCertificate(state) : undefined;

  const port = await ports.get("s3", processes.isRunning("s3"));
  const endpoint: S3Endpoint = {
    url: `${certificate === undefined ? "http" : "https"}://${host}:${port}`,
    region,
    ...(certificate === undefined ? {} : { ca: readFileSync(certificate.file) }),
  };
  const credentials = endpoint.ca === undefined ? {} : { credentials: { ca: endpoint.ca } };
  const outcome = await processes.start({
    name: "s3",
    command: options.program,
    args: [
      ...["--port", `${host}:${port}`, "--region", region, "--health", healthPath, "--quiet"],
      ...["--iam-dir", users, "--iam-cache-disable"],
      ...(certificate === undefined ? [] : ["--cert", certificate.file, "--key", certificate.key]),
      // Not every file system takes the metadata as extended attributes.
      ...["posix", "--sidecar", metadata, objects],
    ],
    env: { ROOT_ACCESS_KEY_ID: root.accessKeyId, ROOT_SECRET_ACCESS_KEY: root.secretAccessKey },
    cwd: state,
    ready: async () => {
      await request("GET", `${endpoint.url}${healthPath}`, credentials);
      return true;
    },
    timeoutSeconds: 30,
  });

  const client = new S3Client(endpoint, root);
  for (const bucket of options.buckets)
    if (!existsSync(join(objects, bucket))) await client.request("PUT", `/${bucket}`);
  report(`S3 server ${outcome === "started" ? "started" : "is running"} on ${endpoint.url}`);
  return {
    ...endpoint,
    certificateFile: certificate?.file,
    client,
    async addUser({ accessKeyId, secretAccessKey }) {
      const body = `<Account><Access>${accessKeyId}</Access><Secret>${secretAccessKey}</Secret><Role>user</Role></Account>`;
      await client.request("PATCH", "/create-user", { body });
    },
  };
}

/** A certificate that signs itself, made once: server and CA in one file. */
async function makeCertificate(directory: string): Promise<{ readonly file: string; readonly key: string }> {
  const [file, key] = [join(directory, "server.crt"), join(directory, "server.key")];
  if (!existsSync(file))
    await mustRun("making the S3 server's certificate", "openssl", [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "3650"],
      ...["-subj", "/CN=localhost", "-addext", `subjectAltName=DNS:localhost,IP:${host}`],
      ...["-keyout", key, "-out", file],
    ]);
  return { file, key };
}
