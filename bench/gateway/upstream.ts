import { createServer } from "node:http";

/** A model provider that answers at once and always the same: `/count` tells how often. */
export const upstreamProgram = import.meta.filename;

if (import.meta.main) {
  const usage = { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12 };
  const common = { id: "chatcmpl-1", created: 1, model: "gpt-4o" };
  const answer = JSON.stringify({
    ...common,
    object: "chat.completion",
    choices: [{ index: 0, message: { role: "assistant", content: "one two three" }, finish_reason: "stop" }],
    usage,
  });
  const chunk = (delta: object, finish: string | null = null) =>
    `data: ${JSON.stringify({ ...common, object: "chat.completion.chunk", choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
  const pieces = [
    chunk({ role: "assistant", content: "" }),
    ...["one ", "two ", "three"].map((content) => chunk({ content })),
    chunk({}, "stop"),
    "data: [DONE]\n\n",
  ];
  let count = 0;
  createServer((request, response) => {
    if (request.method === "GET") {
      response.end(String(count));
      return;
    }
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => (body += text));
    request.on("end", () => {
      count += 1;
      if ((JSON.parse(body) as { stream?: boolean }).stream !== true) {
        response.writeHead(200, { "content-type": "application/json" }).end(answer);
        return;
      }
      response.writeHead(200, { "content-type": "text/event-stream" });
      for (const piece of pieces) response.write(piece);
      response.end();
    });
  }).listen(Number(process.env["PORT"]), "127.0.0.1");
}
