import type { BlobDirectory } from '@tsbuild/content'
import type { MountHit } from '../guard/search-mount.ts'
import type { SecretGuard } from '../guard/secret-guard.ts'
import { secretGrant } from '../guard/secret-grant.ts'
import type { SolvedTarget } from '../image/target.ts'
import type { BuildRequest } from '../build-request.ts'
import type { Layer } from '../layer/layer.ts'
import type { MountManifest } from '../mounts/mount-manifest.ts'
import type { LayerStore } from '../layer/layer-store.ts'

/** Keeps secrets out of images and caches. */
export interface TargetGuard {
  /** True for a layer that may leave this machine. */
  isClean(layer: Layer): Promise<boolean>
  /**
   * A secret in a packed cache mount, whose new packs are in `blobs`. `read` is not called in a
   * build without secrets.
   */
  findInMount(read: () => Promise<MountManifest>, blobs: BlobDirectory): Promise<MountHit | undefined>
  /** Throws `GuardError` for a secret in an image. */
  check(targets: readonly SolvedTarget[]): Promise<void>
}

/** Parts of a session that its guard needs. */
interface GuardedSession {
  readonly store: LayerStore
  /** Bytes of a secret of the caller, by id. */
  secret(id: string): Promise<Uint8Array | undefined>
  readonly signal: AbortSignal
}

const withoutSecrets: TargetGuard = {
  isClean: async () => true,
  findInMount: async () => undefined,
  check: async () => {},
}

/** Few builds have any secrets: what it takes is loaded by those that do. */
export function openGuard(
  session: GuardedSession,
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
    findInMount: async (read, blobs) => (await guard()).findInMount(read, blobs),
    check: async (targets) =>
      (await guard()).check({
        targets,
        args,
        annotations: Object.fromEntries(annotations.map(({ key, value }) => [key, value])),
      }),
  }
}
