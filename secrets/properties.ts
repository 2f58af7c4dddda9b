/** Values of a secret in Vault that logs in to an S3 bucket. */
export const s3Properties = ["access_key_id", "secret_access_key"] as const;

/** Values of a secret in Vault that logs in to the database. */
export const loginProperties = ["username", "password"] as const;
