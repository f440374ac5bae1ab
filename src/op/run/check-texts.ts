import { RunError } from './run-error.ts'

/** Texts that a process is started with. */
interface Texts {
  readonly args: readonly string[]
  readonly env: readonly (readonly [name: string, value: string])[]
  readonly cwd: string
  readonly user: string
}

/**
 * Refuses a NUL byte in arguments and variables of a process, because the system would cut the text
 * off there. Throws `RunError` `NUL_BYTE`.
 */
export function checkTexts({ args, env, cwd, user }: Texts): void {
  const named: readonly (readonly [string, string])[] = [
    ...args.map((arg, index) => [`argument ${index} of the command`, arg] as const),
    ...env.map(([name, value]) => [`the environment variable "${name}"`, `${name}${value}`] as const),
    ['the working directory', cwd],
    ['the user', user],
  ]
  const found = named.find(([, text]) => text.includes('\0'))
  if (found === undefined) return
  throw new RunError('NUL_BYTE', `${found[0]} contains a NUL byte, which no program can receive`, {
    hint: 'it comes from a build argument, a secret, a heredoc or the config of the base image',
  })
}
