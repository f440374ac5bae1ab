import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readlink } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { tsbuildPath } from './tsbuild.ts'

/** A command that goes on while the test does something to it. */
export interface RunningBuild {
  /** Resolves when standard error has shown `text`; rejects when the build ends without it. */
  says(text: string): Promise<void>
  /** Resolves when the command has a file open; rejects when it ends before. */
  opens(path: string): Promise<void>
  kill(signal: NodeJS.Signals): void
  /** The exit code, or undefined when a signal ended it, and all of standard error. */
  readonly ended: Promise<{ readonly code: number | undefined; readonly stderr: string }>
}

interface Surroundings {
  /** The store. */
  readonly root: string
  readonly cwd?: string
  /** Descriptor of the standard input. Default: an empty one. */
  readonly stdin?: number
}

/** Starts a build with plain progress. */
export function startTsbuild(args: readonly string[], surroundings: Surroundings): RunningBuild {
  return startCommand(['build', '--progress=plain', ...args], surroundings)
}

/** Starts a command. */
export function startCommand(args: readonly string[], { root, cwd, stdin }: Surroundings): RunningBuild {
  const child: ChildProcess = spawn(tsbuildPath, args, {
    cwd,
    env: { ...process.env, TSBUILD_ROOT: root, NO_COLOR: '1' },
    stdio: [stdin ?? 'ignore', 'ignore', 'pipe'],
  })
  let stderr = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const ended = once(child, 'close').then(([code]: (number | null)[]) => ({ code: code ?? undefined, stderr }))
  const until = async (event: string, isReached: () => Promise<boolean>): Promise<void> => {
    while (!(await isReached())) {
      if (child.exitCode !== null || child.signalCode !== null)
        throw new Error(`tsbuild ${args[0]} ended before it ${event}: ${stderr}`)
      await sleep(10)
    }
  }
  return {
    says: (text) => until(`printed "${text}"`, async () => stderr.includes(text)),
    opens: (path) => until(`opened "${path}"`, () => hasOpen(child, path)),
    kill: (signal) => child.kill(signal),
    ended,
  }
}

async function hasOpen({ pid }: ChildProcess, path: string): Promise<boolean> {
  const names = await readdir(`/proc/${pid}/fd`).catch(() => [])
  const targets = await Promise.all(names.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => '')))
  return targets.includes(path)
}
