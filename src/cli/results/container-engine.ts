import { execFile } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { basename, delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { TsbuildError } from '@tsbuild/errors'
import type { Invocation } from '../invocation/invocation.ts'
import { UsageError } from '../invocation/usage-error.ts'

const exec = promisify(execFile)

/**
 * A hung daemon must not hang the build, and a daemon that its socket starts needs some seconds.
 */
const patience = 30_000

/** Docker, podman, or the program that `TSBUILD_ENGINE` names. */
export interface ContainerEngine {
  readonly name: string
  /** Engines that come first and do not answer. */
  readonly skipped: readonly string[]
  /** Loads a docker archive. */
  load(archive: string): Promise<void>
}

/** No container engine answers, or it refuses an image. */
class EngineError extends TsbuildError<'ENGINE_UNAVAILABLE' | 'ENGINE_LOAD_FAILED'> {
  override readonly name = 'EngineError'
}

/**
 * Finds the engine that `TSBUILD_ENGINE` names, else the first of docker and podman that answers.
 * Throws `UsageError` where none is installed and `EngineError` where none answers.
 */
export async function findContainerEngine(invocation: Pick<Invocation, 'env' | 'signal'>): Promise<ContainerEngine> {
  const { env } = invocation
  const chosen = env['TSBUILD_ENGINE']
  const names = chosen ? [chosen] : ['docker', 'podman']
  const installed = names.flatMap((name) => findProgram(name, env['PATH'] ?? '') ?? [])
  if (installed.length === 0) throw notInstalled(chosen)
  const refusals: string[] = []
  const skipped: string[] = []
  for (const program of installed) {
    const name = basename(program)
    const refusal = await call(program, ['ps', '--quiet'], { ...invocation, timeout: patience })
    if (refusal === undefined) return { name, skipped, load: (archive) => load(program, archive, invocation) }
    skipped.push(name)
    refusals.push(`${name}: ${refusal}`)
  }
  const others = chosen ? 'set TSBUILD_ENGINE to another engine' : 'name another engine with TSBUILD_ENGINE'
  throw new EngineError(
    'ENGINE_UNAVAILABLE',
    `no container engine available to load the image: ${refusals.join('; ')}`,
    {
      hint: `start ${installed.map((program) => basename(program)).join(' or ')}, or ${others}; -o type=docker,dest=image.tar needs no engine`,
    },
  )
}

function notInstalled(chosen: string | undefined): UsageError {
  if (chosen)
    return new UsageError(`TSBUILD_ENGINE names "${chosen}", which is not in PATH`, {
      hint: 'use docker, podman or a path',
    })
  return new UsageError('--load needs docker or podman in PATH', {
    hint: 'without --load the image stays in the local store; -o type=docker,dest=image.tar writes an archive for docker load',
  })
}

/** A path as it is; a name on the PATH. */
function findProgram(name: string, path: string): string | undefined {
  if (name.includes('/')) return isExecutable(name) ? name : undefined
  const directories = path.split(delimiter).filter((entry) => entry !== '')
  return directories.map((directory) => join(directory, name)).find(isExecutable)
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

async function load(program: string, archive: string, invocation: Pick<Invocation, 'env' | 'signal'>): Promise<void> {
  const refusal = await call(program, ['load', '--input', archive], invocation)
  if (refusal === undefined) return
  throw new EngineError('ENGINE_LOAD_FAILED', `cannot load the image into ${basename(program)}: ${refusal}`, {
    hint: 'the steps are cached: the next build only loads the image; -o type=docker,dest=image.tar keeps the archive',
  })
}

/**
 * Runs the engine's program; why it failed, undefined if it did not. Throws when the signal is
 * aborted.
 */
async function call(
  program: string,
  args: readonly string[],
  options: Pick<Invocation, 'env' | 'signal'> & { readonly timeout?: number },
): Promise<string | undefined> {
  const { env, signal, timeout = 0 } = options
  try {
    await exec(program, args, { env, signal, timeout })
    return undefined
  } catch (error) {
    signal.throwIfAborted()
    return readReason(error)
  }
}

/** The last line that the program wrote: what comes before are warnings. */
function readReason(error: unknown): string {
  const { stderr, killed, code }: { readonly stderr?: string; readonly killed?: boolean; readonly code?: unknown } =
    Object(error)
  if (killed) return `no answer for ${patience / 1000} s`
  const lines = (stderr ?? '').split('\n').filter((line) => line.trim() !== '')
  return lines.at(-1)?.replace(/^(Error|ERROR): /, '') ?? `exit code ${String(code)}`
}
