import { createHash } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'

/**
 * Reads a whole store and returns everything that is wrong with it: blobs that are not their
 * digest, documents and records that name missing blobs, temporaries, names of an unknown form.
 * Shares no code with the product. Meant for a store that is idle and was not pruned.
 */
export async function checkStore(root: string): Promise<readonly string[]> {
  const store = join(root, 'v1')
  const blobs = join(store, 'images/blobs/sha256')
  return [
    ...(await damagedBlobs(blobs)),
    ...(await danglingManifests(join(store, 'images'), blobs)),
    ...(await danglingRecords(store, blobs)),
    ...(await strayNames(store)),
  ]
}

/** Faults of an OCI layout: none where there is no layout yet. */
export async function faultsOfLayout(layout: string): Promise<readonly string[]> {
  if (!existsSync(join(layout, 'oci-layout'))) return []
  const blobs = join(layout, 'blobs/sha256')
  return [...(await damagedBlobs(blobs)), ...(await danglingManifests(layout, blobs))]
}

/** Paths of unfinished files and directories in a store. */
export async function temporariesOf(root: string): Promise<readonly string[]> {
  const folders = ['tmp', 'work', 'images/blobs/.tmp']
  const found = await Promise.all(
    folders.map(async (folder) => (await namesIn(join(root, 'v1', folder))).map((name) => `${folder}/${name}`)),
  )
  return found.flat()
}

async function damagedBlobs(blobs: string): Promise<readonly string[]> {
  const problems: string[] = []
  for (const name of await namesIn(blobs)) {
    const hash = createHash('sha256')
    await pipeline(createReadStream(join(blobs, name)), hash)
    if (hash.digest('hex') !== name) problems.push(`blob ${name} has other content`)
  }
  return problems
}

interface Node {
  readonly mediaType?: string
  readonly digest: string
  readonly size: number
}

interface Document {
  readonly manifests?: readonly Node[]
  readonly config?: Node
  readonly layers?: readonly Node[]
}

async function danglingManifests(layout: string, blobs: string): Promise<readonly string[]> {
  const problems: string[] = []
  const visit = async ({ mediaType = '', digest, size }: Node, parent: string): Promise<void> => {
    const path = join(blobs, digest.replace('sha256:', ''))
    const found = await stat(path).catch(() => undefined)
    if (found?.size !== size)
      return void problems.push(`${parent} names ${digest} of ${size} bytes, which has ${found?.size ?? 'no file'}`)
    if (!/manifest|index/.test(mediaType)) return
    const { manifests = [], config, layers = [] }: Document = JSON.parse(await readFile(path, 'utf8'))
    for (const child of [...manifests, ...layers, ...(config ? [config] : [])]) await visit(child, digest)
  }
  const { manifests = [] }: Document = JSON.parse(await readFile(join(layout, 'index.json'), 'utf8'))
  for (const root of manifests) await visit(root, 'index.json')
  return problems
}

interface LayerRecord {
  readonly diffId: string
  readonly created?: string
  readonly blobs: readonly Node[]
}

interface CacheRecord {
  readonly layers?: readonly { readonly diffId: string; readonly origin?: unknown }[]
}

/**
 * Layer records name blobs; records of steps made here have an index; cache records name layers
 * that have a record or an origin.
 */
async function danglingRecords(store: string, blobs: string): Promise<readonly string[]> {
  const problems: string[] = []
  const fanned = (folder: string, digest: string, suffix: string): string =>
    join(store, folder, digest.slice(7, 9), `${digest.slice(9)}${suffix}`)
  for (const path of await fannedFiles(join(store, 'layers'))) {
    const record: LayerRecord = JSON.parse(await readFile(path, 'utf8'))
    for (const { digest } of record.blobs) {
      if (!existsSync(join(blobs, digest.replace('sha256:', ''))))
        problems.push(`layer record ${path} names missing ${digest}`)
    }
    if (record.created !== undefined && !existsSync(fanned('indexes', record.diffId, '')))
      problems.push(`layer record ${path} has no index`)
  }
  for (const path of await fannedFiles(join(store, 'cache'))) {
    const { layers = [] }: CacheRecord = JSON.parse(await readFile(path, 'utf8'))
    for (const { diffId, origin } of layers) {
      if (origin === undefined && !existsSync(fanned('layers', diffId, '.json')))
        problems.push(`cache record ${path} names unknown ${diffId}`)
    }
  }
  return problems
}

/** The form of the names in each folder; what has another is unfinished, or of an unknown kind. */
const forms: Readonly<Record<string, RegExp>> = {
  '': /^(images|layers|indexes|unpacked|trees|cache|stats|mounts|sources|work|claims|uses|collected|tmp)$/,
  images: /^(blobs|index\.json|oci-layout)$/,
  'images/blobs': /^(sha256|\.tmp)$/,
  'images/blobs/sha256': /^[0-9a-f]{64}$/,
  layers: /^[0-9a-f]{2}$/,
  indexes: /^[0-9a-f]{2}$/,
  cache: /^[0-9a-f]{2}$/,
  unpacked: /^(r|u[0-9a-f]{4})[0-9a-f]{16}$/,
  trees: /^(r|u[0-9a-f]{4}|s\d+)-[0-9a-f]{16}$/,
  stats: /^[0-9a-f]{32}$/,
  mounts: /^[0-9a-f]{32}(-\d+)?$/,
  sources: /^((git|http|archive)-[0-9a-f]{32}(\.json|\.index)?|known_hosts)$/,
  work: /^$/,
  claims: /^$/,
  tmp: /^$/,
  'images/blobs/.tmp': /^$/,
}

async function strayNames(store: string): Promise<readonly string[]> {
  const problems: string[] = []
  for (const [folder, form] of Object.entries(forms)) {
    for (const name of await namesIn(join(store, folder)))
      if (!form.test(name)) problems.push(`left behind: ${join(folder, name)}`)
  }
  return problems
}

async function fannedFiles(folder: string): Promise<readonly string[]> {
  const fans = await namesIn(folder)
  const files = await Promise.all(
    fans.map(async (fan) => (await namesIn(join(folder, fan))).map((name) => join(folder, fan, name))),
  )
  return files.flat()
}

async function namesIn(directory: string): Promise<readonly string[]> {
  return readdir(directory).catch(() => [])
}
