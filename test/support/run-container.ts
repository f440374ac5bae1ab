import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { randomUUID } from 'node:crypto'
import { type ProgramResult, runProgram } from './run-program.ts'

/**
 * A mount namespace with cgroup v2 in its usual place: crun takes no other, and machines under test
 * may have both versions mounted.
 */
const inOwnMounts = ['--mount', '--', 'sh', '-c', 'mount -t cgroup2 none /sys/fs/cgroup; exec "$@"', 'sh']

/** Runs a bundle that `umoci unpack` made with crun; `args` replace those of the image. */
export async function runBundle(bundle: string, args?: readonly string[]): Promise<ProgramResult> {
  const path = join(bundle, 'config.json')
  const config: { process: { terminal: boolean; args: readonly string[]; rlimits?: unknown } } = JSON.parse(
    await readFile(path, 'utf8'),
  )
  config.process.terminal = false
  // Raising limits may need more than the tests have.
  delete config.process.rlimits
  if (args !== undefined) config.process.args = args
  await writeFile(path, JSON.stringify(config))
  return runProgram('unshare', [
    ...inOwnMounts,
    'crun',
    '--cgroup-manager=disabled',
    'run',
    '-b',
    bundle,
    `tsbuild-${randomUUID()}`,
  ])
}

/** Podman with a storage of its own below `directory`. */
export function podman(directory: string, ...args: readonly string[]): Promise<ProgramResult> {
  const [program = '', ...flags] = podmanCommand(directory)
  return runProgram(program, [...flags, ...args])
}

/** Words that start `podman`. */
export function podmanCommand(directory: string): readonly string[] {
  const storage = [
    '--root',
    join(directory, 'podman'),
    '--runroot',
    join(directory, 'podman-run'),
    '--tmpdir',
    join(directory, 'podman-tmp'),
  ]
  return ['unshare', ...inOwnMounts, 'podman', '--cgroup-manager=cgroupfs', ...storage]
}

/**
 * Arguments of `podman run` that need nothing a test machine may lack: cgroups, a bridge, the right
 * to raise limits.
 */
export const frugalRun: readonly string[] = [
  'run',
  '--rm',
  '--network=host',
  '--cgroups=disabled',
  '--ulimit=nofile=1024:1024',
  '--ulimit=nproc=1024:1024',
]
