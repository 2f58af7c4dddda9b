/** Settings of the ACL; passwords are given as text that ends up in the file, for example a template's expression. */
export interface AclSettings {
  readonly username: string;
  readonly password: string;
  readonly defaultPassword: string;
  /** Cache namespace of LiteLLM: all its keys and channels start with it and a colon. */
  readonly keyPrefix: string;
}

/**
 * The ACL file. LiteLLM's user reaches its own keys and channels and no administrative command; INFO, which LiteLLM
 * asks for at start, is given back after `-@dangerous` took it. The operator keeps the default user, closed by a
 * password of its own. Rules are read from left to right, and one unknown word makes a server ignore the whole line.
 */
export function aclFile(settings: AclSettings): string {
  const rules = [`~${settings.keyPrefix}:*`, `&${settings.keyPrefix}:*`, "+@all", "-@admin", "-@dangerous", "+info"];
  return [
    `user default on >${settings.defaultPassword} ~* &* +@all`,
    `user ${settings.username} on >${settings.password} ${rules.join(" ")}`,
    "",
  ].join("\n");
}
