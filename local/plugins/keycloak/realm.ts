/** The function that looks up a realm. */
import { textOf } from "../values.ts";
import type { Properties, Value } from "../values.ts";
import { at } from "./client.ts";
import type { KeycloakClient } from "./client.ts";

/** Outputs that the representation has under the same name. */
const flags = [
  ...["adminPermissionsEnabled", "duplicateEmailsAllowed", "editUsernameAllowed", "enabled", "loginWithEmailAllowed"],
  ...["offlineSessionMaxLifespanEnabled", "organizationsEnabled", "registrationAllowed", "rememberMe"],
  ...["registrationEmailAsUsername", "resetPasswordAllowed", "revokeRefreshToken", "verifyEmail"],
];
const texts = [
  ...["accountTheme", "adminTheme", "browserFlow", "clientAuthenticationFlow", "defaultSignatureAlgorithm"],
  ...["directGrantFlow", "displayName", "displayNameHtml", "dockerAuthenticationFlow", "emailTheme"],
  ...["firstBrokerLoginFlow", "loginTheme", "passwordPolicy", "realm", "registrationFlow", "resetCredentialsFlow"],
  "sslRequired",
];
const durations = [
  ...["accessCodeLifespan", "accessCodeLifespanLogin", "accessCodeLifespanUserAction", "accessTokenLifespan"],
  ...["accessTokenLifespanForImplicitFlow", "actionTokenGeneratedByAdminLifespan"],
  ...["actionTokenGeneratedByUserLifespan", "clientSessionIdleTimeout", "clientSessionMaxLifespan"],
  ...["oauth2DeviceCodeLifespan", "offlineSessionIdleTimeout", "offlineSessionMaxLifespan"],
  ...["ssoSessionIdleTimeout", "ssoSessionIdleTimeoutRememberMe", "ssoSessionMaxLifespan"],
  "ssoSessionMaxLifespanRememberMe",
];
const numbers = ["oauth2DevicePollingInterval", "refreshTokenMaxReuse"];
const lists = ["defaultDefaultClientScopes", "defaultOptionalClientScopes"];

/** A realm; of the genuine plugin's outputs those that are blocks (mail, OTP and the like) are missing. */
export async function getRealm(args: Properties, client: KeycloakClient): Promise<Properties> {
  const found = await client.object(at`/realms/${textOf(args["realm"])}`);
  const all = (names: readonly string[], read: (value: Value | undefined) => Value) =>
    Object.fromEntries(names.map((name): [string, Value] => [name, read(found[name])]));
  const seconds = (value: Value | undefined) => (typeof value === "number" ? value : 0);
  return {
    ...all(flags, (value) => value === true),
    ...all(texts, textOf),
    ...all(durations, (value) => formatDuration(seconds(value))),
    ...all(numbers, seconds),
    ...all(lists, (value) => value ?? []),
    id: textOf(found["realm"]),
    internalId: textOf(found["id"]),
    userManagedAccess: found["userManagedAccessAllowed"] === true,
    attributes: {},
  };
}

/** Seconds in Go's notation, as `1h30m0s`. */
export function formatDuration(seconds: number): string {
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  const parts = [hours > 0 ? `${hours}h` : "", hours > 0 || minutes > 0 ? `${minutes}m` : "", `${seconds % 60}s`];
  return parts.join("");
}
