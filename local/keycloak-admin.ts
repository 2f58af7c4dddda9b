import type { Login } from "./services/login.ts";

/** A client as Keycloak describes it, as far as we look at it. */
export interface ClientRepresentation {
  readonly id: string;
  readonly clientId: string;
  readonly enabled: boolean;
  readonly publicClient: boolean;
  readonly standardFlowEnabled: boolean;
  readonly implicitFlowEnabled: boolean;
  readonly directAccessGrantsEnabled: boolean;
  readonly serviceAccountsEnabled: boolean;
  readonly redirectUris: readonly string[];
  readonly webOrigins: readonly string[];
  readonly attributes: Readonly<Record<string, string>>;
  readonly defaultClientScopes: readonly string[];
  readonly optionalClientScopes: readonly string[];
  readonly protocolMappers?: readonly MapperRepresentation[];
}

export interface ClientScopeRepresentation {
  readonly id: string;
  readonly name: string;
  readonly protocol: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly protocolMappers?: readonly MapperRepresentation[];
}

export interface MapperRepresentation {
  readonly id: string;
  readonly name: string;
  readonly protocolMapper: string;
  readonly config: Readonly<Record<string, string>>;
}

export interface UserRepresentation {
  readonly id: string;
  readonly username: string;
  readonly email?: string;
  readonly emailVerified: boolean;
  readonly enabled: boolean;
  readonly firstName?: string;
  readonly lastName?: string;
}

/** A user who can sign in at once: Keycloak asks for what is missing here at the first sign-in. */
export interface NewUser extends Login {
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
  /** Names of top-level groups to be a member of, which must be there. Default: none. */
  readonly groups?: readonly string[];
}

/** Tokens of the password grant. */
export interface Tokens {
  readonly access_token: string;
  readonly expires_in: number;
  readonly refresh_token?: string;
  readonly id_token?: string;
  readonly scope: string;
}

type Method = "DELETE" | "GET" | "POST" | "PUT";

interface Named {
  readonly id: string;
  readonly name: string;
}

/** A request that Keycloak refused. Its message has Keycloak's words for it. */
export class KeycloakError extends Error {
  readonly status: number;

  constructor(method: Method, path: string, status: number, body: string) {
    super(`Keycloak answers ${status} for ${method} ${path}: ${reason(body)}`);
    this.status = status;
  }
}

/** The client through which Keycloak's own command line signs in; every realm has it. */
export const administrationClient = "admin-cli";

/** The realm of those who administer the whole server. */
export const administrationRealm = "master";

/** What a realm's administrator does in Keycloak's console, on the local Keycloak. */
export class KeycloakAdmin {
  readonly #url: string;
  readonly #realm: string;
  readonly #administrator: Login;
  #token: { readonly value: string; readonly until: number } | undefined;

  /**
   * @param url base URL of Keycloak, without a path
   * @param realm the realm to administer; it need not be there yet
   * @param administrator a user of the realm `master`
   */
  constructor(url: string, realm: string, administrator: Login) {
    this.#url = url;
    this.#realm = realm;
    this.#administrator = administrator;
  }

