import { generateKeyPairSync, verify } from "node:crypto";

export const serviceAccountEmail = "litellm@example.iam.gserviceaccount.com";

/** A key of a Google service account, as its JSON file holds it, that gets its tokens at an address of ours. */
export class ServiceAccount {
  readonly json: string;
  readonly #publicKey: string;

  constructor(tokenUri: string) {
    const { privateKey, publicKey } = generateKeyPairSync("rsa", {
      modulusLength: 2048,
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
    });
    this.#publicKey = publicKey;
    this.json = JSON.stringify({
      type: "service_account",
      project_id: "of-the-account",
      private_key_id: "key-1",
      private_key: privateKey,
      client_email: serviceAccountEmail,
      token_uri: tokenUri,
    });
  }

  /** What the bearer of a signed assertion claims; fails when another key has signed it. */
  claimsOf(assertion: string): Record<string, unknown> {
    const [header = "", payload = "", signature = ""] = assertion.split(".");
    const isSigned = verify(
      "RSA-SHA256",
      Buffer.from(`${header}.${payload}`),
      this.#publicKey,
      Buffer.from(signature, "base64url"),
    );
    if (!isSigned) throw new Error("the assertion is not signed by the service account");
    return JSON.parse(Buffer.from(payload, "base64url").toString()) as Record<string, unknown>;
  }
}
