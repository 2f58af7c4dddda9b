import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { downloadedPulumi, pulumiVersion } from "../../../local/pulumi-downloads.ts";
import { plainDisplay } from "../../../local/steps/display.ts";
import { Steps } from "../../../local/steps/steps.ts";

describe("the genuine Pulumi CLI", () => {
  const environment = process.env;
  let directory: string;
  let server: Server;
  let written: string;
  const steps = () => new Steps(plainDisplay((text) => (written += text)));

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), "pulumi-download-"));
    written = "";
    process.env = { ...environment, PULUMI_HOME: join(directory, "home"), HTTPS_PROXY: "", https_proxy: "" };
    server = createServer((_, response) => response.end());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterEach(() => {
    process.env = environment;
    server.closeAllConnections();
    server.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  function npmPulumi(script: string): string {
    const file = join(directory, "npm-pulumi");
    writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    return file;
  }

  it("is downloaded as npx pulumi does it, where the network is open", async () => {
    const version = pulumiVersion.slice(1);
    const cli = `#!/bin/sh\\necho ${pulumiVersion}\\n`;
    const install = npmPulumi(`
      bin="$PULUMI_HOME/versions/${version}/bin"
      mkdir -p "$bin" && printf '${cli}' > "$bin/pulumi" && chmod +x "$bin/pulumi"`);
    const root = await downloadedPulumi(steps(), install, url());
    assert.equal(root, join(directory, "home", "versions", version));
  });

  it("is built instead where the download fails, which is said", async () => {
    const broken = npmPulumi("echo 'pulumi: HTTP 503 fetching the script' >&2; exit 1");
    assert.equal(await downloadedPulumi(steps(), broken, url()), undefined);
    assert.match(written, /cannot be downloaded and is built instead: pulumi: HTTP 503 fetching the script/);
  });

  it("is not asked for where the network is closed", async () => {
    const address = url();
    server.close();
    assert.equal(await downloadedPulumi(steps(), join(directory, "absent"), address), undefined);
    assert.equal(written, "");
  });
});
