import { OciLayout } from '@tsbuild/content'
import { familiarReference, parseReference, withDefaultTag } from '@tsbuild/oci'
import type { CacheSource, CacheTarget } from '../../cache/options/cache-options.ts'
import type { CachePlace } from '../../cache/image/cache-place.ts'
import type { CacheExport } from '../../cache/image/export-cache.ts'
import type { ImportedCacheOptions } from '../../cache/image/imported-cache.ts'
import type { ImageSources } from '../../op/images/image-sources.ts'
import { type Buckets, formatPlace, nameIn, namesIn } from './buckets.ts'

/** Servers that have caches. */
interface Servers {
  readonly images: ImageSources
  readonly buckets: Buckets
}

/** A cache to read that is a document, and one to write that has a name in its place. */
type ReadPlace = Exclude<CacheSource, { kind: 'reapi' }>

export type WrittenPlace = Exclude<CacheTarget, { kind: 'inline' | 'reapi' }>

/** Name and contents of a cache to read. Nothing is requested before `find`. */
export function describeSource(
  source: ReadPlace,
  { images, buckets }: Servers,
): Pick<ImportedCacheOptions, 'name' | 'find'> {
  switch (source.kind) {
    case 'local':
      return { name: source.src, find: () => unlessMissing(findLocal(source)) }
    case 'registry':
      return { name: nameOfReference(source.ref), find: () => unlessMissing(findTag(source, images)) }
    default: {
      const name = nameIn(source)
      const find = async (): Promise<readonly CachePlace[]> => {
        const content = await buckets.read(source)
        return (await content.list(name)).map((root) => ({ source: content, root }))
      }
      return { name: formatPlace(source, [name]), find }
    }
  }
}

/** Name of a cache to write, for people. */
export function nameOfTarget(target: WrittenPlace): string {
  switch (target.kind) {
    case 'local':
      return target.dest
    case 'registry':
      return nameOfReference(target.ref)
    default:
      return formatPlace(target, namesIn(target))
  }
}

/** The cache that a target has written before. */
export function sourceOf(target: WrittenPlace): ReadPlace {
  switch (target.kind) {
    case 'registry':
      return target
    case 'local': {
      const { dest, tag } = target
      return { kind: 'local', src: dest, ...(tag !== undefined && { tag }) }
    }
    case 'gha':
      return target
    default: {
      const { names: [name] = [], ...place } = target
      return { ...place, ...(name !== undefined && { name }) }
    }
  }
}

/** Opens a cache to write. */
export async function openTarget(
  target: WrittenPlace,
  { images, buckets }: Servers,
): Promise<Pick<CacheExport, 'to' | 'tags' | 'concurrency'>> {
  switch (target.kind) {
    case 'local':
      return { to: await OciLayout.create(target.dest, { durable: true }), tags: [target.tag ?? 'latest'] }
    case 'registry': {
      const reference = withDefaultTag(parseReference(target.ref))
      const to = images.repository(reference, { insecure: target.insecure ?? false })
      to.beginPush(reference.tag)
      return { to, tags: [reference.tag ?? 'latest'] }
    }
    default: {
      const concurrency = target.kind === 's3' ? target.uploadParallelism : undefined
      const to = await buckets.write(target)
      return { to, tags: namesIn(target), ...(concurrency !== undefined && { concurrency }) }
    }
  }
}

function nameOfReference(ref: string): string {
  return familiarReference(withDefaultTag(parseReference(ref)))
}

async function findTag(
  { ref, insecure = false }: Extract<CacheSource, { kind: 'registry' }>,
  images: ImageSources,
): Promise<CachePlace> {
  const reference = withDefaultTag(parseReference(ref))
  const repository = images.repository(reference, { insecure })
  return { source: repository, root: await repository.resolve(reference.digest ?? reference.tag ?? 'latest') }
}

async function findLocal({ src, tag, digest }: Extract<CacheSource, { kind: 'local' }>): Promise<CachePlace> {
  const layout = await OciLayout.open(src)
  return { source: layout, root: await layout.resolve(digest ?? tag ?? 'latest') }
}

/** Before the first export there is no cache, which is no trouble. */
async function unlessMissing(finding: Promise<CachePlace>): Promise<readonly CachePlace[]> {
  try {
    return [await finding]
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

function isMissing(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false
  return error.code === 'NOT_FOUND' || error.code === 'REGISTRY_NOT_FOUND'
}
