import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { PlatformConfig } from "../config/platform.ts";
import { isCertificate } from "../config/values.ts";
import { type VaultAccess, VaultError } from "./client.ts";

/** Where the way to Vault is looked up, besides the platform's configuration. */
export interface VaultSources {
  /** Configuration by full key, of which `vault:...` is the vault plugin's. */
  readonly settings: Readonly<Record<string, string | undefined>>;
  /** Directory that a file's path is relative to, as for the vault plugin. Default: the process's. */
  readonly directory?: string;
  /** Environment variables; the vault plugin reads the same ones. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whether the vault plugin writes resources too. It takes its namespace from these sources alone. */
  readonly plugin: boolean;
}

/**
 * How this machine reaches Vault, which may be another way than the cluster's. The vault plugin reads the same settings
 * in the same order: its configuration, then the environment.
 *
 * @throws VaultError when there is no token, a certificate is none, or the namespaces differ
 */
export function vaultAccess({ vault }: Pick<PlatformConfig, "vault">, sources: VaultSources): VaultAccess {
  const { settings, environment } = sources;
  const namespace = namespaceOf(vault.namespace, sources);
  const token = first(settings["vault:token"], environment["VAULT_TOKEN"], tokenOfCli(environment));
  if (token === undefined) {
    throw new VaultError(
      "there is no token. Must be in VAULT_TOKEN, in the secret configuration vault:token, or from `vault login`",
    );
  }
  return {
    address: first(settings["vault:address"], environment["VAULT_ADDR"]) ?? vault.address,
    mount: vault.mount,
    namespace,
    token,
    ca: authorities(vault.caBundle, caFile(sources)),
  };
}

/** External Secrets reads in `vault.namespace`: what is written elsewhere would never be found. */
function namespaceOf(wanted: string | undefined, { settings, environment, plugin }: VaultSources): string | undefined {
  const provider = first(settings["vault:namespace"], environment["VAULT_NAMESPACE"])?.replace(/^\/+|\/+$/g, "");
  if (provider === wanted || (provider === undefined && !plugin)) return wanted;
  if (wanted === undefined)
    throw new VaultError(
      `the namespace of the vault provider is ${provider} (vault:namespace, else VAULT_NAMESPACE) and vault.namespace is not set, so External Secrets would not read what is written. Must be the same: set vault.namespace: ${provider}`,
    );
  const where =
    provider === undefined
      ? "no namespace is set for the vault provider"
      : `the namespace of the vault provider is ${provider}`;
  throw new VaultError(
    `vault.namespace is ${wanted} and ${where} (vault:namespace, else VAULT_NAMESPACE), so External Secrets would not read what is written. Must be the same: pulumi config set vault:namespace ${wanted}`,
  );
}

function caFile({ settings, environment, directory = "." }: VaultSources): string | undefined {
  const file = first(settings["vault:caCertFile"], environment["VAULT_CACERT"]);
  return file === undefined ? undefined : resolve(directory, file);
}

/** Every certificate of the bundle, which the configuration's checks have seen, and of the file. */
function authorities(bundle: string | undefined, file: string | undefined): string | undefined {
  const ofBundle = bundle === undefined ? [] : certificatesOf(Buffer.from(bundle, "base64").toString("utf8"));
  const ofFile = file === undefined ? [] : certificatesOf(contentOf(file));
  if (file !== undefined && (ofFile.length === 0 || !ofFile.every(isCertificate)))
    throw new VaultError(`${file}, the CA certificates of Vault, must be certificates in PEM`);
  const certificates = [...ofBundle, ...ofFile];
  return certificates.length === 0 ? undefined : certificates.join("\n");
}

function certificatesOf(text: string): string[] {
  return text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
    throw new VaultError(`${file}, the CA certificates of Vault, cannot be read (${reason})`);
  }
}

/** Where `vault login` leaves the token, which the vault plugin reads too. */
function tokenOfCli({ HOME: home }: VaultSources["environment"]): string | undefined {
  try {
    return readFileSync(join(first(home) ?? homedir(), ".vault-token"), "utf8").trim();
  } catch {
    return undefined;
  }
}

/** As for the vault plugin, an empty setting is none. */
function first(...values: readonly (string | undefined)[]): string | undefined {
  return values.find((value) => value !== undefined && value !== "");
}
