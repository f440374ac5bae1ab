import { parseReference } from '@tsbuild/oci'
import type { BuildOptions } from '../../options.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { UsageError } from '../invocation/usage-error.ts'
import { parseCsv } from '../values/specs/csv.ts'
import { allowsInsecure, readCreds, withRegistryFiles } from '../values/registry-access.ts'
import type { BuildFlags } from './build-flags.ts'

type RegistryFlags = Pick<
  BuildFlags,
  | 'authfile'
  | 'buildContext'
  | 'cacheFrom'
  | 'cacheRepo'
  | 'cacheTo'
  | 'certDir'
  | 'creds'
  | 'destination'
  | 'insecure'
  | 'insecureRegistry'
  | 'manifest'
  | 'output'
  | 'skipTlsVerify'
  | 'tag'
  | 'tlsVerify'
>

/**
 * The way to registries: `--creds` and `--tls-verify=false` are for those that the call names, so
 * that a Dockerfile cannot lead a password elsewhere. Throws `UsageError`.
 */
export async function readRegistryFlags(
  flags: RegistryFlags,
  invocation: Invocation,
): Promise<Pick<BuildOptions, 'credentials' | 'insecureRegistries' | 'env'>> {
  const env = await withRegistryFiles(invocation, flags)
  const named = namedRegistries(flags)
  const insecureRegistries = [...flags.insecureRegistry, ...(allowsAny(flags) ? named : [])]
  if (flags.creds === undefined) return { env, insecureRegistries }
  if (named.length > 1)
    throw new UsageError(`--creds is for one registry, and the call names several: ${named.join(', ')}`, {
      hint: 'log in with tsbuild login, or name a file with --authfile',
    })
  const registry = named[0] ?? 'docker.io'
  return {
    env,
    insecureRegistries,
    credentials: { [registry]: await readCreds('--creds', flags.creds, { registry, invocation }) },
  }
}

/** Remark about a `--tls-verify=false` without a registry to apply to. */
export function noteTlsVerify(flags: RegistryFlags): string | undefined {
  if (!allowsAny(flags) || namedRegistries(flags).length > 0) return undefined
  return 'no difference: --tls-verify=false (the call names no registry; use --insecure-registry HOST)'
}

function allowsAny({ insecure = false, skipTlsVerify = false, tlsVerify }: RegistryFlags): boolean {
  return allowsInsecure({ insecure: insecure || skipTlsVerify, ...(tlsVerify !== undefined && { tlsVerify }) })
}

/** Hosts in the names of the call: of the image, of caches and of contexts. */
function namedRegistries(flags: RegistryFlags): readonly string[] {
  const { tag, destination, manifest, cacheFrom, cacheTo, cacheRepo, output, buildContext } = flags
  const image = /^[^=]+=docker-image:\/\/(.+)$/
  const names = [
    ...tag,
    ...destination,
    ...(manifest === undefined ? [] : [manifest]),
    ...(cacheRepo === undefined ? [] : [cacheRepo]),
    ...[...cacheFrom, ...cacheTo].flatMap((text) => (text.includes('=') ? valuesOf('ref', text) : [text])),
    ...output.flatMap((text) => (text.includes('=') ? valuesOf('name', text) : [])),
    ...buildContext.flatMap((text) => image.exec(text)?.[1] ?? []),
  ]
  // Names without a host are usual for local images.
  const hosts = names.filter((name) => /^(?:[^/]*[.:][^/]*|localhost)\//.test(name))
  return [...new Set(hosts.map((name) => parseReference(name).registry))]
}

function valuesOf(key: string, text: string): readonly string[] {
  const fields = parseCsv(text).filter((field) => field.startsWith(`${key}=`))
  return fields.flatMap((field) => field.slice(key.length + 1).split(','))
}
