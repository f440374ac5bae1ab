import { type ChildProcess, spawn } from 'node:child_process'
import { EventEmitter } from 'node:events'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import { anyPack, EmptySchema } from '@bufbuild/protobuf/wkt'
import { Code, ConnectError, type ServiceImpl } from '@connectrpc/connect'
import { blobOf, fromWire, keyOfDigest, type Named, toWire } from '../digest.ts'
import { type Operation, OperationSchema, type Operations } from '../generated/longrunning_pb.ts'
import {
  type Action,
  ActionResultSchema,
  ActionSchema,
  CommandSchema,
  type Digest,
  DirectorySchema,
  ExecuteOperationMetadataSchema,
  ExecuteResponseSchema,
  type Execution,
} from '../generated/remote_execution_pb.ts'
import type { LiveLog, ServerState } from './faults.ts'

/** The workers of a server. */
export interface Workers {
  /** Actions that were executed. */
  readonly executed: readonly Action[]
  /** Commands that run now. */
  readonly running: ReadonlySet<ChildProcess>
  /** Kills all commands that run, as a worker that is lost. */
  kill(): void
}

const logStreams = ['stdout', 'stderr'] as const

type Response = MessageInitShape<typeof ExecuteResponseSchema>

interface Running {
  readonly name: string
  readonly abort: AbortController
  readonly response: Promise<Response>
}

/** Execution of actions by real processes in directories of their own. */
export function executions(
  state: ServerState,
  slots: number,
): {
  readonly service: ServiceImpl<typeof Execution>
  readonly operations: ServiceImpl<typeof Operations>
  readonly workers: Workers
} {
  const executed: Action[] = []
  const running = new Set<ChildProcess>()
  const known = new Map<string, Running>()
  const slot = semaphore(slots)
  const start = (key: string, action: Action): Running => {
    const abort = new AbortController()
    const name = `operations/${known.size}-${Math.random().toString(36).slice(2)}`
    const response = slot(async () => {
      executed.push(action)
      const response = await execute(action, { state, running, signal: abort.signal, name })
      if (!action.doNotCache && response.result && (response.result.exitCode === 0 || state.remembersFailures))
        state.results.set(key, toBinary(ActionResultSchema, create(ActionResultSchema, response.result)))
      return response
    }).finally(() => known.delete(key))
    for (const stream of state.streamsLogs ? logStreams : [])
      state.logs.set(`${name}/${stream}`, { bytes: Buffer.alloc(0), isEnded: false, news: new EventEmitter() })
    response.catch(() => undefined)
    const started = { name, abort, response }
    known.set(key, started)
    return started
  }
  return {
    workers: { executed, running, kill: () => running.forEach((child) => void child.kill('SIGKILL')) },
    service: {
      async *execute({ actionDigest, skipCacheLookup }) {
        const key = keyOfDigest(fromWire(actionDigest))
        const result = skipCacheLookup ? undefined : state.results.get(key)
        if (result !== undefined) {
          yield* follow(remembered(result), state)
          return
        }
        const action = fromBinary(ActionSchema, need(state, actionDigest))
        yield* follow(known.get(key) ?? start(key, action), state)
      },
      async *waitExecution({ name }) {
        const found = [...known.values()].find((one) => one.name === name)
        if (found === undefined) throw new ConnectError('no such operation', Code.NotFound)
        yield* follow(found, state)
      },
    },
    operations: {
      cancelOperation: ({ name }) => {
        for (const one of known.values()) if (one.name === name) one.abort.abort()
        return create(EmptySchema)
      },
    },
  }
}

function remembered(result: Uint8Array): Running {
  const response = { result: fromBinary(ActionResultSchema, result), cachedResult: true }
  return { name: 'operations/cached', abort: new AbortController(), response: Promise.resolve(response) }
}

/** Events of an execution: that it runs, and its response. */
async function* follow({ name, response }: Running, { logs }: ServerState): AsyncGenerator<Operation> {
  const names = { stdoutStreamName: `${name}/stdout`, stderrStreamName: `${name}/stderr` }
  const running = create(ExecuteOperationMetadataSchema, { stage: 3, ...(logs.has(names.stdoutStreamName) && names) })
  const metadata = anyPack(ExecuteOperationMetadataSchema, running)
  yield create(OperationSchema, { name, metadata })
  const value = anyPack(ExecuteResponseSchema, create(ExecuteResponseSchema, await response))
  yield create(OperationSchema, { name, metadata, done: true, result: { case: 'response', value } })
}

