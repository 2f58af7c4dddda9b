import assert from "node:assert/strict";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { localAclFile } from "../../../local/services/redis.ts";
import { RespClient, RespError, parseReply } from "../../../local/services/resp.ts";

describe("the local Redis's ACL file", () => {
  const deployed = "user default off\nuser litellm on >pw ~litellm:* +@all\n";

  it("is the deployed one, to the byte", () => {
    assert.equal(localAclFile(deployed), deployed);
  });

  it("gets the inspector's line after it, without the password", () => {
    const file = localAclFile(deployed.trimEnd(), { username: "inspector", password: "hidden" });
    assert.match(file, /^user default off\nuser litellm .*\nuser inspector on #[0-9a-f]{64} ~\* &\* \+@all\n$/);
    assert.ok(!file.includes("hidden"));
  });
});

describe("a reply of Redis", () => {
  const parse = (text: string) => parseReply(Buffer.from(text), 0);

  it("is read whatever its kind", () => {
    assert.deepEqual(parse("+OK\r\n"), { value: "OK", end: 5 });
    assert.deepEqual(parse(":42\r\n"), { value: 42, end: 5 });
    assert.deepEqual(parse("$2\r\né\r\n"), { value: "é", end: 8 });
    assert.deepEqual(parse("$-1\r\n"), { value: null, end: 5 });
    assert.deepEqual(parse("*2\r\n$1\r\na\r\n*1\r\n:1\r\n")?.value, ["a", [1]]);
    assert.ok(parse("-NOPERM no\r\n")?.value instanceof RespError);
  });

  it("is waited for while it is incomplete", () => {
    for (const text of ["", "+OK", "$3\r\nab", "*2\r\n:1\r\n"]) assert.equal(parse(text), undefined, text);
  });
});

describe("the Redis client", () => {
  async function withServer(reply: (command: string) => string[], use: (port: number) => Promise<void>): Promise<void> {
    const server = createServer((socket) => {
      socket.on("data", (data) => {
        for (const part of reply(data.toString())) socket.write(part);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      await use((server.address() as AddressInfo).port);
    } finally {
      server.close();
    }
  }

  it("sends words as an array and puts a reply in pieces together", async () => {
    const seen: string[] = [];
    const reply = (command: string) => {
      seen.push(command);
      return ["$3\r\nb", "ar\r\n"];
    };
    await withServer(reply, async (port) => {
      const client = await RespClient.open("127.0.0.1", port);
      assert.equal(await client.command("GET", "ä"), "bar");
      assert.deepEqual(seen, ["*2\r\n$3\r\nGET\r\n$2\r\nä\r\n"]);
      client.close();
    });
  });

  it("rejects what the server refuses", async () => {
    await withServer(
      () => ["-WRONGPASS invalid\r\n"],
      async (port) => {
        const login = { username: "litellm", password: "x" };
        await assert.rejects(RespClient.open("127.0.0.1", port, login), new RespError("WRONGPASS invalid"));
      },
    );
  });
});
