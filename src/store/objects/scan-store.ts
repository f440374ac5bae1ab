import { lstat, readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { OciLayout, reachable } from '@tsbuild/content'
import { annotationKeys, type Descriptor, type Digest, digestOfHex, hexOf } from '@tsbuild/oci'
import type { LayerStore } from '../../layer/layer-store.ts'
import { lastUse } from '../../layer/disk/note-use.ts'
import { isSetAside } from '../../layer/disk/reclaim.ts'
import type { StorePaths } from '../../layer/disk/store-paths.ts'
import { abandonedTemporaries, temporaryDirectories } from '../../layer/disk/sweep.ts'
import { measure } from './measure.ts'
import type { StoreUse } from './read-use.ts'
import { isGone } from './remove-object.ts'
import type { ObjectOnDisk, ObjectState, ObjectType } from './stored-object.ts'

/** Everything that takes room in a store, images first. Looking is no use: no time is changed. */
export async function scanStore(store: LayerStore, use: StoreUse): Promise<readonly ObjectOnDisk[]> {
  const { paths } = store
  const scan = new Scan(paths, use)
  const images = await OciLayout.open(paths.layout, { marksUse: false })
  const named = await scan.images(images)
  const indexes = new Set([...named].map(hexOf))
  for (const [type, folder] of [
    ['unpacked', paths.unpacked],
    ['rootfs', paths.trees],
    ['mount', paths.cacheMounts],
    ['source', paths.sources],
    ['context', paths.stats],
  ] as const)
    await scan.folder(type, folder)
  // The index of an uncompressed layer has the name of its blob, and stays useful with it.
  const stateOf = (id: string): ObjectState => (indexes.has(id) ? 'named' : 'unused')
  for (const folder of ['indexes', 'layers']) await scan.fans('index', join(paths.root, folder), stateOf)
  await scan.fans('record', join(paths.root, 'cache'), () => 'unused')
  await scan.temporaries()
  for (const name of await namesIn(paths.root))
    if (isSetAside(name)) await scan.add({ type: 'temporary', path: join(paths.root, name) })
  return scan.found
}

class Scan {
  readonly found: ObjectOnDisk[] = []
  readonly #paths: StorePaths
  readonly #use: StoreUse

  constructor(paths: StorePaths, use: StoreUse) {
    this.#paths = paths
    this.#use = use
  }

  /** Finds named images, then blobs that belong to no image. Returns the digests of the former. */
  async images(layout: OciLayout): Promise<ReadonlySet<Digest>> {
    const roots = await layout.roots()
    const needed = await reachable(layout, roots)
    const names = new Map<Digest, string[]>()
    for (const { reference, descriptor } of await layout.tags())
      names.set(descriptor.digest, [...(names.get(descriptor.digest) ?? []), reference])
    const counted = new Set<Digest>()
    const distinct = new Map(roots.map((root) => [root.digest, root]))
    for (const root of distinct.values())
      if (needed.has(root.digest)) await this.#image(root, { layout, counted, names: names.get(root.digest) ?? [] })
    for await (const { digest } of layout.blobs.list())
      if (!needed.has(digest)) await this.add({ type: 'layer', path: layout.pathOf(digest), id: digest })
    return needed
  }

  async #image(
    root: Descriptor,
    {
      layout,
      counted,
      names,
    }: { readonly layout: OciLayout; readonly counted: Set<Digest>; readonly names: readonly string[] },
  ): Promise<void> {
    const digests = await reachable(layout, [asNamed(root)])
    let size = 0
    for (const digest of digests) {
      if (counted.has(digest)) continue
      counted.add(digest)
      size += (await sizeOnDisk(layout.pathOf(digest))) ?? 0
    }
    const path = layout.pathOf(root.digest)
    const found = await lstat(path).catch(() => undefined)
    if (found === undefined) return
    const image = { names, digests }
    const { mtimeMs: used, uid: owner } = found
    this.found.push({
      type: 'image',
      id: root.digest,
      path,
      size,
      used,
      state: 'named',
      isDirectory: false,
      owner,
      image,
    })
  }

  async folder(type: ObjectType, folder: string): Promise<void> {
    for (const name of await namesIn(folder)) await this.add({ type, path: join(folder, name) })
  }

  /** Finds the files of a folder whose names begin with that of their directory. */
  async fans(type: ObjectType, folder: string, stateOf: (id: string) => ObjectState): Promise<void> {
    for (const fan of await namesIn(folder)) {
      if (isSetAside(fan)) await this.add({ type: 'temporary', path: join(folder, fan) })
      else {
        for (const name of await namesIn(join(folder, fan))) {
          const hex = `${fan}${name.replace('.json', '')}`
          const id = `${basename(folder) === 'layers' ? 'layer ' : ''}${digestOfHex(hex) ?? name}`
          await this.add({ type, path: join(folder, fan, name), id }, stateOf(hex))
        }
      }
    }
  }

  async temporaries(): Promise<void> {
    const { cutoff, isIdle } = this.#use
    const abandoned = new Set(await abandonedTemporaries(this.#paths, isIdle ? { idleSince: cutoff } : {}))
    for (const folder of temporaryDirectories(this.#paths)) {
      for (const name of await namesIn(folder)) {
        const path = join(folder, name)
        await this.add({ type: 'temporary', path }, abandoned.has(path) ? 'unused' : 'in-use')
      }
    }
  }

  async add(
    { type, path, id = basename(path) }: { readonly type: ObjectType; readonly path: string; readonly id?: string },
    state: ObjectState = 'unused',
  ): Promise<void> {
    const found = await lstat(path).catch(() => undefined)
    // Locks are symbolic links.
    if (found === undefined || found.isSymbolicLink()) return
    const isDirectory = found.isDirectory()
    const size = isDirectory ? await measure(path) : found.blocks * 512
    const isLeft = type === 'temporary' || isGone(path) || isSetAside(id)
    const used = await lastUse(path, found)
    this.found.push({
      type: isLeft ? 'temporary' : type,
      id,
      path,
      size,
      used,
      state: state === 'unused' && !isLeft && used > this.#use.cutoff ? 'in-use' : state,
      isDirectory,
      owner: found.uid,
    })
  }
}

/** A root with a name is needed, even if it refers to a manifest that is missing. */
function asNamed({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType, digest, size, annotations: { [annotationKeys.refName]: digest } }
}

async function sizeOnDisk(path: string): Promise<number | undefined> {
  const found = await lstat(path).catch(() => undefined)
  return found && found.blocks * 512
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => [])
}
