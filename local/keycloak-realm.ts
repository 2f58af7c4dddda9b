import { join } from "node:path";
import { KeycloakAdmin, type NewUser, administrationClient, administrationRealm } from "./keycloak-admin.ts";
import { Ports, Processes } from "./processes.ts";
import { generatedSecret } from "./services/files.ts";
import type { KeycloakDistribution } from "./services/keycloak-distribution.ts";
import { startKeycloak } from "./services/keycloak.ts";
import type { Login } from "./services/login.ts";

/** The local Keycloak with a realm in which two people can sign in. */
export interface LocalKeycloak {
  /** Base URL, for browsers and for everybody else on this machine. */
  readonly url: string;
  readonly realm: string;
  /** Of the realm, as its discovery document names it. */
  readonly issuer: string;
  readonly admin: KeycloakAdmin;
  /** What Pulumi's Keycloak provider reads from the environment. It holds the administrator's password. */
  readonly access: Readonly<Record<string, string>>;
  /** File with that password, which only its owner may read. */
  readonly administratorPasswordFile: string;
  /** Who can sign in. */
  readonly users: Readonly<Record<keyof typeof localUsers, Login>>;
  /** Directory of the users' passwords, a file each, which only their owner may read. */
  readonly passwordDirectory: string;
}

export const localRealm = "platform";

/**
 * The people of the realm, each in a group of their own kind. What they may do in the gateway is for the deployed
 * program to say.
 */
export const localUsers = {
  administrator: {
    username: "ada",
    email: "ada@example.com",
    firstName: "Ada",
    lastName: "Admin",
    group: "gateway-admins",
  },
  user: {
    username: "ulf",
    email: "ulf@example.com",
    firstName: "Ulf",
    lastName: "User",
    group: "gateway-users",
  },
} as const;

/** Starts Keycloak, or finds it running, and makes what of the realm is not there yet. */
export async function openKeycloak(options: {
  readonly distribution: KeycloakDistribution;
  readonly stateDirectory: string;
  readonly report: (line: string) => void;
}): Promise<LocalKeycloak> {
  const { stateDirectory, report } = options;
  const { url, administrator, directory } = await startKeycloak({
    ...options,
    processes: new Processes(stateDirectory),
    ports: Ports.of(stateDirectory),
  });
  const admin = new KeycloakAdmin(url, localRealm, administrator);
  await admin.ensureRealm({ displayName: "Platform" });
  const passwordDirectory = join(directory, "passwords");
  const users = {
    administrator: await ensurePerson(admin, localUsers.administrator, passwordDirectory),
    user: await ensurePerson(admin, localUsers.user, passwordDirectory),
  };
  const issuer = `${url}/realms/${localRealm}`;
  const people = Object.values(users).map(({ username }) => username);
  report(`Keycloak's realm is ${issuer}; the passwords of ${people.join(" and ")} are in ${passwordDirectory}`);
  return {
    url,
    realm: localRealm,
    issuer,
    admin,
    access: providerEnvironment(url, administrator),
    administratorPasswordFile: administrator.passwordFile,
    users,
    passwordDirectory,
  };
}

/** A later start leaves alone what somebody changed in Keycloak's console. */
async function ensurePerson(
  admin: KeycloakAdmin,
  { group, ...profile }: Omit<NewUser, "groups" | "password"> & { readonly group: string },
  passwordDirectory: string,
): Promise<Login> {
  const { username } = profile;
  const password = generatedSecret(join(passwordDirectory, username));
  await admin.ensureGroup(group);
  await admin.ensureUser({ ...profile, password, groups: [group] });
  return { username, password };
}

/** The administrator's login, by the names under which Pulumi's Keycloak provider looks for it. Pure. */
export function providerEnvironment(url: string, administrator: Login): Record<string, string> {
  return {
    KEYCLOAK_URL: url,
    KEYCLOAK_REALM: administrationRealm,
    KEYCLOAK_CLIENT_ID: administrationClient,
    KEYCLOAK_USER: administrator.username,
    KEYCLOAK_PASSWORD: administrator.password,
    // Seconds. The provider's five are too few for a Keycloak that has just started beside a control plane.
    KEYCLOAK_CLIENT_TIMEOUT: "60",
  };
}
