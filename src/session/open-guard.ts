import type { SecretGuard } from '../guard/secret-guard.ts'
import { secretGrant } from '../guard/secret-grant.ts'
import type { SolvedTarget } from '../image/target.ts'
import type { BuildRequest } from '../build-request.ts'
import type { Layer } from '../layer/layer.ts'
import type { Session } from './session.ts'

/** Keeps secrets out of images. */
export interface TargetGuard {
  /** True for a layer that may leave this machine before the build has ended. */
  isClean(layer: Layer): Promise<boolean>
  /** Throws `GuardError` for a secret in an image. */
  check(targets: readonly SolvedTarget[]): Promise<void>
}

const withoutSecrets: TargetGuard = { isClean: async () => true, check: async () => {} }

/** Few builds have any secrets: what it takes is loaded by those that do. */
export function openGuard(
  session: Pick<Session, 'secret' | 'store' | 'signal'>,
  { secrets = {}, allow = [], args = {}, annotations }: BuildRequest,
): TargetGuard {
  const ids = Object.keys(secrets)
  if (ids.length === 0 || allow.includes(secretGrant)) return withoutSecrets
  let opened: Promise<SecretGuard> | undefined
  const open = async (): Promise<SecretGuard> => {
    const values = new Map<string, Uint8Array>()
    for (const id of ids) {
      // A file that cannot be read is the error of the step that needs it.
      const value = await session.secret(id).catch(() => undefined)
      if (value !== undefined) values.set(id, value)
    }
    const { SecretGuard } = await import('../guard/secret-guard.ts')
    return new SecretGuard(values, session)
  }
  const guard = (): Promise<SecretGuard> => (opened ??= open())
  return {
    isClean: async (layer) => (await guard()).isClean(layer),
    check: async (targets) =>
      (await guard()).check({
        targets,
        args,
        annotations: Object.fromEntries(annotations.map(({ key, value }) => [key, value])),
      }),
  }
}
