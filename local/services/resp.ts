import { type Socket, connect } from "node:net";

export type RespValue = string | number | null | readonly RespValue[];

/** An error that the server answered with, such as `NOPERM` or `WRONGPASS`. */
export class RespError extends Error {}

/** A connection to Redis that sends one command at a time: enough for readiness checks and for looking inside. */
export class RespClient {
  readonly #socket: Socket;
  readonly #waiting: { resolve: (value: RespValue) => void; reject: (error: Error) => void }[] = [];
  #buffer = Buffer.alloc(0);

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (data) => {
      this.#buffer = Buffer.concat([this.#buffer, data]);
      this.#settle();
    });
    socket.on("error", (error) => {
      this.#fail(error);
    });
    socket.on("close", () => {
      this.#fail(new Error("the server closed the connection"));
    });
  }

  /** Connects, and logs in when a user is given. */
  static async open(host: string, port: number, login?: { username: string; password: string }): Promise<RespClient> {
    const socket = connect({ host, port });
    socket.setTimeout(10_000, () => socket.destroy(new Error(`no answer from ${host}:${port} in 10 s`)));
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve).once("error", reject);
    });
    const client = new RespClient(socket);
    if (login === undefined) return client;
    try {
      await client.command("AUTH", login.username, login.password);
    } catch (error) {
      client.close();
      throw error;
    }
    return client;
  }

  command(...words: readonly string[]): Promise<RespValue> {
    const parts = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#socket.write(`*${words.length}\r\n${parts.join("")}`);
    });
  }

  /** All keys that match, in order. */
  async keys(pattern = "*"): Promise<string[]> {
    const found = new Set<string>();
    let cursor = "0";
    do {
      const answer = await this.command("SCAN", cursor, "MATCH", pattern, "COUNT", "1000");
      const [next, keys] = answer as [string, string[]];
      for (const key of keys) found.add(key);
      cursor = next;
    } while (cursor !== "0");
    return [...found].sort();
  }

  close(): void {
    this.#socket.destroy();
  }

  #settle(): void {
    for (let reply = parseReply(this.#buffer, 0); reply !== undefined; reply = parseReply(this.#buffer, 0)) {
      this.#buffer = this.#buffer.subarray(reply.end);
      const waiting = this.#waiting.shift();
      if (reply.value instanceof RespError) waiting?.reject(reply.value);
      else waiting?.resolve(reply.value);
    }
  }

  #fail(error: Error): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}

interface Reply<T> {
  readonly value: T;
  /** Where the next reply begins. */
  readonly end: number;
}

/** Reads one reply; undefined while it is not complete. */
export function parseReply(buffer: Buffer, start: number): Reply<RespValue | RespError> | undefined {
  const lineEnd = buffer.indexOf("\r\n", start);
  if (lineEnd === -1) return undefined;
  const line = buffer.toString("utf8", start + 1, lineEnd);
  const end = lineEnd + 2;
  switch (String.fromCharCode(buffer[start] ?? 0)) {
    case "+":
      return { value: line, end };
    case "-":
      return { value: new RespError(line), end };
    case ":":
      return { value: Number(line), end };
    case "$": {
      const length = Number(line);
      if (length === -1) return { value: null, end };
      if (buffer.length < end + length + 2) return undefined;
      return { value: buffer.toString("utf8", end, end + length), end: end + length + 2 };
    }
    case "*":
      return parseArray(buffer, end, Number(line));
    default:
      throw new Error("the server does not speak Redis's protocol");
  }
}

function parseArray(buffer: Buffer, start: number, length: number): Reply<RespValue> | undefined {
  if (length === -1) return { value: null, end: start };
  const values: RespValue[] = [];
  let end = start;
  for (let index = 0; index < length; index++) {
    const item = parseReply(buffer, end);
    if (item === undefined) return undefined;
    values.push(item.value instanceof RespError ? item.value.message : item.value);
    end = item.end;
  }
  return { value: values, end };
}