  /** Creates the realm with these settings, unless it is there, which leaves it as it is. */
  async ensureRealm(settings: Readonly<Record<string, unknown>> = {}): Promise<"created" | "present"> {
    if ((await this.#find("")) !== undefined) return "present";
    await this.#request("POST", "/admin/realms", { realm: this.#realm, enabled: true, ...settings });
    return "created";
  }

  /** Creates a user with a verified address, unless one of that name is there, which leaves it as it is. */
  async ensureUser(user: NewUser): Promise<"created" | "present"> {
    if ((await this.user(user.username)) !== undefined) return "present";
    const { password, groups = [], ...profile } = user;
    await this.call("POST", "users", {
      ...profile,
      groups: groups.map((group) => `/${group}`),
      enabled: true,
      emailVerified: true,
      credentials: [{ type: "password", value: password, temporary: false }],
    });
    return "created";
  }

  /** The user of exactly this name. */
  async user(username: string): Promise<UserRepresentation | undefined> {
    const query = new URLSearchParams({ username, exact: "true" });
    const [user] = (await this.call("GET", `users?${query.toString()}`)) as UserRepresentation[];
    return user;
  }

  async removeUser(username: string): Promise<void> {
    await this.call("DELETE", await this.#userPath(username));
  }

  /** Creates a top-level group, unless it is there. */
  async ensureGroup(name: string): Promise<"created" | "present"> {
    if ((await this.#group(name)) !== undefined) return "present";
    await this.call("POST", "groups", { name });
    return "created";
  }

  /** Makes a user a member of a top-level group. One who is a member already stays one. */
  async joinGroup(username: string, group: string): Promise<void> {
    const found = await this.#group(group);
    if (found === undefined) throw new Error(`realm ${this.#realm} has no group ${group}`);
    await this.call("PUT", `${await this.#userPath(username)}/groups/${found.id}`);
  }

  /** Names of a user's groups, sorted. */
  async groupsOf(username: string): Promise<string[]> {
    return names(await this.call("GET", `${await this.#userPath(username)}/groups`));
  }

  /** Gives a user a role of the realm, or of a client when one is named by its client id. */
  async assignRole(username: string, role: string, clientId?: string): Promise<void> {
    const owner = clientId === undefined ? "" : `${await this.#clientPath(clientId)}/`;
    const found = await this.call("GET", `${owner}roles/${encodeURIComponent(role)}`);
    await this.call("POST", await this.#roleMappings(username, clientId), [found]);
  }

  /** Names of the roles that a user has, by groups and composite roles too; of the realm, or of a client. Sorted. */
  async rolesOf(username: string, clientId?: string): Promise<string[]> {
    return names(await this.call("GET", `${await this.#roleMappings(username, clientId)}/composite`));
  }

  /** Names of the roles that there are; of the realm, or of a client. Sorted. */
  async roles(clientId?: string): Promise<string[]> {
    const owner = clientId === undefined ? "" : `${await this.#clientPath(clientId)}/`;
    return names(await this.call("GET", `${owner}roles`));
  }

  /** The client of this client id, with its mappers and without its secret, which no assertion should print. */
  async client(clientId: string): Promise<ClientRepresentation | undefined> {
    const query = new URLSearchParams({ clientId });
    const [found] = (await this.call("GET", `clients?${query.toString()}`)) as object[];
    return found === undefined ? undefined : ({ ...found, secret: undefined } as unknown as ClientRepresentation);
  }

  /** The secret that a confidential client has now. */
  async clientSecret(clientId: string): Promise<string> {
    const { value } = (await this.call("GET", `${await this.#clientPath(clientId)}/client-secret`)) as {
      value: string;
    };
    return value;
  }

  /** The client scope of this name, with its mappers. */
  async clientScope(name: string): Promise<ClientScopeRepresentation | undefined> {
    const scopes = (await this.call("GET", "client-scopes")) as ClientScopeRepresentation[];
    return scopes.find((scope) => scope.name === name);
  }

  /**
   * Any other request; returns the body of a success and throws {@link KeycloakError} otherwise.
   *
   * @param path below `/admin/realms/<realm>/`
   */
  call(method: Method, path: string, body?: unknown): Promise<unknown> {
    return this.#request(method, this.#path(path), body);
  }

  /** Like a GET, with nothing where there is nothing. */
  async #find(path: string): Promise<unknown> {
    try {
      return await this.call("GET", path);
    } catch (error) {
      if (error instanceof KeycloakError && error.status === 404) return undefined;
      throw error;
    }
  }

  async #group(name: string): Promise<Named | undefined> {
    return (await this.#find(`group-by-path/${encodeURIComponent(name)}`)) as Named | undefined;
  }

  async #userPath(username: string): Promise<string> {
    const user = await this.user(username);
    if (user === undefined) throw new Error(`realm ${this.#realm} has no user ${username}`);
    return `users/${user.id}`;
  }

  async #clientPath(clientId: string): Promise<string> {
    const client = await this.client(clientId);
    if (client === undefined) throw new Error(`realm ${this.#realm} has no client ${clientId}`);
    return `clients/${client.id}`;
  }

  async #roleMappings(username: string, clientId: string | undefined): Promise<string> {
    const owner = clientId === undefined ? "realm" : await this.#clientPath(clientId);
    return `${await this.#userPath(username)}/role-mappings/${owner}`;
  }

  #path(path: string): string {
    const realm = `/admin/realms/${encodeURIComponent(this.#realm)}`;
    return path === "" ? realm : `${realm}/${path}`;
  }

  async #request(method: Method, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.#url}${path}`, {
      method,
      headers: { Authorization: `Bearer ${await this.#accessToken()}`, "Content-Type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new KeycloakError(method, path, response.status, text);
    return text === "" ? undefined : (JSON.parse(text) as unknown);
  }

  /** Such tokens live for a minute. One is used for half of its life and then replaced. */
  async #accessToken(): Promise<string> {
    if (this.#token !== undefined && Date.now() < this.#token.until) return this.#token.value;
    const tokens = await passwordGrant(this.#url, administrationRealm, {
      clientId: administrationClient,
      ...this.#administrator,
    });
    this.#token = { value: tokens.access_token, until: Date.now() + tokens.expires_in * 500 };
    return this.#token.value;
  }
}

/** Exchanges a user's password for tokens, where the client allows that. */
export async function passwordGrant(
  url: string,
  realm: string,
  request: Login & { readonly clientId: string; readonly clientSecret?: string; readonly scope?: string },
): Promise<Tokens> {
  const { clientId, clientSecret, username, password, scope } = request;
  const path = `/realms/${encodeURIComponent(realm)}/protocol/openid-connect/token`;
  const response = await fetch(`${url}${path}`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "password",
      client_id: clientId,
      ...(clientSecret === undefined ? {} : { client_secret: clientSecret }),
      username,
      password,
      ...(scope === undefined ? {} : { scope }),
    }),
  });
  const text = await response.text();
  if (!response.ok) throw new KeycloakError("POST", path, response.status, text);
  return JSON.parse(text) as Tokens;
}

/** What Keycloak says was wrong, in either of the forms that it has for that. */
function reason(body: string): string {
  try {
    const { errorMessage, error, error_description } = JSON.parse(body) as Record<string, string | undefined>;
    return errorMessage ?? error_description ?? error ?? "it gives no reason";
  } catch {
    return "it gives no reason";
  }
}

function names(found: unknown): string[] {
  return (found as Named[]).map(({ name }) => name).sort();
}
