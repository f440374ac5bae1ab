import { createHmac } from 'node:crypto'
import type { Digest } from '@tsbuild/oci'
import type { EncodedAction } from '@tsbuild/reapi'

/** Output file of the action of a step with its record. */
export const recordPath = 'record.json'

/** Output file with a layer, so that a server keeps layers as long as the record. */
export function layerPath(index: number): string {
  return `layers/${index}`
}

/**
 * The action under which an action cache has the result of a step. It is never executed: its
 * command only names the key of the step. Records with a signature have actions of their own, so
 * that writers without the key cannot replace them by accident.
 */
export function stepAction(step: Digest, key: Uint8Array | undefined): Promise<EncodedAction> {
  return namedAction(['tsbuild-step', step], key)
}

/** The action under which an action cache has the cache mounts of a scope. */
export function mountsAction(scope: string, key: Uint8Array | undefined): Promise<EncodedAction> {
  return namedAction(['tsbuild-mounts', scope], key)
}

async function namedAction(
  [kind, name]: readonly [kind: string, name: string],
  key: Uint8Array | undefined,
): Promise<EncodedAction> {
  const { encodeAction } = await import('@tsbuild/reapi')
  const signed = key === undefined ? [] : [createHmac('sha256', key).update(kind).digest('hex')]
  return encodeAction({ args: [kind, '1', name, ...signed], inputs: [], outputs: [recordPath] })
}
