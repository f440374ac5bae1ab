import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { tsbuildPath } from './tsbuild.ts'

/** A build that goes on while the test does something to it. */
export interface RunningBuild {
  /** Resolves when standard error has shown `text`; rejects when the build ends without it. */
  says(text: string): Promise<void>
  kill(signal: NodeJS.Signals): void
  /** The exit code, or undefined when a signal ended it, and all of standard error. */
  readonly ended: Promise<{ readonly code: number | undefined; readonly stderr: string }>
}

/** Starts the command line with plain progress on the store `root`. */
export function startTsbuild(
  args: readonly string[],
  { root, cwd }: { readonly root: string; readonly cwd?: string },
): RunningBuild {
  const child: ChildProcess = spawn(tsbuildPath, ['build', '--progress=plain', ...args], {
    cwd,
    env: { ...process.env, TSBUILD_ROOT: root, NO_COLOR: '1' },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let stderr = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const ended = once(child, 'close').then(([code]: (number | null)[]) => ({ code: code ?? undefined, stderr }))
  const says = async (text: string): Promise<void> => {
    while (!stderr.includes(text)) {
      if (child.exitCode !== null || child.signalCode !== null)
        throw new Error(`The build ended without saying "${text}": ${stderr}`)
      await sleep(10)
    }
  }
  return { says, kill: (signal) => child.kill(signal), ended }
}
