import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Output } from '../../export/output.ts'
import type { BuildResult } from '../../build-result.ts'
import { findContainerEngine } from './container-engine.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { makeLoadDirectory } from './load-directory.ts'
import type { OutputRequest } from '../values/specs/parse-output.ts'

/**
 * Runs `build` with outputs it can write itself: what goes into docker or podman becomes an archive
 * in a temporary directory, and is loaded from there when `build` is done. Throws as
 * `findContainerEngine` before anything is built.
 */
export async function withEngineLoads(
  requests: readonly OutputRequest[],
  invocation: Pick<Invocation, 'env' | 'signal'>,
  build: (outputs: readonly Output[]) => Promise<BuildResult>,
): Promise<BuildResult> {
  if (!requests.some(({ kind }) => kind === 'load'))
    return build(requests.flatMap((request) => (request.kind === 'load' ? [] : [request])))
  const engine = await findContainerEngine(invocation)
  const directory = await makeLoadDirectory()
  const archive = (index: number): string => join(directory, `${index}.tar`)
  try {
    const result = await build(
      requests.map((request, index) =>
        request.kind === 'load' ? { ...request, kind: 'docker', dest: archive(index) } : request,
      ),
    )
    for (const [index, { kind }] of requests.entries()) {
      if (kind === 'load') await engine.load(archive(index))
    }
    const skipped = engine.skipped.map((name) => ` (${name} does not answer)`).join('')
    const outputs = result.outputs.map((line, index) =>
      requests[index]?.kind === 'load' ? `loaded into ${engine.name}${skipped}` : line,
    )
    return { ...result, outputs }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
