import { hash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { digestOfStream } from '../model/content-hash.ts'
import type { HostFile } from './host-file.ts'
import type { StatCache } from '../known/stat-cache.ts'

const sliceMs = 10
const smallSize = 1 << 20
/** Large files read at the same time: enough to keep a disk and a core busy. */
const concurrency = 4

/** Gives every file the digest of its content, from the cache if possible. */
export async function hashFiles(
  files: readonly HostFile[],
  options: { readonly statCache?: StatCache; readonly signal?: AbortSignal },
): Promise<void> {
  const { statCache, signal } = options
  const large: HostFile[] = []
  let room: Buffer | undefined
  let pauseAt = performance.now() + sliceMs
  for (const file of files) {
    const known = statCache?.get(file.stat)
    if (known !== undefined) file.digest = known
    else if (file.size > smallSize) large.push(file)
    else {
      room ??= Buffer.allocUnsafeSlow(smallSize)
      file.readInto(room, 0)
      file.digest = `sha256:${hash('sha256', room.subarray(0, file.size), 'hex')}`
      statCache?.learn(file)
    }
    if (performance.now() < pauseAt) continue
    await setImmediate()
    signal?.throwIfAborted()
    pauseAt = performance.now() + sliceMs
  }
  const next = large.values()
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      for (const file of next) {
        signal?.throwIfAborted()
        file.digest = await digestOfStream(file.open(), signal)
        statCache?.learn(file)
      }
    }),
  )
}
