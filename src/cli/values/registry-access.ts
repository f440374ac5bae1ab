import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { resolve } from 'node:path'
import { parseReference } from '@tsbuild/oci'
import type { Credential } from '../../caller-keychain.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { UsageError } from '../invocation/usage-error.ts'
import { parseBoolean } from './parse-boolean.ts'

/** Help of `--authfile`. */
export const authFileHelp = 'file with credentials, used before all others (default: $REGISTRY_AUTH_FILE)'
/** Help of the flags with a credential. */
export const credsHelp =
  'credential for the registry; other users of this machine can read it, so prefer login or --authfile'

/** Help of `--tls-verify`. */
export const tlsVerifyHelp = 'false is --insecure, as for podman and skopeo'

/**
 * True with `--insecure` or `--tls-verify=false`. Throws `UsageError` for a value that is no
 * boolean.
 */
export function allowsInsecure({
  insecure = false,
  tlsVerify,
}: {
  readonly insecure?: boolean
  readonly tlsVerify?: string
}): boolean {
  return insecure || (tlsVerify !== undefined && !parseBoolean('--tls-verify', tlsVerify))
}

/**
 * The environment with the file of `--authfile` as REGISTRY_AUTH_FILE. Throws `UsageError` for a
 * file that cannot be read.
 */
export async function withAuthFile(
  { env, cwd }: Pick<Invocation, 'env' | 'cwd'>,
  file: string | undefined,
): Promise<Invocation['env']> {
  if (file === undefined) return env
  const path = resolve(cwd, file)
  try {
    await access(path, constants.R_OK)
  } catch (cause) {
    throw new UsageError(`cannot read --authfile "${file}"`, { cause })
  }
  return { ...env, REGISTRY_AUTH_FILE: path }
}

/**
 * The credential of a flag for the repositories of `names`. Throws `UsageError` when it is no
 * `USER:PASSWORD`, or when it would go to several registries.
 */
export function parseCreds(flag: string, text: string, names: readonly string[]): Readonly<Record<string, Credential>> {
  const [, username, password] = /^([^:]+):(.+)$/s.exec(text) ?? []
  if (username === undefined || password === undefined) throw new UsageError(`invalid ${flag}: expected USER:PASSWORD`)
  const references = names.map(parseReference)
  const registries = [...new Set(references.map(({ registry }) => registry))]
  if (registries.length > 1) {
    throw new UsageError(`${flag} is for one registry, and the names have several: ${registries.join(', ')}`, {
      hint: 'call the command once for each registry, or log in',
    })
  }
  return Object.fromEntries(
    references.map(({ registry, repository }) => [`${registry}/${repository}`, { username, password }]),
  )
}
