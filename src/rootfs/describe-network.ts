import type { Rung } from '@tsbuild/isolate'
import type { Refusal } from './select-rung.ts'

/**
 * Describes the reach of RUN in each mode of `--network` on a rung. `refusal` says why a private
 * network does not work; `scoped`: Landlock refuses abstract sockets.
 */
export function describeNetwork(
  rung: Rung['name'],
  { refusal, scoped }: { readonly refusal: Omit<Refusal, 'rung'> | undefined; readonly scoped: boolean },
): readonly (readonly [mode: string, reaches: string])[] {
  const user = rung.includes('userns')
  const shared = 'the network of the machine; reaches its loopback services'
  const open = `${shared} and abstract sockets`
  const why = refusal && [refusal.reason, refusal.hint].filter((text) => text !== undefined).join('; ')
  return [
    [
      'default',
      `${scoped || rung === 'confined' ? shared : open}; ${rung === 'chroot' || rung === 'confined' || user ? 'no raw sockets' : 'raw sockets for ping only'}`,
    ],
    [
      'private',
      why === undefined
        ? 'a network of its own with a way to the outside; loopback services and abstract sockets of the machine are out of reach'
        : `refused: ${why}`,
    ],
    ['none', withoutNetwork[rung] ?? 'a loopback interface of its own; reaches nothing'],
    ['host', user || rung === 'confined' ? `${open}; no raw sockets` : `${open}, and all raw sockets`],
  ]
}

/** Rungs without network namespaces. */
const withoutNetwork: Partial<Record<Rung['name'], string>> = {
  chroot: 'refused: it needs the rung root or userns',
  confined: 'no sockets but UNIX ones, so no loopback interface either; reaches nothing',
}
