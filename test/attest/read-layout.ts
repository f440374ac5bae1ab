import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Descriptor in JSON. */
export interface Described {
  readonly mediaType: string
  readonly digest: string
  readonly artifactType?: string
  readonly annotations?: Readonly<Record<string, string>>
  readonly platform?: { readonly os: string; readonly architecture: string }
}

/** Members of a manifest or an index that tests read. */
export interface Document {
  readonly mediaType: string
  readonly artifactType?: string
  readonly subject?: Described
  readonly layers: readonly Described[]
  readonly manifests: readonly Described[]
}

/** In-toto statement in JSON. */
export interface Said {
  readonly _type: string
  readonly predicateType: string
  readonly subject: readonly { readonly name: string; readonly digest: Readonly<Record<string, string>> }[]
  readonly predicate: Readonly<Record<string, unknown>>
}

/** The roots in `index.json` of a layout directory. */
export async function rootsOf(layout: string): Promise<readonly Described[]> {
  const { manifests }: Document = JSON.parse(await readFile(join(layout, 'index.json'), 'utf8'))
  return manifests
}

/** A document of a layout directory. */
export async function documentOf(layout: string, digest: string | undefined): Promise<Document> {
  return JSON.parse(await readBlob(layout, digest))
}

/** The statements of the attestation manifest at `digest`. */
export async function statementsOf(layout: string, digest: string | undefined): Promise<readonly Said[]> {
  const { layers } = await documentOf(layout, digest)
  return Promise.all(layers.map(async (layer): Promise<Said> => JSON.parse(await readBlob(layout, layer.digest))))
}

async function readBlob(layout: string, digest: string | undefined): Promise<string> {
  if (digest === undefined) throw new Error(`${layout} has no such document`)
  return readFile(join(layout, 'blobs', ...digest.split(':')), 'utf8')
}
