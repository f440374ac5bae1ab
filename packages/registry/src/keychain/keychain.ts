/** Proof of identity for a registry. */
export type Credential =
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  /** An OAuth2 refresh token, exchanged for short-lived ones; a password never leaves the login. */
  | { readonly kind: 'identity'; readonly token: string }

/** Finds credentials; undefined means anonymous. */
export interface Keychain {
  credentialFor(registry: string, repository: string): Promise<Credential | undefined>
}
