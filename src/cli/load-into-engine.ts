import { execFile } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import type { Output } from '../export/output.ts'
import type { BuildResult } from '../options.ts'
import type { Invocation } from './invocation.ts'
import type { OutputRequest } from './parse-output.ts'
import { UsageError } from './usage-error.ts'

/**
 * Runs `build` with outputs it can write itself: what goes into docker or podman becomes an archive in a temporary directory, and
 * is loaded from there when `build` is done. Throws `UsageError` before anything is built when there is no such program.
 */
export async function withEngineLoads(
  requests: readonly OutputRequest[],
  invocation: Pick<Invocation, 'env' | 'signal'>,
  build: (outputs: readonly Output[]) => Promise<BuildResult>,
): Promise<BuildResult> {
  if (!requests.some(({ kind }) => kind === 'load')) return build(requests.flatMap((request) => (request.kind === 'load' ? [] : [request])))
  const program = findEngine(invocation.env['PATH'] ?? '')
  const directory = await mkdtemp(join(tmpdir(), 'tsbuild-load-'))
  const archive = (index: number): string => join(directory, `${index}.tar`)
  try {
    const result = await build(
      requests.map((request, index) => (request.kind === 'load' ? { ...request, kind: 'docker', dest: archive(index) } : request)),
    )
    for (const [index, { kind }] of requests.entries()) {
      if (kind === 'load') await load(program, archive(index), invocation.signal)
    }
    const outputs = result.outputs.map((line, index) => (requests[index]?.kind === 'load' ? `loaded into ${basename(program)}` : line))
    return { ...result, outputs }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

function findEngine(path: string): string {
  for (const name of ['docker', 'podman']) {
    for (const directory of path.split(delimiter).filter((entry) => entry !== '')) {
      if (isExecutable(join(directory, name))) return join(directory, name)
    }
  }
  throw new UsageError('Option --load needs docker or podman on the PATH', {
    hint: 'without --load the image stays in the store of tsbuild; -o type=docker,dest=image.tar writes an archive for docker load',
  })
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

async function load(program: string, archive: string, signal: AbortSignal): Promise<void> {
  try {
    await promisify(execFile)(program, ['load', '--input', archive], { signal })
  } catch (error) {
    throw new Error(`Cannot load the image into ${basename(program)}`, { cause: error })
  }
}
