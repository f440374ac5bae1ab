import { createHash } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { type ArchiveEntry, readArchive } from '../support/read-archive.ts'

interface Manifest {
  readonly config: { readonly digest: string }
  readonly layers: readonly { readonly digest: string }[]
}

/**
 * Differences of two images of a registry, one a line: the layer, the path, and both states of it.
 */
export async function differences(
  registry: string,
  [expected, got]: readonly [string, string],
): Promise<readonly string[]> {
  const [wanted, found] = await Promise.all([expected, got].map((name) => readManifest(registry, name)))
  if (wanted === undefined || found === undefined) return []
  const lines: string[] = []
  if (wanted.layers.length !== found.layers.length)
    lines.push(`${wanted.layers.length} layers; ${found.layers.length} layers`)
  for (const [index, { digest }] of wanted.layers.entries()) {
    const other = found.layers[index]?.digest
    if (other === undefined || other === digest) continue
    const [before, after] = [await readLayer(registry, [expected, digest]), await readLayer(registry, [got, other])]
    const changed = [...new Set([...before.keys(), ...after.keys()])].filter(
      (path) => before.get(path) !== after.get(path),
    )
    lines.push(
      ...changed.map(
        (path) => `layer ${index}: ${before.get(path) ?? `${path} missing`}; ${after.get(path) ?? 'missing'}`,
      ),
    )
    if (changed.length === 0) lines.push(`layer ${index}: the same entries in another order or encoding`)
  }
  return lines.length === 0 ? ['only the config or manifest'] : lines
}

async function readManifest(registry: string, name: string): Promise<Manifest> {
  const [repository, tag] = name.split(':')
  const accept = 'application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json'
  const response = await fetch(`http://${registry}/v2/${repository}/manifests/${tag}`, { headers: { accept } })
  if (!response.ok) throw new Error(`The registry has no ${name}: ${response.status}`)
  return (await response.json()) as Manifest
}

async function readLayer(
  registry: string,
  [name, digest]: readonly [string, string],
): Promise<ReadonlyMap<string, string>> {
  const response = await fetch(`http://${registry}/v2/${name.split(':')[0]}/blobs/${digest}`)
  const entries = await readArchive(gunzipSync(Buffer.from(await response.arrayBuffer())))
  return new Map(entries.map((entry) => [entry.path, describe(entry)]))
}

function describe({ line, content, mtime }: ArchiveEntry): string {
  const hash = content.length === 0 ? '' : ` ${createHash('sha256').update(content).digest('hex').slice(0, 8)}`
  return `${line} ${content.length} bytes${hash} at ${mtime}`
}
