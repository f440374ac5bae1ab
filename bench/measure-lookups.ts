import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { digestOf } from '@tsbuild/oci'
import { contentOf } from '@tsbuild/tree'
import { localCache } from '../src/cache/local/local-cache.ts'
import { LayerStore } from '../src/layer/layer-store.ts'
import { temporaryDirectory } from '../test/support/temporary-directory.ts'
import { median } from './measure.ts'

const records = 10_000
const lookups = 1000
/** Layers that a record names: those of a long stage. */
const layersPerRecord = 10

/**
 * Time of a look-up in a store with 10,000 records, one after another, in an opened store; beside
 * the time to read a file of that size, which no look-up can beat.
 */
export async function measureLookups({ runs }: { readonly runs: number }): Promise<void> {
  await using directory = await temporaryDirectory()
  const root = join(directory.path, 'store')
  const keys = await fill(root)
  const times = { hit: new Array<number>(), miss: new Array<number>(), file: new Array<number>() }
  for (let run = 0; run < runs; run += 1) {
    const store = await LayerStore.open(root)
    const cache = localCache(store)
    for (let index = 0; index < lookups; index += 1) {
      const key = keys[(index * 7919 + run) % keys.length]
      if (key === undefined) throw new Error('There are no keys')
      times.file.push(await timed(() => readFile(store.paths.cacheRecord(key))))
      times.hit.push(
        await timed(async () => {
          if ((await cache.get(key)) === undefined) throw new Error(`Record ${key} is missing`)
        }),
      )
      times.miss.push(await timed(() => cache.get(digestOf(`missing ${index}`))))
    }
  }
  const base = median(times.file)
  console.log(`${records} records of ${layersPerRecord} layers, ${lookups * runs} look-ups`)
  console.log('| look-up | median | 99 % | ratio |\n|---|---|---|---|')
  for (const [name, values] of Object.entries(times)) {
    const late = values.toSorted((a, b) => a - b)[Math.floor(values.length * 0.99)] ?? Number.NaN
    console.log(`| ${name} | ${format(median(values))} | ${format(late)} | ${(median(values) / base).toFixed(1)} |`)
  }
}

async function fill(root: string): Promise<readonly ReturnType<typeof digestOf>[]> {
  const store = await LayerStore.open(root)
  const cache = localCache(store)
  const entry = { type: 'file', mode: 0o644, uid: 0, gid: 0, mtime: 0 } as const
  const layers = Array.from({ length: layersPerRecord * 10 }, (_, index) =>
    store.fromDiff(
      new Map([
        [`file-${index}`, { type: 'set', entry: { ...entry, content: contentOf(Buffer.from(String(index))) } }],
      ]),
      { type: 'none' },
    ),
  )
  const keys = Array.from({ length: records }, (_, index) => digestOf(`key ${index}`))
  for (const [index, key] of keys.entries()) {
    const first = (index * 3) % (layers.length - layersPerRecord)
    await cache.put(key, layers.slice(first, first + layersPerRecord))
  }
  return keys
}

async function timed(action: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await action()
  return performance.now() - start
}

function format(milliseconds: number): string {
  return `${milliseconds.toFixed(3)} ms`
}
