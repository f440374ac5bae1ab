import { constants } from 'node:fs'
import { access, readdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import { parseReference } from '@tsbuild/oci'
import type { Credential } from '../../caller-keychain.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { prompt } from '../invocation/prompt.ts'
import { UsageError } from '../invocation/usage-error.ts'
import { parseBoolean } from './parse-boolean.ts'

/** Help of `--authfile`. */
export const authFileHelp = 'file with credentials, used before all others (default: $REGISTRY_AUTH_FILE)'
/** Help of the flags with a credential. */
export const credsHelp =
  'credential for the registry; asks for a password that is left out, which other users of this machine could read'

/** Help of `--cert-dir`. */
export const certDirHelp = 'directory with certificates: *.crt to trust, NAME.cert with NAME.key to show'

/** Flags with files about registries. */
export interface RegistryFileFlags {
  readonly authfile?: string | undefined
  readonly certDir?: string | undefined
}

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
 * The environment with the file of `--authfile` as REGISTRY_AUTH_FILE, and the directory of
 * `--cert-dir` as TSBUILD_CERT_DIR. Throws `UsageError` for one that cannot be read; `prefix` is
 * `src-` or `dest-` for flags of one side of a copy.
 */
export async function withRegistryFiles(
  { env, cwd }: Pick<Invocation, 'env' | 'cwd'>,
  { authfile, certDir }: RegistryFileFlags,
  prefix = '',
): Promise<Invocation['env']> {
  if (authfile === undefined && certDir === undefined) return env
  const [file, directory] = [authfile && resolve(cwd, authfile), certDir && resolve(cwd, certDir)]
  try {
    if (file !== undefined) await access(file, constants.R_OK)
  } catch (cause) {
    throw new UsageError(`cannot read --${prefix}authfile "${authfile}"`, { cause })
  }
  try {
    if (directory !== undefined) await readdir(directory)
  } catch (cause) {
    throw new UsageError(`cannot read --${prefix}cert-dir "${certDir}"`, { cause })
  }
  return {
    ...env,
    ...(file !== undefined && { REGISTRY_AUTH_FILE: file }),
    ...(directory !== undefined && { TSBUILD_CERT_DIR: directory }),
  }
}

/**
 * The credential of a flag for a registry: `USER:PASSWORD`, or `USER` for a question on the
 * terminal. Throws `UsageError` for other values, and without a terminal.
 */
export async function readCreds(
  flag: string,
  text: string,
  { registry, invocation }: { readonly registry: string; readonly invocation: Invocation },
): Promise<Credential> {
  const [, username, password] = /^([^:]+)(?::(.+))?$/s.exec(text) ?? []
  if (username === undefined) throw new UsageError(`invalid ${flag}: expected USER:PASSWORD or USER`)
  if (password !== undefined) return { username, password }
  if (invocation.stdin.isTTY !== true)
    throw new UsageError(`missing password in ${flag}: standard input is not a terminal`, {
      hint: `log in before: printenv TOKEN | tsbuild login -u ${username} --password-stdin ${registry}`,
    })
  const label = `Password of ${username} at ${registry}: `
  const [answer = ''] = await prompt(invocation, [{ label, hidden: true }])
  if (answer === '') throw new UsageError('the password is empty')
  return { username, password: answer }
}

/**
 * The credential of a flag for the repositories of `names`. Throws `UsageError` as `readCreds`
 * does, and when it would go to several registries.
 */
export async function credsOfNames(
  flag: string,
  text: string | undefined,
  { names, invocation }: { readonly names: readonly string[]; readonly invocation: Invocation },
): Promise<Readonly<Record<string, Credential>> | undefined> {
  if (text === undefined) return undefined
  const references = names.map(parseReference)
  const registries = [...new Set(references.map(({ registry }) => registry))]
  if (registries.length > 1) {
    throw new UsageError(`${flag} is for one registry, and the names have several: ${registries.join(', ')}`, {
      hint: 'call the command once for each registry, or log in',
    })
  }
  const credential = await readCreds(flag, text, { registry: registries[0] ?? '', invocation })
  return Object.fromEntries(references.map(({ registry, repository }) => [`${registry}/${repository}`, credential]))
}
