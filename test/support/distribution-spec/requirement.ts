import type { SpecClient } from './spec-client.ts'

/** One requirement of the OCI distribution specification 1.1, as a check of a registry. */
export interface Requirement {
  /** Section of spec.md. */
  readonly section: string
  /** The requirement, in few words. */
  readonly title: string
  /** Throws unless the registry fulfils it. */
  readonly check: (client: SpecClient) => Promise<void>
  /** Reason why the registry of Debian (docker-registry 2.8) does not. */
  readonly notInDebian?: string
}
