import type { Command } from 'commander'
import type { Credential } from '../../../caller-keychain.ts'
import type { CopyOptions } from '../../../store/local-store.ts'
import type { CopyEndpoint } from '../../../store/places/place.ts'
import type { SideAccess } from '../../../store/transfer-options.ts'
import type { Invocation } from '../../invocation/invocation.ts'
import { UsageError } from '../../invocation/usage-error.ts'
import { parseBoolean } from '../../values/parse-boolean.ts'
import { credsHelp, withRegistryFiles } from '../../values/registry-access.ts'
import type { TransferFlags } from '../with-store.ts'
import { credsFor } from './with-place.ts'

type Side = 'src' | 'dest'

/** Flags for one side of a copy, as skopeo has them. */
export interface SideFlags {
  readonly destAuthfile?: string
  readonly destCertDir?: string
  readonly destCreds?: string
  readonly destTlsVerify?: string
  readonly srcAuthfile?: string
  readonly srcCertDir?: string
  readonly srcCreds?: string
  readonly srcTlsVerify?: string
}

/** Declares the flags of `SideFlags`. */
export function addSideFlags(command: Command): Command {
  for (const side of ['src', 'dest'] as const) {
    const where = side === 'src' ? 'of the source' : 'of the destinations'
    command
      .option(`--${side}-creds <user:password>`, credsHelp)
      .option(`--${side}-authfile <file>`, `--authfile ${where}`)
      .option(`--${side}-cert-dir <directory>`, `--cert-dir ${where}`)
      .option(`--${side}-tls-verify <boolean>`, `--tls-verify ${where}`)
  }
  return command
}

/** The two sides of a copy, and the call. */
export interface Sides {
  readonly sources: readonly CopyEndpoint[]
  readonly targets: readonly CopyEndpoint[]
  readonly invocation: Invocation
}

/** Credentials and access of each side that has flags of its own. Throws `UsageError`. */
export async function readSides(
  flags: SideFlags & TransferFlags,
  { sources, targets, invocation }: Sides,
): Promise<{
  readonly credentials: Readonly<Record<string, Credential>>
  readonly sides: Pick<CopyOptions, 'source' | 'destination'>
}> {
  const near = await readSideAccess('src', flags, { places: sources, invocation })
  const far = await readSideAccess('dest', flags, { places: targets, invocation })
  return {
    credentials: {
      ...(await credsFor('--src-creds', flags.srcCreds, { places: sources, invocation })),
      ...(await credsFor('--dest-creds', flags.destCreds, { places: targets, invocation })),
    },
    sides: { ...(near && { source: near }), ...(far && { destination: far }) },
  }
}

/**
 * The access of one side where its flags are given. Throws `UsageError` for wrong values, and where
 * no place is in a registry.
 */
async function readSideAccess(
  side: Side,
  flags: SideFlags & TransferFlags,
  { places, invocation }: { readonly places: readonly CopyEndpoint[]; readonly invocation: Invocation },
): Promise<SideAccess | undefined> {
  const { authfile, certDir, tlsVerify } = flagsOf(side, flags)
  const given = [authfile && 'authfile', certDir && 'cert-dir', tlsVerify && 'tls-verify'].find(Boolean)
  if (given === undefined) return undefined
  if (places.every(({ kind }) => kind !== 'registry'))
    throw new UsageError(`--${side}-${given} is for a registry, not for a ${places[0]?.kind ?? 'place'}`)
  const env = await withRegistryFiles(invocation, flags)
  return {
    env: await withRegistryFiles({ env, cwd: invocation.cwd }, { authfile, certDir }, `${side}-`),
    ...(tlsVerify !== undefined && { insecure: !parseBoolean(`--${side}-tls-verify`, tlsVerify) }),
  }
}

function flagsOf(
  side: Side,
  flags: SideFlags,
): { readonly [key in 'authfile' | 'certDir' | 'tlsVerify']?: string | undefined } {
  return side === 'src'
    ? { authfile: flags.srcAuthfile, certDir: flags.srcCertDir, tlsVerify: flags.srcTlsVerify }
    : { authfile: flags.destAuthfile, certDir: flags.destCertDir, tlsVerify: flags.destTlsVerify }
}
