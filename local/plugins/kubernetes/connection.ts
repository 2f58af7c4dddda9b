/** A connection to one Kubernetes API server. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { Agent, request as httpsRequest } from "node:https";
import { Agent as HttpAgent, request as httpRequest } from "node:http";
import type { IncomingMessage, OutgoingHttpHeaders } from "node:http";
import type { RequestOptions } from "node:https";
import { KubeConfig } from "@kubernetes/client-node";
import { isPlainObject } from "../values.ts";
import type { Plain, PlainObject } from "../values.ts";

/** An error answer of the API server. */
export class ApiError extends Error {
  /** HTTP status. */
  readonly status: number;
  /** Kubernetes' own name of the error, for example `AlreadyExists`. */
  readonly reason: string;

  constructor(status: number, reason: string, message: string) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.reason = reason;
  }
}

/** Which cluster to talk to. */
export interface ConnectionSettings {
  /** Path or contents of a kubeconfig; the default files when absent. */
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly cluster: string | undefined;
}

/** One request to the API server. */
export interface ApiRequest {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Plain;
  readonly contentType?: string;
  readonly signal?: AbortSignal;
}

/** Talks to one API server as one user. */
export class Connection {
  /** Namespace of the chosen context. */
  readonly namespace: string | undefined;
  /** The kubeconfig in effect, for programs that need one; it holds credentials. */
  readonly kubeconfig: string;
  readonly #server: URL;
  readonly #options: RequestOptions;

  private constructor(config: KubeConfig, server: string, options: RequestOptions) {
    this.namespace = config.getContextObject(config.getCurrentContext())?.namespace;
    this.kubeconfig = config.exportConfig();
    this.#server = new URL(server);
    this.#options = options;
  }

  /** Loads the kubeconfig; no request is made yet. */
  static async open(settings: ConnectionSettings): Promise<Connection> {
    const config = await loadKubeconfig(settings.kubeconfig);
    if (settings.context !== undefined) config.setCurrentContext(settings.context);
    const context = config.getContextObject(config.getCurrentContext());
    if (context !== null && settings.cluster !== undefined) Object.assign(context, { cluster: settings.cluster });
    const cluster = config.getCurrentCluster();
    if (cluster === null)
      throw new Error("no Kubernetes cluster is configured: set KUBECONFIG or kubernetes:kubeconfig");
    const options: RequestOptions = {};
    await config.applyToHTTPSOptions(options);
    return new Connection(config, cluster.server, keepConnections(options, cluster.server));
  }

  /** Sends a request and returns the object that the server answers with. */
  async send(request: ApiRequest): Promise<PlainObject> {
    const { status, body } = await this.#exchange(request);
    const answer = parseAnswer(body);
    if (status < 400) return answer;
    const message = typeof answer["message"] === "string" ? answer["message"] : `HTTP status ${status}`;
    throw new ApiError(status, typeof answer["reason"] === "string" ? answer["reason"] : "", message);
  }

  /** {@link send}, with `undefined` for what does not exist. */
  async find(path: string, signal?: AbortSignal): Promise<PlainObject | undefined> {
    try {
      return await this.send({ method: "GET", path, ...(signal && { signal }) });
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    }
  }

  #exchange(request: ApiRequest): Promise<Answer> {
    const url = new URL(this.#server);
    url.pathname = url.pathname.replace(/\/$/, "") + request.path;
    url.search = new URLSearchParams(request.query ?? {}).toString();
    const headers: OutgoingHttpHeaders = {
      ...(this.#options.headers as OutgoingHttpHeaders),
      accept: "application/json",
    };
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    if (body !== undefined) {
      headers["content-type"] = request.contentType ?? "application/json";
      // Without it Node sends the body of a DELETE such that the server takes it for the next request.
      headers["content-length"] = Buffer.byteLength(body);
    }
    const { method, signal } = request;
    return sendOnce(url, { ...this.#options, headers, method, ...(signal && { signal }) }, body);
  }
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

const answerSeconds = 60;

function sendOnce(url: URL, options: RequestOptions, body: string | undefined): Promise<Answer> {
  const send = url.protocol === "http:" ? httpRequest : httpsRequest;
  return new Promise((resolve, reject) => {
    const call = send(url, options);
    call.on("response", (response) => {
      readBody(response).then((text) => {
        resolve({ status: response.statusCode ?? 0, body: text });
      }, reject);
    });
    call.on("error", (error: NodeJS.ErrnoException) => {
      // A connection that was kept may have been closed by the server just when it was taken again.
      if (call.reusedSocket && error.code === "ECONNRESET") resolve(sendOnce(url, options, body));
      else reject(new Error(`Kubernetes API server ${url.origin} is unreachable: ${error.message}`, { cause: error }));
    });
    call.setTimeout(answerSeconds * 1000, () => {
      call.destroy(new Error(`no answer in ${answerSeconds} s`));
    });
    call.end(body);
  });
}

async function loadKubeconfig(given: string | undefined): Promise<KubeConfig> {
  const config = new KubeConfig();
  if (given === undefined || given === "") config.loadFromDefault();
  else if (existsSync(given)) config.loadFromString(await readFile(given, "utf8"));
  else if (given.includes("\n") || given.trimStart().startsWith("{")) config.loadFromString(given);
  else throw new Error(`the kubeconfig file ${given} does not exist`);
  return config;
}

function keepConnections(options: RequestOptions, server: string): RequestOptions {
  if (server.startsWith("http:")) return { ...options, agent: new HttpAgent({ keepAlive: true }) };
  const { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername } = options;
  const tls = { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername };
  const defined = Object.fromEntries(Object.entries(tls).filter(([, value]) => value !== undefined));
  return { ...options, agent: new Agent({ ...defined, keepAlive: true, maxSockets: 32 }) };
}

async function readBody(response: IncomingMessage): Promise<string> {
  response.setEncoding("utf8");
  let body = "";
  for await (const chunk of response) body += String(chunk);
  return body;
}

function parseAnswer(body: string): PlainObject {
  try {
    const answer = JSON.parse(body) as Plain;
    return isPlainObject(answer) ? answer : {};
  } catch {
    // A proxy in between answers in plain text; its text is the best message there is.
    return { message: body.trim().slice(0, 500) };
  }
}
