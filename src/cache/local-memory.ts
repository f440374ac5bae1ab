import { readFile } from 'node:fs/promises'
import { type Digest, isDigest } from '@tsbuild/oci'
import pLimit from 'p-limit'
import type { Vertex } from '../graph/vertex.ts'
import type { LayerStore } from '../layer/layer-store.ts'
import { writeFileAtomic } from '../layer/write-file.ts'
import { keyOf } from '../solve/key.ts'
import type { KeyParts, StepMemory } from '../solve/step-memory.ts'

/** Records that are read or written at the same time. */
const openFiles = 16

/**
 * The steps of one Dockerfile as this machine last saw them; a step is known by its place in its
 * stage.
 */
export function localMemory(store: LayerStore, dockerfile: string): StepMemory {
  const pathOf = (vertex: Vertex): string =>
    store.paths.cacheRecord(keyOf('last time', [dockerfile, vertex.stage, placeOf(vertex)]))
  const limit = pLimit(openFiles)
  return {
    get: (vertex) => limit(() => readFile(pathOf(vertex), 'utf8').then(decode, () => undefined)),
    put: (vertex, parts) =>
      limit(() => writeFileAtomic(pathOf(vertex), JSON.stringify(parts), store.paths.temporary).catch(() => {})),
  }
}

/** `[build 3/7] RUN npm ci` is step 3 of its stage, for any command and any number of steps. */
function placeOf({ name, op }: Vertex): string {
  const [, place = ''] = /^\[([^\]]*?)(?:\/\d+)?\]/.exec(name) ?? []
  return `${op.kind} ${place}`
}

function decode(text: string): KeyParts | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (
      typeof value !== 'object' ||
      value === null ||
      !('own' in value) ||
      !('read' in value) ||
      !Array.isArray(value.read)
    )
      return undefined
    const { own, read } = value
    return isDigestText(own) && read.every(isDigestText) ? { own, read } : undefined
  } catch {
    return undefined
  }
}

function isDigestText(value: unknown): value is Digest {
  return typeof value === 'string' && isDigest(value)
}
