import { type Agent, request } from "node:http";

/** Something that speaks OpenAI's protocol at `<url>/v1`. */
export interface Target {
  readonly url: string;
  readonly key: string;
}

export interface Load {
  readonly requests: number;
  /** Requests under way at any time; each that ends begins the next. */
  readonly concurrency: number;
  /** Ask for a stream, and take the time to its first piece instead of that to the end. */
  readonly stream?: boolean;
}

/** The model name that every contender serves. */
export const loadedModel = "gpt-4o";

let asked = 0;

/** Requests that this process has sent. */
export function requestsSent(): number {
  return asked;
}

/** Loads a target over the agent's connections, and tells each request's time in milliseconds. */
export async function load(
  target: Target,
  agent: Agent,
  { requests, concurrency, stream = false }: Load,
): Promise<number[]> {
  const times: number[] = [];
  let begun = 0;
  const client = async () => {
    while (begun < requests) {
      begun += 1;
      times.push(await ask(target, agent, stream));
    }
  };
  await Promise.all(Array.from({ length: concurrency }, client));
  return times;
}

/** One chat completion. Every prompt is new, so that no response cache has the answer. */
function ask(target: Target, agent: Agent, stream: boolean): Promise<number> {
  asked += 1;
  const messages = [{ role: "user", content: `Question ${asked} of process ${process.pid}: what comes after two?` }];
  const body = JSON.stringify({ model: loadedModel, messages, ...(stream ? { stream } : {}) });
  return new Promise((resolve, reject) => {
    const begin = performance.now();
    const headers = {
      authorization: `Bearer ${target.key}`,
      "content-type": "application/json",
      "content-length": Buffer.byteLength(body),
    };
    const outgoing = request(`${target.url}/v1/chat/completions`, { agent, method: "POST", headers }, (response) => {
      let first: number | undefined;
      let text = "";
      response.setEncoding("utf8").on("data", (piece: string) => {
        first ??= performance.now();
        text += piece;
      });
      response.on("error", reject).on("end", () => {
        const end = performance.now();
        const whole = response.statusCode === 200 && text.trimEnd().endsWith(stream ? "[DONE]" : "}");
        if (whole) resolve((stream ? (first ?? end) : end) - begin);
        else reject(new Error(`${target.url} answered ${response.statusCode ?? 0}: ${text.slice(0, 500)}`));
      });
    });
    outgoing.on("error", reject).end(body);
  });
}
