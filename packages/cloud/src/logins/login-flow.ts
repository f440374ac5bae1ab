import type { Credential, Environment } from '@tsbuild/registry'
import type { IdentitySearch } from '../http/identity-search.ts'

/** A login at a registry with the identity of this machine. */
export interface CloudLogin {
  readonly credential: Credential
  /** Proof of the identity: `AWS_ACCESS_KEY_ID`, `role of the container`. */
  readonly entry: string
}

/** The way to log in at the registries of one provider. */
export interface LoginFlow {
  /** `Amazon ECR`. */
  readonly name: string
  /** True for the hosts of the provider, in lower case and without a port. */
  owns(host: string, env: Environment): boolean
  /** Undefined where the machine has no identity. Rejects with a `CloudError`. */
  login(host: string, search: IdentitySearch): Promise<CloudLogin | undefined>
}
