/** Settings of the ACL; passwords are given as text that ends up in the file, for example a template's expression. */
export interface AclSettings extends AclUser {
  /** SHA-256 of the default user's password. */
  readonly defaultPasswordHash: string;
}

export interface AclUser {
  readonly username: string;
  /** SHA-256 of the user's password, as 64 hexadecimal digits: the file then holds nothing that logs anybody in. */
  readonly passwordHash: string;
  /** Cache namespace of LiteLLM: all its keys and channels start with it and a colon. */
  readonly keyPrefix: string;
}

/**
 * What LiteLLM's user may do, in words that Redis 7.0, Valkey and Dragonfly all know; rules are read from left to right,
 * and one unknown word makes a server ignore the file. Dragonfly has no rules for subcommands, and gives every `CLIENT`
 * to a connection, also the one that ends those of others.
 */
const commands = [
  "-@all",
  // Keys of every kind (@keyspace is all in these two), logging in, and the channels of configuration changes.
  "+@read",
  "+@write",
  "+@connection",
  "+@transaction",
  "+@pubsub",
  // What tells of others, or reaches them, and LiteLLM can do without: its client goes on when `CLIENT SETINFO` is refused.
  "-client",
  "-dbsize",
  "-pubsub",
  // The limiters are scripts, which are loaded again when they are gone. The category would also give the functions of
  // other tenants.
  "-@scripting",
  "+eval",
  "+evalsha",
  "+script",
  "-@admin",
  "-@dangerous",
  // Used within scripts, and in no category that is granted.
  "+time",
  // LiteLLM asks for the server's version at start; it is among the dangerous.
  "+info",
] as const;

/** One user's line: its own keys and channels, and no administrative command. */
export function aclLine({ username, passwordHash, keyPrefix }: AclUser): string {
  return ["user", username, "on", `#${passwordHash}`, `~${keyPrefix}:*`, `&${keyPrefix}:*`, ...commands].join(" ");
}

/**
 * The ACL file of an own Dragonfly. The default user, as which a client comes that logs in as nobody, is closed by a
 * password of its own, which no client has.
 */
export function aclFile(settings: AclSettings): string {
  return [`user default on #${settings.defaultPasswordHash} ~* &* +@all`, aclLine(settings), ""].join("\n");
}
