/** A user of one of the local servers. */
export interface Login {
  readonly username: string;
  readonly password: string;
}
