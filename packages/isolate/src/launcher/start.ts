import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process'
import { Socket } from 'node:net'
import { IsolationError } from '../model/errors.ts'
import type { Call } from '../machine/call.ts'
import { buildLauncher, type Launcher } from './elf.ts'
import { type Ending, awaitEnding } from './ending.ts'
import { launchError } from './launch-error.ts'
import { type LauncherPlace, writeLauncher } from './launcher-file.ts'
import type { Arch } from '../machine/machine-code.ts'
import { readReport, type Report } from './report.ts'

/** A process that performs the calls of a launch. */
export interface Launch {
  readonly child: ChildProcess
  /**
   * Resolves when the process has ended; rejects with an `IsolationError` that names the call that
   * failed.
   */
  readonly ended: Promise<Ending>
  /** Kills the process; what lives in a PID namespace of it dies too. Safe at any time. */
  kill(): void
}

/** A launcher that the program of a first one starts, with the report descriptor open. */
export interface FurtherLauncher extends Pick<Launcher, 'callAt'> {
  /** The error when the program ended without starting it. */
  explain(): Error
}

export interface LaunchOptions extends LauncherPlace {
  /**
   * Streams 0–2 and those from 4 on; 3 is taken. An `ipc` stream speaks Node's advanced
   * serialization.
   */
  readonly stdio: readonly [
    stdin: number | 'ignore',
    stdout: number | 'ignore',
    stderr: number | 'ignore' | 'pipe',
    more?: 'ipc' | number | undefined,
  ]
  /**
   * Called in the middle of a launch that makes namespaces. A call that waits for the caller goes
   * on when it resolves; when it rejects, the launch does.
   */
  onPid?(pid: number): Promise<void>
  readonly further?: FurtherLauncher
  /**
   * Called when the process has a seccomp listener as descriptor `fd`. It goes on when this
   * returns.
   */
  onListener?(process: { readonly pid: number; readonly fd: number }): void
}

/** Performs `calls` in a new process. */
export function startLauncher(
  calls: readonly Call[],
  { stdio, onPid, onListener, further, ...place }: LaunchOptions,
): Launch {
  const launcher = buildLauncher(calls, hostArch())
  using file = writeLauncher(launcher.elf, place)
  const [stdin, stdout, stderr, ...more] = stdio
  const streams: StdioOptions = [stdin, stdout, stderr, 'pipe', ...more.filter((stream) => stream !== undefined)]
  // A session of its own: keys pressed at a terminal are for the caller to understand.
  const child = spawn(file.path, [], { stdio: streams, env: {}, serialization: 'advanced', detached: true })

  const report: Report = {}
  let state: 'running' | 'killed' | 'ended' = 'running'
  // A launcher that stays behind as the parent of the process is not enough to kill: the process
  // may have left its care by changing users.
  const kill = (): void => {
    if (state === 'ended') return
    state = 'killed'
    killProcess(report.pid ?? child.pid)
  }
  let refusal: { readonly reason: unknown } | undefined
  const fail = (reason: unknown): void => {
    refusal = { reason }
    kill()
  }
  const listen = (process: { readonly pid: number; readonly fd: number }): void => {
    try {
      onListener?.(process)
      if (channel instanceof Socket) channel.write('\n')
    } catch (error) {
      fail(error)
    }
  }
  const channel = child.stdio[3]
  const reading =
    channel instanceof Socket
      ? readReport(channel, report, (known) => {
          // A parent that fails leaves a child that waits for it, or that has not yet asked to die
          // with it.
          if (known === 'failure') killProcess(report.pid)
          else if (state === 'killed') kill()
          else if (report.pid !== undefined) {
            if (known === 'pid') onPid?.(report.pid).then(() => channel.write('\n'), fail)
            // The child may report its listener before the parent reports the child.
            if (report.listener !== undefined) listen({ pid: report.pid, fd: report.listener })
          }
        })
      : Promise.resolve()
  const exited = awaitEnding(child)
  child.once('exit', () => (state = 'ended'))
  const ended = Promise.all([exited, reading]).then(([ending]) => {
    if (refusal) throw refusal.reason
    if (report.failure) {
      const { errno, address } = report.failure
      throw launchError(errno, launcher.callAt(address) ?? further?.callAt(address))
    }
    if (further && !report.further) throw further.explain()
    return report.status === undefined ? ending : decodeStatus(report.status)
  })
  return { child, ended, kill }
}

/** The machine's processor. Throws `RUNG_UNAVAILABLE` for one that no launcher can be built for. */
export function hostArch(): Arch {
  if (process.arch === 'x64' || process.arch === 'arm64') return process.arch
  throw new IsolationError(
    'RUNG_UNAVAILABLE',
    `cannot run processes on ${process.arch}: only x64 and arm64 are supported`,
  )
}

function killProcess(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}

/** wait(2) status. */
function decodeStatus(status: number): Ending {
  return (status & 0x7f) === 0 ? { code: (status >> 8) & 0xff } : { signal: status & 0x7f }
}
