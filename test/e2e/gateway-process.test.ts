import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { plainEnvironment } from "../../litellm/proxy/environment.ts";
import { namesOf } from "../../litellm/shared/names.ts";
import { proxyConfigYaml } from "../../litellm/proxy/config.ts";
import { Ports } from "../../local/processes.ts";
import { ensureLiteLLM } from "../../local/services/litellm.ts";
import { validConfig } from "../support/configs.ts";
import { having } from "../support/change.ts";

const host = "127.0.0.1";
const masterKey = "sk-of-a-test-that-keeps-nothing-1234";
const minute = 60_000;
const pieces = 12;

/** What the gateway's settings promise of LiteLLM itself, held against the real one. */
describe("a LiteLLM with the gateway's settings", function () {
  this.timeout(5 * minute);
  this.bail(true);

  const directory = mkdtempSync(join(tmpdir(), "gateway-"));
  let upstream: Server;
  let proxy: ChildProcess;
  let [url, metricsUrl] = ["", ""];

  before("start LiteLLM", async function () {
    this.timeout(60 * minute);
    upstream = createServer(streamSlowly).listen(0, host);
    await once(upstream, "listening");
    const ports = Ports.of(directory);
    const [port, metricsPort] = [await ports.get("proxy"), await ports.get("metrics")];
    [url, metricsUrl] = [`http://${host}:${port}`, `http://${host}:${metricsPort}/metrics`];
    const config = validConfig(
      having({
        cache: { mode: "none", responses: { mode: "off" } },
        models: {
          list: [
            {
              model_name: "own",
              litellm_params: {
                model: "hosted_vllm/own",
                api_base: `http://${host}:${(upstream.address() as AddressInfo).port}/v1`,
              },
            },
          ],
        },
        "gateway.chart.version": "1.101.0",
        "gateway.metricsServer": { port: metricsPort },
        "gateway.proxyConfig": { router_settings: { model_group_alias: { other: "own" } } },
      }),
    );
    proxy = await start(config, { port, metricsPort });
    await until(async () => (await fetch(`${url}/health/readiness`)).ok, 200);
  });
  after(() => {
    if (proxy.exitCode === null) proxy.kill("SIGKILL");
    upstream.close();
    upstream.closeAllConnections();
    rmSync(directory, { recursive: true, force: true });
  });

  /** A proxy as its pod would run it, with directories of this machine to write to. */
  async function start(config: ReturnType<typeof validConfig>, at: { port: number; metricsPort: number }) {
    const { litellm, python } = await ensureLiteLLM();
    const file = join(directory, "config.yaml");
    writeFileSync(file, proxyConfigYaml(config), { mode: 0o600 });
    for (const name of ["home", "assets"]) mkdirSync(join(directory, name));
    const log = openSync(join(directory, "log"), "w");
    return spawn(litellm, ["--config", file], {
      cwd: directory,
      stdio: ["ignore", log, log],
      env: {
        ...plainEnvironment(config, namesOf(config)),
        ...{ PROXY_MASTER_KEY: masterKey, HOST: host, PORT: String(at.port), LITELLM_LOG: config.gateway.logLevel },
        PROMETHEUS_METRICS_PORT: String(at.metricsPort),
        ...{
          LANG: "C.UTF-8",
          TMPDIR: directory,
          HOME: join(directory, "home"),
          XDG_CACHE_HOME: join(directory, "home"),
        },
        ...{ LITELLM_UI_PATH: join(directory, "ui"), LITELLM_ASSETS_PATH: join(directory, "assets") },
        PATH: [dirname(python), "/usr/local/bin", "/usr/bin", "/bin"].join(delimiter),
      },
    });
  }

  const chat = (model: string) =>
    fetch(`${url}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${masterKey}`, "content-type": "application/json" },
      body: JSON.stringify({ model, stream: true, messages: [{ role: "user", content: "count" }] }),
    });

  async function until(ask: () => Promise<boolean>, attempts: number): Promise<void> {
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      if (await ask().catch(() => false)) return;
      assert.equal(proxy.exitCode, null, readFileSync(join(directory, "log"), "utf8").slice(-2000));
      await sleep(500);
    }
    assert.fail(`it did not happen: ${readFileSync(join(directory, "log"), "utf8").slice(-2000)}`);
  }

  it("reads the raw settings: an alias that only they have", async () => {
    const response = await chat("other");
    assert.equal(response.status, 200, await response.clone().text());
    assert.equal(countOf(await response.text()), pieces);
  });

  it("serves metrics on a port of their own without a key, and not without one on the gateway's", async () => {
    // Those that an autoscaler by requests or tokens a second asks for.
    await until(async () => {
      const response = await fetch(metricsUrl);
      const text = await response.text();
      return ["litellm_proxy_total_requests_metric_total", "litellm_total_tokens_metric_total"].every((metric) =>
        text.includes(`\n${metric}{`),
      );
    }, 40);
    assert.equal((await fetch(`${url}/metrics/`)).status, 401);
  });

  it("ends a stream that runs when it is told to end, takes no other, and then goes by itself", async () => {
    const response = await chat("own");
    const reader = response.body?.getReader();
    assert.ok(reader);
    await reader.read();
    const ended = once(proxy, "exit");
    proxy.kill("SIGTERM");
    await sleep(1500);
    await assert.rejects(fetch(`${url}/health/liveliness`));
    assert.equal(proxy.exitCode, null);
    let rest = "";
    for (let next = await reader.read(); !next.done; next = await reader.read())
      rest += Buffer.from(next.value).toString("utf8");
    assert.match(rest, /\[DONE\]/);
    assert.ok(countOf(rest) >= pieces - 2, rest);
    const outcome = await Promise.race([ended, sleep(minute, "still runs")]);
    assert.notEqual(outcome, "still runs");
  });
});

/** How many numbers a stream has told. */
function countOf(stream: string): number {
  return stream.match(/"content":"n\d+"/g)?.length ?? 0;
}

/** An upstream that counts to the number of pieces, half a second for each. */
const streamSlowly: Parameters<typeof createServer>[1] = (request, response) => {
  request.resume();
  response.writeHead(200, { "content-type": "text/event-stream" });
  const chunk = (delta: object, reason: string | null = null) =>
    response.write(
      `data: ${JSON.stringify({
        id: "chatcmpl-1",
        object: "chat.completion.chunk",
        created: 1,
        model: "own",
        choices: [{ index: 0, delta, finish_reason: reason }],
      })}\n\n`,
    );
  let told = 0;
  const timer = setInterval(() => {
    told += 1;
    if (told <= pieces) {
      chunk({ role: "assistant", content: `n${told}` });
      return;
    }
    clearInterval(timer);
    chunk({}, "stop");
    response.end("data: [DONE]\n\n");
  }, 400);
  response.once("close", () => {
    clearInterval(timer);
  });
};
