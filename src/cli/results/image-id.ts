import type { Digest } from '@tsbuild/oci'
import type { BuildResult } from '../../build-result.ts'
import type { OutputRequest } from '../values/specs/parse-output.ts'

/**
 * Identity of an image at its destination: docker and podman know one for one platform by the
 * digest of its config, registries and the store of tsbuild by that of its manifest or index.
 */
export function imageId({ digest, configDigest }: BuildResult, requests: readonly OutputRequest[]): Digest | undefined {
  const isForEngine = requests.some(({ kind }) => kind === 'load' || kind === 'docker')
  return isForEngine ? (configDigest ?? digest) : digest
}
