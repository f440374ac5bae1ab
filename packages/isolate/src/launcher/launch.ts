import { closeSync } from 'node:fs'
import { Socket } from 'node:net'
import type { LimitedTo } from '../cgroup/step-cgroup.ts'
import type { Libc } from '../machine/libc.ts'
import type { ProcessIo } from '../model/process.ts'
import type { Call } from '../machine/call.ts'
import type { Ending } from './ending.ts'
import { type FurtherLauncher, startLauncher } from './start.ts'

/** Surroundings that launching needs. */
export interface LaunchContext {
  readonly libc: Libc
  /**
   * Private directory in which programs can be executed; best in memory, because arguments and
   * environments are written to it.
   */
  readonly scratch: string
  /** The scratch directory is on a disk, which secrets are not to touch. */
  readonly keepsOffDisk?: boolean
  readonly further?: FurtherLauncher
  /** Limits of each process; absent for none. */
  readonly limitedTo?: LimitedTo
  /**
   * Takes over the seccomp listener of the process. The launch ends when this does; a rejection
   * kills the process.
   */
  supervise?(process: { readonly pid: number; readonly fd: number }): Promise<void>
  /**
   * A descriptor that the process gets besides its streams. It is closed here when the process has
   * it.
   */
  readonly descriptor?: number
  /**
   * Something that goes on beside the process. The launch ends when this has, too; a rejection
   * kills the process.
   */
  readonly beside?: Promise<void>
  /** Called when the process has ended, while others may still hold its output streams. */
  onExit?(): void
  /**
   * Called with the id of the process before it has a root directory; the process waits for it when
   * its plan says so.
   */
  onPid?(pid: number): Promise<void>
}

/**
 * Performs `calls` in a new process, hands on its output and waits for its end. The output streams
 * are pipes, because programs open /dev/stdout by name, which no socket allows. Rejects with the
 * signal's reason when it was aborted.
 */
export async function launch(
  calls: readonly Call[],
  io: ProcessIo,
  { libc, scratch, keepsOffDisk, further, supervise, descriptor, beside, onExit, onPid }: LaunchContext,
): Promise<Ending> {
  io.signal.throwIfAborted()
  const [outRead, outWrite] = libc.pipe()
  const [errRead, errWrite] = libc.pipe()
  let supervised = beside
  const { ended, kill } = startLauncher(calls, {
    scratch,
    memoryFile: keepsOffDisk === true ? libc.memoryFile : undefined,
    stdio: ['ignore', outWrite, errWrite, descriptor],
    ...(onPid && { onPid }),
    ...(further && { further }),
    onListener: (process) => {
      supervised = supervise?.(process)
      supervised?.catch(kill)
    },
  })
  for (const fd of [outWrite, errWrite, ...(descriptor === undefined ? [] : [descriptor])]) closeSync(fd)
  supervised?.catch(kill)
  io.signal.addEventListener('abort', kill)
  try {
    const forwarded = [
      forward(outRead, (data) => io.onOutput('stdout', data)),
      forward(errRead, (data) => io.onOutput('stderr', data)),
    ]
    const [ending] = await Promise.all([ended.finally(onExit), ...forwarded])
    await supervised
    io.signal.throwIfAborted()
    return ending
  } catch (error) {
    kill()
    io.signal.throwIfAborted()
    throw error
  } finally {
    io.signal.removeEventListener('abort', kill)
  }
}

/** Hands on what a pipe delivers until all its writers are gone. */
async function forward(fd: number, onData: (data: Uint8Array) => void | Promise<void>): Promise<void> {
  const chunks: AsyncIterable<Buffer> = new Socket({ fd, readable: true, writable: false })
  for await (const chunk of chunks) await onData(chunk)
}
