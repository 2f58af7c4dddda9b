/** The properties of `keycloak:openid/client:Client`, with the genuine plugin's defaults. */
import { extraConfig } from "./extra-config.ts";
import type { Field, Fields } from "./fields.ts";
import { realmId } from "./resource.ts";

const text = (member: string): Field => ({ kind: "text", member });
const keptText = (member: string): Field => ({ ...text(member), unset: "kept" });
const flag = (member: string): Field => ({ kind: "flag", member, unset: "computed" });
const set = (member: string): Field => ({ kind: "set", member, unset: "computed" });
const attribute = (entry: string): Field => ({ kind: "text", entry });
const keptAttribute = (entry: string): Field => ({ ...attribute(entry), unset: "kept" });
const lifespan = (entry: string): Field => ({ ...attribute(entry), unset: "computed" });
const flagAttribute = (entry: string): Field => ({ kind: "flag", entry });
const computedFlag = (entry: string): Field => ({ ...flagAttribute(entry), unset: "computed" });

export const clientFields: Fields = {
  realmId,
  clientId: { ...text("clientId"), autonamed: true },
  name: { ...keptText("name"), autonamed: true },
  description: keptText("description"),
  enabled: { kind: "flag", member: "enabled", default: true },
  accessType: { kind: "text", required: true, allowed: ["CONFIDENTIAL", "PUBLIC", "BEARER-ONLY"] },
  alwaysDisplayInConsole: { kind: "flag", member: "alwaysDisplayInConsole", default: false },

  clientAuthenticatorType: { ...text("clientAuthenticatorType"), default: "client-secret" },
  clientSecret: { ...text("secret"), unset: "computed" },
  clientSecretWo: { kind: "text", writeOnly: true },
  clientSecretWoVersion: { kind: "text" },
  clientSecretRegenerateWhenChanged: { kind: "map" },

  standardFlowEnabled: flag("standardFlowEnabled"),
  implicitFlowEnabled: flag("implicitFlowEnabled"),
  directAccessGrantsEnabled: flag("directAccessGrantsEnabled"),
  serviceAccountsEnabled: flag("serviceAccountsEnabled"),
  oauth2DeviceAuthorizationGrantEnabled: {
    ...flagAttribute("oauth2.device.authorization.grant.enabled"),
    default: false,
  },
  oauth2DeviceCodeLifespan: attribute("oauth2.device.code.lifespan"),
  oauth2DevicePollingInterval: attribute("oauth2.device.polling.interval"),
  oauth2JwtAuthorizationGrantEnabled: { ...flagAttribute("oauth2.jwt.authorization.grant.enabled"), default: false },
  oauth2JwtAuthorizationGrantIdp: attribute("oauth2.jwt.authorization.grant.idp"),
  standardTokenExchangeEnabled: { ...flagAttribute("standard.token.exchange.enabled"), default: false },
  allowRefreshTokenInStandardTokenExchange: attribute("standard.token.exchange.enableRefreshRequestedTokenType"),
  pkceCodeChallengeMethod: { ...attribute("pkce.code.challenge.method"), allowed: ["", "plain", "S256"] },
  requireDpopBoundTokens: computedFlag("dpop.bound.access.tokens"),

  rootUrl: { ...keptText("rootUrl"), omitted: true },
  baseUrl: keptText("baseUrl"),
  adminUrl: keptText("adminUrl"),
  validRedirectUris: set("redirectUris"),
  validPostLogoutRedirectUris: { kind: "set", entry: "post.logout.redirect.uris", unset: "computed" },
  webOrigins: set("webOrigins"),

  fullScopeAllowed: { kind: "flag", member: "fullScopeAllowed", default: true },
  consentRequired: flag("consentRequired"),
  displayOnConsentScreen: computedFlag("display.on.consent.screen"),
  consentScreenText: keptAttribute("consent.screen.text"),
  loginTheme: keptAttribute("login_theme"),

  accessTokenLifespan: lifespan("access.token.lifespan"),
  clientSessionIdleTimeout: lifespan("client.session.idle.timeout"),
  clientSessionMaxLifespan: lifespan("client.session.max.lifespan"),
  clientOfflineSessionIdleTimeout: lifespan("client.offline.session.idle.timeout"),
  clientOfflineSessionMaxLifespan: lifespan("client.offline.session.max.lifespan"),
  useRefreshTokens: { ...flagAttribute("use.refresh.tokens"), default: true },
  useRefreshTokensClientCredentials: { ...flagAttribute("client_credentials.use_refresh_token"), default: false },
  excludeSessionStateFromAuthResponse: computedFlag("exclude.session.state.from.auth.response"),
  excludeIssuerFromAuthResponse: computedFlag("exclude.issuer.from.auth.response"),

  frontchannelLogoutEnabled: flag("frontchannelLogout"),
  frontchannelLogoutUrl: keptAttribute("frontchannel.logout.url"),
  backchannelLogoutUrl: keptAttribute("backchannel.logout.url"),
  backchannelLogoutSessionRequired: { ...flagAttribute("backchannel.logout.session.required"), default: true },
  backchannelLogoutRevokeOfflineSessions: flagAttribute("backchannel.logout.revoke.offline.tokens"),

  extraConfig,
  import: { kind: "flag", default: false, replaces: true },
};
