import type { BuildOptions } from '../../options.ts'
import type { BuildResult } from '../../build-result.ts'
import type { Engine } from '../invocation/engine.ts'
import type { Invocation, Sink } from '../invocation/invocation.ts'
import { run } from '../run.ts'

/** Outcome of a call under test. */
export interface Outcome {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/** Settings of a call; the rest is that of a call in a pipe, with an empty environment. */
export interface CallOptions {
  readonly engine?: Partial<Engine>
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  readonly input?: string
  readonly signal?: AbortSignal
}

/** Runs one call of the command line in this process. */
export async function call(argv: readonly string[], options: CallOptions = {}): Promise<Outcome> {
  const stdout = new MemorySink()
  const stderr = new MemorySink()
  const status = await run(argv, invocationOf(options, { stdout, stderr }))
  return { status, stdout: stdout.text, stderr: stderr.text }
}

/** An invocation for what is tested below `run`. */
export function invocationOf(options: CallOptions = {}, sinks: { stdout?: Sink; stderr?: Sink } = {}): Invocation {
  const {
    engine = {},
    env = {},
    cwd = import.meta.dirname,
    input = '',
    signal = new AbortController().signal,
  } = options
  return {
    stdin: textStream(input),
    stdout: sinks.stdout ?? new MemorySink(),
    stderr: sinks.stderr ?? new MemorySink(),
    // Away from the configuration of the user who runs the tests.
    env: { HOME: '/nonexistent', ...env },
    cwd,
    signal,
    engine: { ...unusedEngine, ...engine },
  }
}

/** An engine that keeps the options of every build and answers with `result`. */
export function recordingEngine(result: Partial<BuildResult> = {}): {
  readonly engine: Partial<Engine>
  readonly builds: BuildOptions[]
} {
  const builds: BuildOptions[] = []
  const build = async (options: BuildOptions): Promise<BuildResult> => {
    builds.push(options)
    return { ...emptyResult, ...result }
  }
  return { engine: { build }, builds }
}

/** Keeps what is written. */
export class MemorySink implements Sink {
  text = ''
  readonly isTTY: boolean = false

  write(text: string | Uint8Array): boolean {
    this.text += typeof text === 'string' ? text : Buffer.from(text).toString('utf8')
    return true
  }
}

async function* textStream(text: string): AsyncGenerator<Uint8Array> {
  if (text !== '') yield Buffer.from(text)
}

const unused = async (): Promise<never> => {
  throw new Error('The test did not expect this call')
}
const unusedEngine: Engine = {
  build: unused,
  plan: unused,
  lower: unused,
  answerSubrequest: unused,
  diagnose: unused,
  checkStore: unused,
  explainReference: unused,
  openStore: unused,
  describeImage: unused,
  compareImages: unused,
  serveRegistry: unused,
  collectRegistry: unused,
  checkCredential: unused,
}

/** The result of a build without outputs. */
export const emptyResult: BuildResult = {
  names: [],
  canonicalNames: [],
  platforms: [],
  timings: { started: 0, solving: 0, exporting: 0 },
  bytes: { read: 0, written: 0 },
  outputs: [],
  steps: { cached: 0, run: 0 },
  warnings: [],
}
