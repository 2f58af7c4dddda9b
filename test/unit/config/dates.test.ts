import assert from "node:assert/strict";
import { problemsOf } from "../../support/configs.ts";
import { having } from "../../support/change.ts";

const message = "must be a string, was read as a date: write it in quotes";
const azure = (version: string) => ({
  "models.list": [
    {
      model_name: "gpt",
      litellm_params: { model: "azure/gpt", api_base: "https://x.openai.azure.com", api_version: version },
    },
  ],
});
const recovery = (time: string) => ({
  "database.recovery": { serverName: "lost", store: { bucket: "backups" }, target: { kind: "time", time } },
});

/** Pulumi's YAML reader makes a time of what is not in quotes, and hands it on in Go's own form. */
describe("a date that was not in quotes", () => {
  for (const time of [
    "2024-10-21 00:00:00 +0000 UTC",
    "2026-11-21 04:05:06 +0000 UTC",
    "2026-11-21 04:05:06.123456789 +0000 UTC",
    "2026-11-21 04:05:06 -0330 -0330",
  ]) {
    it(`is refused as ${time} where any text is allowed`, () => {
      assert.deepEqual(problemsOf(having(azure(time))), [`models.list[0].litellm_params.api_version: ${message}`]);
    });

    it(`is refused as ${time} where a form is wanted, and with nothing else said of it`, () => {
      assert.deepEqual(problemsOf(having(recovery(time))), [`database.recovery.target.time: ${message}`]);
    });
  }

  it("is refused in maps and as a whole setting, besides what else is wrong", () => {
    const date = "2024-10-21 00:00:00 +0000 UTC";
    assert.deepEqual(
      problemsOf(
        having({ profile: date, "gateway.podAnnotations": { "example.com/since": date }, "gateway.host": "-" }),
      ),
      [
        `profile: ${message}`,
        `gateway.podAnnotations."example.com/since": ${message}`,
        "gateway.host: must be a host name without scheme, port or path, for example litellm.example.com",
      ],
    );
  });

  it("is told from one in quotes", () => {
    for (const change of [azure("2024-10-21"), recovery("2026-11-21T04:05:06Z"), recovery("2026-11-21 04:05:06+02:00")])
      assert.deepEqual(problemsOf(having(change)), [], JSON.stringify(change));
  });
});
