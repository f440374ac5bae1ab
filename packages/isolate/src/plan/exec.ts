import type { Call } from '../machine/call.ts'
import type { ProcessSpec } from '../model/process.ts'

/** Directories of programs when the environment has no PATH. */
export const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/**
 * Executes the program: `execve` once for each directory of PATH until one works. The last error is
 * the one that counts.
 */
export function planExec({ args, env }: Pick<ProcessSpec, 'args' | 'env'>): readonly Call[] {
  const candidates = programPaths(args[0] ?? '', env)
  const argv = { words: [...args, 0] }
  const environment = { words: [...env.map(([name, value]) => `${name}=${value}`), 0] }
  return candidates.map((path, index) => ({
    name: 'execve',
    args: [path, argv, environment],
    purpose: `exec ${path}`,
    ...(index < candidates.length - 1 && { ignore: ['ENOENT', 'ENOTDIR', 'EACCES'] as const }),
  }))
}

/** Paths to try for a program: itself with a slash in it, else one in each directory of PATH. */
export function programPaths(program: string, env: ProcessSpec['env']): readonly string[] {
  if (program.includes('/')) return [program]
  const path = env.findLast(([name]) => name === 'PATH')?.[1] || defaultPath
  return path.split(':').map((directory) => `${directory || '.'}/${program}`)
}
