import { readTar, type TarEntry } from '@tsbuild/tar'
import type { Path } from '../model/entry.ts'
import { TreeError } from '../model/errors.ts'
import { layerPath } from '../tar/layer-path.ts'
import { readErrorCode } from './system-error.ts'
import { type UnpackOptions, Unpacker } from './unpacker.ts'
import { markerAt } from '../tar/whiteout.ts'

export interface MaterializeOptions extends UnpackOptions {
  readonly signal?: AbortSignal
}

/** Properties that could not be made as the layer has them. */
export interface MaterializeResult {
  /** Devices that this process may not make. Empty files replace them. */
  readonly refusedDevices: readonly Path[]
}

/**
 * Unpacks a layer tar into an existing directory. All writes stay in the directory: names that
 * climb out throw `LAYER_PATH_ESCAPE`. Symlinks of the layer itself are followed within the
 * directory. Other symlinks on a path are replaced by directories. Throws `MATERIALIZE_FAILED` with
 * the path if a write fails. The directory is then unusable.
 */
export async function materialize(
  tar: AsyncIterable<Uint8Array>,
  directory: string,
  options: MaterializeOptions,
): Promise<MaterializeResult> {
  const unpacker = new Unpacker(directory, options)
  for await (const item of readTar(tar)) {
    options.signal?.throwIfAborted()
    const path = unpacker.place(layerPath(item.entry.path, item.offset))
    const marker = markerAt(path)
    try {
      if (marker !== undefined) unpacker.mark(marker)
      if (marker === undefined || (marker.type === 'ignore' && item.entry.type !== 'directory'))
        await unpacker.put(path, item)
    } catch (cause) {
      throw failure(path, item.entry, cause)
    }
  }
  unpacker.finish()
  return { refusedDevices: unpacker.refusedDevices }
}

function failure(path: Path, { uid, gid }: TarEntry, cause: unknown): unknown {
  // An error about the layer itself is clear enough.
  if (!(cause instanceof Error) || cause.name === 'TreeError' || cause.name === 'TarError') return cause
  // To chown, an id without a mapping is an invalid argument (user_namespaces(7)).
  if (readErrorCode(cause) === 'EINVAL' && 'syscall' in cause && String(cause.syscall).endsWith('chown')) {
    return new TreeError(
      'OWNER_UNMAPPED',
      `cannot unpack "${path}": its owner ${uid}:${gid} has no id in this user namespace`,
      {
        path,
        cause,
      },
    )
  }
  // A message of the system ends with the call and its path, which is named already.
  const reason = 'syscall' in cause ? cause.message.replace(/, \w+ '.*$/s, '') : cause.message
  return new TreeError('MATERIALIZE_FAILED', `cannot unpack "${path}": ${reason}`, { path, cause })
}
