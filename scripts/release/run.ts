import { spawnSync } from 'node:child_process'

/** Runs a program that must succeed, and returns its standard output. */
export function run(
  program: string,
  args: readonly string[],
  { cwd, env }: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    cwd,
    env: { ...process.env, ...env },
  })
  if (status === 0) return stdout
  throw new Error(`Cannot release: ${program} ${args.join(' ')}: ${error?.message ?? `${stdout}${stderr}`}`)
}
