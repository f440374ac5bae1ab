/** Proof of identity for a registry. */
export type Credential = (
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  /** An OAuth2 refresh token, exchanged for short-lived ones; a password never leaves the login. */
  | { readonly kind: 'identity'; readonly token: string }
) & {
  /** End of its life, in milliseconds since 1970; the keychain is asked again before. */
  readonly expires?: number
  /**
   * An identity of the machine that the user has not given: where it is refused, public images are
   * read without it.
   */
  readonly ambient?: boolean
}

/** A credential, and where it was found. */
export interface FoundCredential {
  readonly credential: Credential
  /** A file, the variable DOCKER_AUTH_CONFIG, or a service such as `Amazon ECR`. */
  readonly place: string
  /** `auths["registry.example/team"]`, the name of a helper's program, or a proof of identity. */
  readonly entry: string
}

/** Finds credentials; undefined means anonymous. */
export interface Keychain {
  credentialFor(registry: string, repository: string): Promise<Credential | undefined>
}
