import { createHash, createHmac } from "node:crypto";
import { type Method, request } from "../http.ts";

/** A key pair of S3. */
export interface S3Login {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface S3Endpoint {
  readonly url: string;
  readonly region: string;
  /** PEM of the certificate that proves the server, when it serves HTTPS. */
  readonly ca?: Buffer;
}

/** Requests to an S3 server in someone's name, signed with Signature Version 4. */
export class S3Client {
  readonly #endpoint: S3Endpoint;
  readonly #login: S3Login;

  constructor(endpoint: S3Endpoint, login: S3Login) {
    this.#endpoint = endpoint;
    this.#login = login;
  }

  /**
   * One request; returns the body or throws an `HttpError`.
   *
   * @param path begins with a slash; bucket and key as they are, without escapes
   */
  request(
    method: Method,
    path: string,
    options: { readonly query?: Readonly<Record<string, string>>; readonly body?: string } = {},
  ): Promise<string> {
    const { url, region, ca } = this.#endpoint;
    const query = Object.entries(options.query ?? {})
      .map(([name, value]) => `${escape(name)}=${escape(value)}`)
      .sort()
      .join("&");
    const escapedPath = path.split("/").map(escape).join("/");
    const headers = signed({
      method,
      host: new URL(url).host,
      path: escapedPath,
      query,
      body: options.body ?? "",
      region,
      login: this.#login,
      time: new Date(),
    });
    const target = `${url}${escapedPath}${query === "" ? "" : `?${query}`}`;
    return request(method, target, {
      headers,
      body: options.body,
      ...(ca === undefined ? {} : { credentials: { ca } }),
    });
  }

  /** Keys below a prefix, at most a thousand. */
  async keys(bucket: string, prefix = ""): Promise<string[]> {
    const text = await this.request("GET", `/${bucket}`, { query: { "list-type": "2", prefix } });
    return [...text.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key = ""]) => key);
  }
}

interface Unsigned {
  readonly method: Method;
  readonly host: string;
  readonly path: string;
  readonly query: string;
  readonly body: string;
  readonly region: string;
  readonly login: S3Login;
  readonly time: Date;
}

/** Headers of a signed request. Pure. */
export function signed({ method, host, path, query, body, region, login, time }: Unsigned): Record<string, string> {
  const stamp = time.toISOString().replaceAll(/[-:]|\.\d+/g, "");
  const bodyHash = sha256(body);
  const headers = { host, "x-amz-content-sha256": bodyHash, "x-amz-date": stamp };
  const names = Object.keys(headers).join(";");
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
  const canonical = [method, path, query, lines.join(""), names, bodyHash].join("\n");
  const scope = `${stamp.slice(0, 8)}/${region}/s3/aws4_request`;
  const key = scope
    .split("/")
    .reduce<string | Buffer>((secret, part) => hmac(secret, part), `AWS4${login.secretAccessKey}`);
  const signature = hmac(key, ["AWS4-HMAC-SHA256", stamp, scope, sha256(canonical)].join("\n")).toString("hex");
  return {
    ...headers,
    authorization: `AWS4-HMAC-SHA256 Credential=${login.accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`,
  };
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

/** Every byte but letters, digits, `-`, `_`, `.` and `~`, as the signature wants it. */
function escape(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}
