import { join } from 'node:path'
import { type ProgramOptions, type ProgramResult, runProgram } from './run-program.ts'

/** The command line: a bundle, or the sources where no test runner made one. */
export const tsbuildPath: string =
  process.env['TSBUILD_TEST_PROGRAM'] ?? join(import.meta.dirname, '../../scripts/tsbuild')

/**
 * Runs the command line to its end. `root` is the store; proxies of the machine are kept away from
 * builds.
 */
export function tsbuild(
  args: readonly string[],
  { root, ...options }: ProgramOptions & { readonly root: string },
): Promise<ProgramResult> {
  return runProgram(tsbuildPath, args, {
    ...options,
    env: { TSBUILD_ROOT: root, NO_COLOR: '1', ...withoutProxies, ...options.env },
  })
}

const proxyNames = ['HTTP_PROXY', 'HTTPS_PROXY', 'FTP_PROXY', 'ALL_PROXY', 'NO_PROXY']
const withoutProxies = Object.fromEntries(
  proxyNames.flatMap((name) => [name, name.toLowerCase()]).map((name) => [name, undefined]),
)
