import { secretGrant } from '../guard/secret-grant.ts'
import type { SolvedTarget } from '../image/target.ts'
import type { BuildRequest } from '../build-request.ts'
import type { Session } from './session.ts'

/** Keeps secrets out of images. Few builds have any: what it takes is loaded by those that do. */
export async function guardTargets(
  session: Session,
  targets: readonly SolvedTarget[],
  options: BuildRequest,
): Promise<void> {
  const { secrets = {}, allow = [], args = {}, annotations } = options
  if (Object.keys(secrets).length === 0 || allow.includes(secretGrant)) return
  const values = new Map<string, Uint8Array>()
  for (const id of Object.keys(secrets)) {
    // A file that cannot be read is the error of the step that needs it.
    const value = await session.secret(id).catch(() => undefined)
    if (value !== undefined) values.set(id, value)
  }
  const { guardSecrets } = await import('../guard/guard-secrets.ts')
  await guardSecrets(values, {
    ...session,
    targets,
    args,
    annotations: Object.fromEntries(annotations.map(({ key, value }) => [key, value])),
  })
}
