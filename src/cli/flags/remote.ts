import type { BuildOptions } from '../../options.ts'
import { UsageError } from '../invocation/usage-error.ts'
import { parseFullPairs } from '../values/parse-pairs.ts'
import type { Surroundings } from '../values/servers/parse-reapi.ts'
import { parseRemote } from './parse-remote.ts'
import type { BuildFlags } from './build-flags.ts'

/** The workers that the call or `TSBUILD_REMOTE` names. */
export function chooseRemote(
  { remote, remoteProperty }: Pick<BuildFlags, 'remote' | 'remoteProperty'>,
  surroundings: Surroundings,
): Pick<BuildOptions, 'remote'> {
  const text = remote ?? surroundings.env['TSBUILD_REMOTE']
  if (!text) {
    if (remoteProperty.length === 0) return {}
    throw new UsageError('--remote-property needs --remote', { hint: 'add --remote grpc://HOST:PORT' })
  }
  const properties = parseFullPairs('--remote-property', remoteProperty)
  return {
    remote: { ...parseRemote(text, surroundings), ...(remoteProperty.length !== 0 && { properties }) },
  }
}
