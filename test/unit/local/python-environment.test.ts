import assert from "node:assert/strict";
import { indexVariables, packageProblems } from "../../../local/services/python-environment.ts";

describe("the Python package index", () => {
  const config = [
    ":env:.cert='/etc/ssl/ca.pem'",
    "global.index-url='https://one.example.com/simple'",
    "install.index-url='https://two.example.com/simple'",
    "",
  ].join("\n");

  it("is the one that pip is set up for, its nearest setting first", () => {
    assert.deepEqual(indexVariables(config, {}), {
      UV_DEFAULT_INDEX: "https://two.example.com/simple",
      SSL_CERT_FILE: "/etc/ssl/ca.pem",
    });
    assert.deepEqual(indexVariables("", {}), {});
  });

  it("is uv's own setting where there is one", () => {
    const own = { UV_DEFAULT_INDEX: "https://own.example.com/simple", SSL_CERT_FILE: "/own.pem" };
    assert.deepEqual(indexVariables(config, own), {});
  });
});

describe("a check of Python packages", () => {
  it("finds every problem in what uv says", () => {
    const said = [
      "Checked 12 packages in 4ms",
      "Found 1 incompatibility",
      "The package `barman` requires `psycopg2>=2.4.2`, but it's not installed",
    ].join("\n");
    assert.deepEqual(packageProblems(said), ["The package barman requires psycopg2>=2.4.2, but it's not installed"]);
    assert.deepEqual(packageProblems("Checked 12 packages in 4ms\nAll installed packages are compatible"), []);
  });
});
