import { readFile } from 'node:fs/promises'
import { type Digest, isDigest } from '@tsbuild/oci'
import pLimit from 'p-limit'
import type { Vertex } from '../../graph/vertex.ts'
import type { LayerStore } from '../../layer/layer-store.ts'
import { noteFileUse } from '../../layer/disk/note-use.ts'
import { writeFileAtomic } from '../../layer/disk/write-file.ts'
import { keyOf } from '../../solve/key.ts'
import { readList, readMembers } from '../model/decoded-json.ts'
import type { InputFacts, StepFacts, StepMemory } from '../../solve/step-memory.ts'

/** Records that are read or written at the same time. */
const openFiles = 16

/** Changes with the names of facts, so that those of an earlier version are not compared. */
const kind = 'last time 2'

/**
 * The steps of one Dockerfile as this machine last saw them; a step is known by its place in its
 * stage.
 */
export function localMemory(store: LayerStore, dockerfile: string): StepMemory {
  const memoryPath = (vertex: Vertex): string =>
    store.paths.cacheRecord(keyOf(kind, [dockerfile, vertex.stage, formatPlace(vertex)]))
  const limit = pLimit(openFiles)
  return {
    get: (vertex) =>
      limit(async () => {
        const path = memoryPath(vertex)
        await noteFileUse(path)
        return readFile(path, 'utf8').then(decode, () => undefined)
      }),
    put: (vertex, facts) =>
      limit(() => writeFileAtomic(memoryPath(vertex), encode(facts), store.paths).catch(() => {})),
  }
}

/** `[build 3/7] RUN npm ci` is step 3 of its stage, for any command and any number of steps. */
function formatPlace({ name, op }: Vertex): string {
  const [, place = ''] = /^\[([^\]]*?)(?:\/\d+)?\]/.exec(name) ?? []
  return `${op.kind} ${place}`
}

/** Maps as lists of pairs. */
function encode({ facts, inputs, ...parts }: StepFacts): string {
  return JSON.stringify({
    ...parts,
    ...(facts !== undefined && { facts: [...facts] }),
    ...(inputs !== undefined && {
      inputs: inputs.map(({ files, ...rest }) => (files ? { ...rest, files: [...files] } : rest)),
    }),
  })
}

function decode(text: string): StepFacts | undefined {
  try {
    const { own, read, facts, inputs } = readMembers(JSON.parse(text))
    const digests = readList(read)
    if (!isDigestText(own) || !digests.every(isDigestText)) return undefined
    return {
      own,
      read: digests,
      ...(facts !== undefined && { facts: new Map(readPairs(facts).map(([name, value]) => [name, readText(value)])) }),
      ...(inputs !== undefined && { inputs: readList(inputs).map(decodeInput) }),
    }
  } catch {
    return undefined
  }
}

function decodeInput(value: unknown): InputFacts {
  const { image, files } = readMembers(value)
  return {
    ...(isDigestText(image) && { image }),
    ...(files !== undefined && { files: new Map(readPairs(files).map(([path, entry]) => [path, readEntry(entry)])) }),
  }
}

function readEntry(value: unknown): readonly [string, string] {
  const [content, metadata] = readList(value)
  return [readText(content), readText(metadata)]
}

function readPairs(value: unknown): readonly (readonly [string, unknown])[] {
  return readList(value).map((pair) => {
    const [name, part] = readList(pair)
    return [readText(name), part]
  })
}

function readText(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError('a text is missing')
  return value
}

function isDigestText(value: unknown): value is Digest {
  return typeof value === 'string' && isDigest(value)
}
