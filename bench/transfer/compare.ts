import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { startRegistry } from '@tsbuild/registry/testing'
import { runOrThrow } from '../../test/support/run-program.ts'
import { temporaryDirectory } from '../../test/support/temporary-directory.ts'
import { type Choice, choose } from '../choose.ts'
import { type Measurement, measure, median } from '../measure.ts'
import { writeLayout } from './image.ts'
import { findPeers, type Place, type Tool, tsbuild } from './tools.ts'

const layerSize = 512 * 1024 * 1024

/** One way between two kinds of places. */
interface Way {
  readonly name: string
  readonly from: Place['kind']
  readonly to: Place['kind']
}

const ways: readonly Way[] = [
  { name: 'registry-registry', from: 'registry', to: 'registry' },
  { name: 'registry-layout', from: 'registry', to: 'layout' },
  { name: 'layout-registry', from: 'layout', to: 'registry' },
  { name: 'registry-store', from: 'registry', to: 'store' },
  { name: 'store-registry', from: 'store', to: 'registry' },
  { name: 'registry-archive', from: 'registry', to: 'archive' },
  { name: 'store-archive', from: 'store', to: 'archive' },
]

/** Settings of the comparison. */
interface TransferChoice extends Choice {
  /** GiB of the image. */
  readonly size: number
  /** Root directory of a newer system with skopeo and crane. */
  readonly tree: string | undefined
}

/** The same image through tsbuild, skopeo and crane, in turns: medians, ratios and most memory. */
export async function compareTransfers({ only, runs, size, tree }: TransferChoice): Promise<void> {
  const chosen = choose(ways, only)
  await runOrThrow('npm', ['run', 'build'], { cwd: join(import.meta.dirname, '../..') })
  await using directory = await temporaryDirectory()
  const tools = [tsbuild, ...findPeers(tree)]
  const layout = join(directory.path, 'image')
  const layers = Math.max(1, Math.round((size * 2 ** 30) / layerSize))
  await writeLayout(layout, { layers, layerSize })
  console.log(`An image of ${layers} layers of 512 MiB; ${runs} runs of each way`)
  for (const way of chosen) {
    await using source = await openSource(way.from, layout, directory.path)
    const measurements = new Map<Tool, Measurement[]>(tools.map((tool) => [tool, []]))
    for (let run = 0; run < runs; run += 1)
      for (const tool of tools) {
        const measurement = await copyOnce(tool, { from: source.place, to: way.to, directory: directory.path })
        if (measurement) measurements.get(tool)?.push(measurement)
      }
    print(way.name, layers * layerSize, measurements)
  }
}

/** A place with the image. */
async function openSource(
  kind: Place['kind'],
  layout: string,
  directory: string,
): Promise<AsyncDisposable & { readonly place: Place }> {
  const from: Place = { kind: 'layout', directory: layout }
  if (kind === 'registry') {
    const registry = await startRegistry()
    const place: Place = { kind, reference: `${registry.host}/source:1` }
    await copy(tsbuild, from, place)
    return { place, [Symbol.asyncDispose]: () => registry[Symbol.asyncDispose]() }
  }
  if (kind !== 'store') return { place: from, [Symbol.asyncDispose]: async () => {} }
  const root = join(directory, 'source-store')
  const place: Place = { kind, root, reference: 'bench:1', directory: layout }
  await copy(tsbuild, from, place)
  return { place, [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }) }
}

/** One copy to an empty place; undefined when the tool does not know the way. */
async function copyOnce(
  tool: Tool,
  { from, to, directory }: { readonly from: Place; readonly to: Place['kind']; readonly directory: string },
): Promise<Measurement | undefined> {
  const target = join(directory, 'target')
  if (to === 'registry') {
    await using registry = await startRegistry()
    return await copy(tool, from, { kind: to, reference: `${registry.host}/target:1` })
  }
  const places = {
    layout: { kind: 'layout', directory: target },
    archive: { kind: 'archive', file: target },
    store: { kind: 'store', root: target, reference: 'bench:1', directory: target },
  } satisfies Record<Exclude<Place['kind'], 'registry'>, Place>
  try {
    return await copy(tool, from, places[to])
  } finally {
    await rm(target, { recursive: true, force: true })
  }
}

async function copy(tool: Tool, from: Place, to: Place): Promise<Measurement | undefined> {
  const made = tool.copy(from, to)
  return made && measure(made.command, made.env)
}

function print(name: string, size: number, measurements: ReadonlyMap<Tool, readonly Measurement[]>): void {
  const [first = []] = measurements.values()
  const base = median(first.map(({ seconds }) => seconds))
  console.log(
    `\n${name}\n| tool | median | ratio | MiB/s | processor time a GiB | most memory |\n|---|---|---|---|---|---|`,
  )
  for (const [tool, values] of measurements) {
    if (values.length === 0) continue
    const time = median(values.map(({ seconds }) => seconds))
    const processorTime = median(values.map((value) => value.processorTime))
    const memory = Math.max(...values.map(({ peakMemory }) => peakMemory))
    const cells = [
      tool.name,
      `${time.toFixed(2)} s`,
      (time / base).toFixed(2),
      String(Math.round(size / 2 ** 20 / time)),
      `${(processorTime / (size / 2 ** 30)).toFixed(2)} s`,
      `${Math.round(memory / 2 ** 20)} MiB`,
    ]
    console.log(`| ${cells.join(' | ')} |`)
  }
}
