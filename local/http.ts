import { request as plain } from "node:http";
import { request as secure } from "node:https";

/** What a client shows and trusts: PEM, as read from files. */
export interface Credentials {
  readonly ca: Buffer;
  readonly cert: Buffer;
  readonly key: Buffer;
}

export type Method = "DELETE" | "GET" | "PATCH" | "POST" | "PUT";

/** A response that is no success. Its message has the body, in which servers say what was wrong. */
export class HttpError extends Error {
  readonly status: number;

  constructor(method: Method, url: string, status: number, body: string) {
    super(`${method} ${url}: status ${status}: ${body.trim().slice(0, 500)}`);
    this.status = status;
  }
}

const TIMEOUT_MILLISECONDS = 30_000;

/**
 * One HTTP request; returns the body or throws {@link HttpError}. `fetch` knows no client certificates.
 *
 * @param options.body text as it is; an object is sent as JSON
 */
export function request(
  method: Method,
  url: string,
  options: {
    readonly credentials?: Partial<Credentials>;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string | object | undefined;
  },
): Promise<string> {
  const { credentials, headers, body } = options;
  const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const send = url.startsWith("https:") ? secure : plain;
    const outgoing = send(url, { method, headers: { ...headers }, timeout: TIMEOUT_MILLISECONDS, ...credentials });
    outgoing.on("timeout", () => outgoing.destroy(new Error(`${method} ${url}: no answer`)));
    outgoing.on("error", reject);
    outgoing.on("response", (response) => {
      let received = "";
      response.setEncoding("utf8").on("data", (part: string) => (received += part));
      response.on("error", reject);
      response.on("end", () => {
        const status = response.statusCode ?? 0;
        if (status >= 200 && status < 300) resolve(received);
        else reject(new HttpError(method, url, status, received));
      });
    });
    outgoing.end(text);
  });
}
