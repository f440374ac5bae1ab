import { setImmediate } from 'node:timers/promises'
import type { Digest } from '@tsbuild/oci'
import { ContentHash, digestOfStream } from './content-hash.ts'
import type { Entry, Path } from './entry.ts'
import { HostFile } from './host-file.ts'
import type { StatCache } from './stat-cache.ts'

const sliceMs = 10
/** Large files read at the same time: enough to keep a disk and a core busy. */
const concurrency = 4

/** Puts the digest of every file of a scanned tree in; from the cache where it knows it. */
export async function hashFiles(
  tree: Map<Path, Entry>,
  options: { readonly statCache?: StatCache; readonly signal?: AbortSignal },
): Promise<void> {
  const { statCache, signal } = options
  const large: (() => Promise<void>)[] = []
  let pauseAt = performance.now() + sliceMs
  for (const [path, entry] of tree) {
    if (entry.type !== 'file' || !(entry.content instanceof HostFile)) continue
    const file = entry.content
    const put = (digest: Digest): void => void tree.set(path, { ...entry, content: file.withDigest(digest) })
    const learn = (digest: Digest): void => {
      put(digest)
      statCache?.set(file.stat, digest)
    }
    const known = statCache?.get(file.stat)
    const small = known === undefined ? file.readSmall() : undefined
    if (known !== undefined) put(known)
    else if (small === undefined) large.push(async () => learn(await digestOfStream(file.open())))
    else learn(digestOfBytes(small))
    if (performance.now() < pauseAt) continue
    await setImmediate()
    signal?.throwIfAborted()
    pauseAt = performance.now() + sliceMs
  }
  const next = large.values()
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      for (const hash of next) {
        signal?.throwIfAborted()
        await hash()
      }
    }),
  )
}

function digestOfBytes(bytes: Uint8Array): Digest {
  const content = new ContentHash()
  content.update(bytes)
  return content.digest()
}
