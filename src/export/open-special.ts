import { constants, createWriteStream, fstatSync, openSync, type Stats } from 'node:fs'
import { open } from 'node:fs/promises'
import { Socket } from 'node:net'
import { Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'

const { O_NOCTTY, O_NONBLOCK, O_TRUNC, O_WRONLY } = constants

/** Milliseconds between two looks for a reader of a FIFO. */
const readerInterval = 50

/**
 * Stream into a device, FIFO or socket, or a file that another process has open. Waits for a reader
 * of a FIFO.
 */
export async function openSpecial(path: string, present: Stats, signal: AbortSignal): Promise<Writable> {
  if (present.isFIFO()) return fifoStream(await openFifo(path, signal))
  const file = await open(path, O_WRONLY | O_NOCTTY | (present.isFile() ? O_TRUNC : 0))
  return file.createWriteStream()
}

/** A stream into a descriptor that this process has inherited, which stays open. */
export function openDescriptor(descriptor: number): Writable {
  const stats = fstatSync(descriptor)
  const standard = descriptor === 1 ? process.stdout : descriptor === 2 ? process.stderr : undefined
  // Files: Node's own stream drops the rest of a write that a full disk cuts short.
  if (stats.isFile() || stats.isCharacterDevice() || stats.isBlockDevice())
    return createWriteStream('', { fd: descriptor, autoClose: false })
  if (standard !== undefined) return forward(standard)
  const own = stats.isFIFO() ? reopen(descriptor) : undefined
  return own === undefined ? createWriteStream('', { fd: descriptor, autoClose: false }) : fifoStream(own)
}

/**
 * Opens a FIFO without blocking: a thread that waits for a reader could neither be interrupted nor
 * end with the process.
 */
async function openFifo(path: string, signal: AbortSignal): Promise<number> {
  for (;;) {
    signal.throwIfAborted()
    try {
      return openSync(path, O_WRONLY | O_NONBLOCK)
    } catch (error) {
      if (!(error instanceof Error) || !('code' in error) || error.code !== 'ENXIO') throw error
    }
    await sleep(readerInterval, undefined, { signal })
  }
}

/**
 * The same pipe under a descriptor of its own, which can be non-blocking; undefined for a pipe of
 * another user, and without /proc.
 */
function reopen(descriptor: number): number | undefined {
  try {
    return openSync(`/proc/self/fd/${descriptor}`, O_WRONLY | O_NONBLOCK)
  } catch {
    return undefined
  }
}

function fifoStream(fd: number): Writable {
  return new Socket({ fd, readable: false, writable: true })
}

/** A stream whose end leaves the standard stream open. */
function forward(target: Writable): Writable {
  // Failures are reported by the callback of the write; without a listener they would end the
  // process as well.
  const ignore = (): void => {}
  target.on('error', ignore)
  return new Writable({
    write: (chunk, _encoding, done) => void target.write(chunk, done),
    destroy: (error, done) => {
      setImmediate(() => target.off('error', ignore))
      done(error)
    },
  })
}