interface ExecuteParts {
  /** Of the operation. */
  readonly name: string
  readonly state: ServerState
  readonly running: Set<ChildProcess>
  readonly signal: AbortSignal
}

async function execute(action: Action, { state, running, signal, name }: ExecuteParts): Promise<Response> {
  const command = fromBinary(CommandSchema, need(state, action.commandDigest))
  const directory = await mkdtemp(join(tmpdir(), 'reapi-worker-'))
  try {
    await stage(state, action.inputRootDigest, directory)
    for (const path of command.outputPaths) await mkdir(dirname(join(directory, path)), { recursive: true })
    const [file = '', ...args] = command.arguments
    const env = Object.fromEntries(command.environmentVariables.map(({ name, value }) => [name, value]))
    const child = spawn(file, args, { cwd: directory, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
    running.add(child)
    const end = (): void => void child.kill('SIGKILL')
    signal.addEventListener('abort', end)
    const timer = action.timeout && setTimeout(end, Number(action.timeout.seconds) * 1000)
    const { promise: ended, resolve, reject } = Promise.withResolvers<number>()
    child.once('error', reject)
    child.once('close', (code, killed) => resolve(code ?? (killed === null ? 1 : 137)))
    const output = [
      tee(child.stdout, state.logs.get(`${name}/stdout`)),
      tee(child.stderr, state.logs.get(`${name}/stderr`)),
    ]
    const exitCode = await ended
    const [stdout = Buffer.alloc(0), stderr = Buffer.alloc(0)] = await Promise.all(output)
    clearTimeout(timer)
    running.delete(child)
    const outputFiles = await collect(state, directory, command.outputPaths)
    const logs = { stdoutDigest: keep(state, stdout), stderrDigest: keep(state, stderr) }
    return { result: { outputFiles, exitCode, ...logs, executionMetadata: { worker: 'worker-1' } } }
  } catch (error) {
    return { status: { code: Code.Internal, message: String(error) } }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/** All bytes of a pipe, which appear in the log as they come. */
async function tee(pipe: Readable, log: LiveLog | undefined): Promise<Buffer> {
  const show = (change: Partial<LiveLog>): void => {
    if (log !== undefined) Object.assign(log, change).news.emit('news')
  }
  const chunks: Buffer[] = []
  for await (const chunk of pipe) {
    chunks.push(chunk)
    show({ bytes: Buffer.concat(chunks) })
  }
  show({ isEnded: true })
  return Buffer.concat(chunks)
}

async function stage(state: ServerState, digest: Digest | undefined, path: string): Promise<void> {
  const { files, directories } = fromBinary(DirectorySchema, need(state, digest))
  for (const { name, digest, isExecutable } of files) {
    await writeFile(join(path, name), need(state, digest))
    await chmod(join(path, name), isExecutable ? 0o555 : 0o444)
  }
  for (const { name, digest } of directories) {
    await mkdir(join(path, name), { recursive: true })
    await stage(state, digest, join(path, name))
  }
}

async function collect(
  state: ServerState,
  directory: string,
  paths: readonly string[],
): Promise<{ path: string; digest: Digest }[]> {
  const found: { path: string; digest: Digest }[] = []
  for (const path of paths) {
    const bytes = await readFile(join(directory, path)).catch(() => undefined)
    if (bytes !== undefined) found.push({ path, digest: keep(state, bytes) })
  }
  return found
}

function keep({ blobs }: ServerState, bytes: Uint8Array): Digest {
  const blob = blobOf(bytes)
  blobs.set(keyOfDigest(blob), bytes)
  return toWire(blob)
}

function need({ blobs }: ServerState, digest: Digest | undefined): Uint8Array {
  const named: Named = fromWire(digest)
  const bytes = named.size === 0 ? new Uint8Array() : blobs.get(keyOfDigest(named))
  if (bytes === undefined) throw new ConnectError(`missing ${named.digest}`, Code.FailedPrecondition)
  return bytes
}

function semaphore(slots: number): <T>(action: () => Promise<T>) => Promise<T> {
  let free = slots
  const waiting: (() => void)[] = []
  return async (action) => {
    if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve))
    else free -= 1
    try {
      return await action()
    } finally {
      const next = waiting.shift()
      if (next === undefined) free += 1
      else next()
    }
  }
}
