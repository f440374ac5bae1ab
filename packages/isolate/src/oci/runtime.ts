import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findInPath } from '../machine/find-in-path.ts'
import { IsolationError } from '../model/errors.ts'

/** A program with the command line of an OCI runtime. */
export type RuntimeName = 'crun' | 'runc'

interface RuntimeKind {
  /**
   * Oldest version that supports everything in a bundle: `umask`, `errnoRet`, control groups of
   * version 2.
   */
  readonly oldest: readonly [major: number, minor: number]
  /** Debian's name. */
  readonly package: string
  /** Global options that leave control groups alone. */
  readonly options: readonly string[]
}

const kinds: Readonly<Record<RuntimeName, RuntimeKind>> = {
  crun: { oldest: [1, 0], package: 'crun', options: ['--cgroup-manager', 'disabled'] },
  // Without right to a control group, a rootless container does without.
  runc: { oldest: [1, 1], package: 'runc', options: ['--rootless', 'true'] },
}

/** Path of a runtime in PATH. Throws `RUNG_UNAVAILABLE`. */
export function findRuntime(name: RuntimeName): string {
  // Debian keeps runc in sbin, which is not on everybody's PATH.
  const path = findInPath(name, ['/usr/sbin', '/sbin'])
  if (path !== undefined) return path
  throw new IsolationError('RUNG_UNAVAILABLE', `${name} is not installed`, {
    hint: `install the package ${kinds[name].package}`,
  })
}

/** Rejects with `RUNG_UNAVAILABLE` when a runtime is missing, too old or not what its name says. */
export async function checkRuntime(name: RuntimeName): Promise<void> {
  const path = findRuntime(name)
  const [first = ''] = (await promisify(execFile)(path, ['--version'])).stdout.split('\n')
  const { oldest } = kinds[name]
  const version = oldest.join('.')
  const [, major, minor] = new RegExp(`^${name} version (\\d+)\\.(\\d+)`).exec(first) ?? []
  if (major === undefined || minor === undefined)
    throw new IsolationError('RUNG_UNAVAILABLE', `${path} does not report a version of ${name}: "${first}"`)
  const [least, atLeast] = oldest
  if (Number(major) > least || (Number(major) === least && Number(minor) >= atLeast)) return
  throw new IsolationError('RUNG_UNAVAILABLE', `${first} is too old`, { hint: `install ${name} ${version} or newer` })
}

/**
 * Command line that runs the bundle in `directory`, keeps its state and log there, and passes two
 * descriptors on.
 */
export function runtimeArguments(name: RuntimeName, directory: string): readonly string[] {
  const log = ['--log', join(directory, logName), '--log-format', 'json']
  const run = ['run', '--bundle', directory, '--no-new-keyring', '--preserve-fds', '2', 'tsbuild']
  return [name, '--root', join(directory, 'state'), ...log, ...kinds[name].options, ...run]
}

/** File of a bundle with the errors of the runtime: lines of JSON. */
export const logName = 'log.json'
