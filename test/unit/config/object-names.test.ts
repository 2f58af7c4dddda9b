import assert from "node:assert/strict";
import { problemsOf } from "../../support/configs.ts";
import { having } from "../../support/change.ts";

const rule =
  "must be an object's name: lower-case letters, digits, '-' and '.', a letter or digit at both ends and around each '.'";
const volume = { name: "more", mountPath: "/etc/more" };

/** Settings that name an object which the program does not make, by the path that messages have. */
const settings: Readonly<Record<string, (name: string) => Readonly<Record<string, unknown>>>> = {
  "gateway.image.pullSecrets[0]": (name) => ({ "gateway.image.pullSecrets": [name] }),
  "gateway.volumes[0].configMap": (configMap) => ({ "gateway.volumes": [{ ...volume, configMap }] }),
  "gateway.volumes[0].secret": (secret) => ({ "gateway.volumes": [{ ...volume, secret }] }),
  "gateway.volumes[0].persistentVolumeClaim": (persistentVolumeClaim) => ({
    "gateway.volumes": [{ ...volume, persistentVolumeClaim }],
  }),
  "vault.auth.secretName": (secretName) => ({ "vault.auth": { method: "token", secretName } }),
  "keys.master.importFrom.name": (name) => ({
    "keys.master.importFrom": { kind: "secret", namespace: "old", name, key: "masterkey" },
  }),
  "database.storage.storageClass": (storageClass) => ({ "database.storage": { size: "20Gi", storageClass } }),
  "database.walStorage.storageClass": (storageClass) => ({ "database.walStorage": { size: "5Gi", storageClass } }),
  "database.imageCatalog.name": (name) => ({ "database.imageCatalog": { name, major: 17 } }),
  "cache.persistence.storageClass": (storageClass) => ({
    "cache.persistence": { kind: "volume", size: "5Gi", storageClass },
  }),
};

describe("the name of an object of Kubernetes", () => {
  for (const [path, setting] of Object.entries(settings)) {
    it(`may have dots and any length that Kubernetes takes: ${path}`, () => {
      for (const name of ["ebs.gp3", "registry.example.com", "0", "a".repeat(253)])
        assert.deepEqual(problemsOf(having(setting(name))), [], name);
    });

    it(`is refused where Kubernetes would: ${path}`, () => {
      for (const name of ["", "Fast", "a_b", "-a", "a.", ".a", "a..b", "a.-b", "a/b"])
        assert.deepEqual(problemsOf(having(setting(name))), [`${path}: ${rule}`], name);
      assert.deepEqual(problemsOf(having(setting("a".repeat(254)))), [`${path}: must have at most 253 characters`]);
    });
  }
});

describe("the name of a database that somebody else has made", () => {
  const external = (name: string) => ({
    database: { mode: "external", host: "db.example.com", login: { vaultPath: "teams/ai/db" }, name },
  });

  it("is whatever stands in a URL as it is", () => {
    for (const name of ["litellm-prod", "LiteLLM", "team.ai_2~x", "1", "a".repeat(63)])
      assert.deepEqual(problemsOf(having(external(name))), [], name);
  });

  it("is refused where it would make another URL", () => {
    for (const name of ["", "a/b", "a?b", "a#b", "a b", "a%2Fb", "..", "$(HOME)", "ä", "a".repeat(64)])
      assert.deepEqual(
        problemsOf(having(external(name))),
        [
          "database.name: must be letters, digits, '_', '-', '.' and '~', which stand in a URL as they are, a letter, digit or '_' first, at most 63",
        ],
        name,
      );
  });
});
