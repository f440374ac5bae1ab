import { spawn } from 'node:child_process'

/** Exit of a program and its output. */
export interface ProgramResult {
  /** Exit status; 128 + 15 and the like are not made up: a signal gives -1. */
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface ProgramOptions {
  readonly cwd?: string
  /** Added to the environment of the tests; `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Content of standard input; default: nothing. */
  readonly input?: string | Uint8Array
  readonly signal?: AbortSignal
  /** Run as this user of the machine. */
  readonly user?: { readonly uid: number; readonly gid: number }
}

/** Runs a program to its end, also to a failure; rejects only when it cannot be started. */
export function runProgram(
  program: string,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<ProgramResult> {
  const { promise, resolve, reject } = Promise.withResolvers<ProgramResult>()
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: 'pipe',
    ...options.user,
    ...(options.signal !== undefined && { signal: options.signal, killSignal: 'SIGKILL' as const }),
  })
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => (output[name] += text))
  child.on('error', (error) => (error.name === 'AbortError' ? undefined : reject(error)))
  child.on('close', (code) => resolve({ code: code ?? -1, ...output }))
  // A program that does not read its input is no failure of the test.
  child.stdin.on('error', () => undefined).end(options.input ?? '')
  return promise
}

/**
 * Runs a program that has to succeed and returns what it printed; throws with its error output
 * otherwise.
 */
export async function runOrThrow(
  program: string,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<string> {
  const { code, stdout, stderr } = await runProgram(program, args, options)
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}: ${stderr}${stdout}`)
  return stdout
}
