import { existsSync, mkdirSync, readlinkSync, rmSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Ports, Processes } from "../processes.ts";
import { generatedSecret } from "./files.ts";
import { type KeycloakDistribution, keycloakEnvironment } from "./keycloak-distribution.ts";
import type { Login } from "./login.ts";

export interface KeycloakOptions {
  readonly processes: Processes;
  readonly ports: Ports;
  readonly stateDirectory: string;
  readonly distribution: KeycloakDistribution;
  readonly report: (line: string) => void;
}

/** A running Keycloak. */
export interface Keycloak {
  /** What browsers use, and what issuers begin with. */
  readonly url: string;
  /** The administrator of the whole server, in the realm `master`. */
  readonly administrator: Login & { readonly passwordFile: string };
  /** Everything of this Keycloak's own. */
  readonly directory: string;
}

const host = "127.0.0.1";

/**
 * Runs Keycloak on loopback, with its database and the administrator's password below the state directory. Its pages
 * and issuers have the loopback URL; tokens and userinfo answer by whatever address they are asked.
 */
export async function startKeycloak(options: KeycloakOptions): Promise<Keycloak> {
  const { processes, ports, distribution, report } = options;
  const directory = keycloakDirectory(options.stateDirectory);
  const home = join(directory, "home");
  mkdirSync(temporaryDirectory(home), { recursive: true, mode: 0o700 });
  linkPrograms(home, distribution);
  const passwordFile = join(directory, "admin-password");
  const administrator = { username: "admin", password: generatedSecret(passwordFile), passwordFile };

  const begin = Date.now();
  const port = await ports.get("keycloak", processes.isRunning("keycloak"));
  const url = `http://${host}:${port}`;
  const outcome = await processes.start({
    name: "keycloak",
    command: join(distribution.directory, "bin", "kc.sh"),
    args: keycloakArguments({ home, host, port }),
    env: {
      ...keycloakEnvironment(distribution.java),
      // Read at the very first start only, when there is no administrator yet.
      KC_BOOTSTRAP_ADMIN_USERNAME: administrator.username,
      KC_BOOTSTRAP_ADMIN_PASSWORD: administrator.password,
    },
    cwd: home,
    ready: async () => (await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(5000) })).ok,
    timeoutSeconds: 300,
  });
  const took = ((Date.now() - begin) / 1000).toFixed(1);
  report(
    outcome === "started" ? `Keycloak ${distribution.version} ready after ${took} s` : `Keycloak is running on ${url}`,
  );
  return { url, administrator, directory };
}

/** Where a state directory's Keycloak keeps what is its own. */
export function keycloakDirectory(stateDirectory: string): string {
  return join(resolve(stateDirectory), "keycloak");
}

/** What the server's libraries write; the machine's own directory for that is shared with other people's servers. */
function temporaryDirectory(home: string): string {
  return join(home, "tmp");
}

/** The command line of `kc.sh`; no secret is on it. Pure. */
export function keycloakArguments(server: {
  readonly home: string;
  readonly host: string;
  readonly port: number;
}): string[] {
  return [
    ...["start", "--optimized", `-Dkc.home.dir=${server.home}`],
    `-Djava.io.tmpdir=${temporaryDirectory(server.home)}`,
    ...["--http-enabled=true", `--http-host=${server.host}`, `--http-port=${server.port}`],
    ...[`--hostname=http://${server.host}:${server.port}`, "--hostname-backchannel-dynamic=true"],
    // Without it, members of a cluster are looked for on every network of the machine.
    "--cache=local",
    // We ask for its health ten times a second until it is up, and each answer would be a line.
    "--log-level=info,io.smallrye.health:error",
  ];
}

/**
 * Keycloak writes below its home, so each state directory has one of its own, which leads to the shared programs: a
 * Keycloak whose home has none takes itself for one that was never built.
 */
function linkPrograms(home: string, distribution: KeycloakDistribution): void {
  const link = join(home, "lib");
  const target = join(distribution.directory, "lib");
  if (existsSync(link) && readlinkSync(link) === target) return;
  rmSync(link, { force: true });
  symlinkSync(target, link);
}
