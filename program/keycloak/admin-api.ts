/** Where the way to Keycloak is looked up; the Keycloak plugin reads the same, in the same order. */
export interface KeycloakSources {
  /** Configuration by full key, of which `keycloak:...` is the plugin's. */
  readonly settings: Readonly<Record<string, string | undefined>>;
  /** Environment variables that the plugin sees. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Requests to Keycloak's admin API below one realm. */
export interface AdminApi {
  /** A list, of what has these parts. */
  list<Part>(path: string, query?: Readonly<Record<string, string>>): Promise<readonly Part[]>;
  remove(path: string): Promise<void>;
}

const timeoutSeconds = 15;

/**
 * Logs in as the plugin does, with a client's secret or a user's password.
 *
 * @throws Error when it cannot, without any secret
 */
export async function adminApi(sources: KeycloakSources, realm: string): Promise<AdminApi> {
  const read = (key: string, variable: string) =>
    sources.settings[`keycloak:${key}`] || sources.environment[variable] || "";
  const basePath = read("basePath", "KEYCLOAK_BASE_PATH");
  const url = read("url", "KEYCLOAK_URL");
  const extra = JSON.parse(read("additionalHeaders", "") || "{}") as Record<string, string>;
  const loginRealm = encodeURIComponent(read("realm", "KEYCLOAK_REALM") || "master");

  const body = new URLSearchParams(grantOf(read));
  const login = await send("POST", `${url}${basePath}/realms/${loginRealm}/protocol/openid-connect/token`, extra, body);
  const { access_token: token } = (await login.json()) as { access_token: string };
  const headers = { ...extra, Authorization: `Bearer ${token}` };
  const admin = `${read("adminUrl", "KEYCLOAK_ADMIN_URL") || url}${basePath}/admin/realms/${encodeURIComponent(realm)}`;
  return {
    list: async <Part>(path: string, query: Readonly<Record<string, string>> = {}) => {
      const found = await send("GET", `${admin}/${path}?${new URLSearchParams(query).toString()}`, headers);
      return (await found.json()) as readonly Part[];
    },
    remove: async (path) => {
      await send("DELETE", `${admin}/${path}`, headers);
    },
  };
}

function grantOf(read: (key: string, variable: string) => string): Record<string, string> {
  const secret = read("clientSecret", "KEYCLOAK_CLIENT_SECRET");
  const client = {
    client_id: read("clientId", "KEYCLOAK_CLIENT_ID"),
    ...(secret === "" ? {} : { client_secret: secret }),
  };
  const [username, password] = [read("username", "KEYCLOAK_USER"), read("password", "KEYCLOAK_PASSWORD")];
  if (username !== "" && password !== "") return { ...client, grant_type: "password", username, password };
  if (secret !== "") return { ...client, grant_type: "client_credentials" };
  throw new Error("the login is neither by a client's secret nor by a user's password");
}

async function send(
  method: "DELETE" | "GET" | "POST",
  url: string,
  headers: Readonly<Record<string, string>>,
  body?: URLSearchParams,
): Promise<Response> {
  const signal = AbortSignal.timeout(timeoutSeconds * 1000);
  const response = await fetch(url, { method, headers, signal, ...(body && { body }) });
  if (!response.ok) throw new Error(`Keycloak answers ${response.status} for ${method} ${new URL(url).pathname}`);
  return response;
}
