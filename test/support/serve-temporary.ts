import { join } from 'node:path'
import { serveRegistry, type ServeRegistryOptions } from '../../src/serve-registry.ts'
import { temporaryDirectory } from './temporary-directory.ts'

/** A registry of ours in this process, on a storage that is removed with it. */
export interface TemporaryRegistry extends AsyncDisposable {
  readonly host: string
  /** Directory of the storage. */
  readonly storage: string
}

export async function serveTemporary(
  options: Omit<ServeRegistryOptions, 'storage' | 'layout' | 'images'> = {},
): Promise<TemporaryRegistry> {
  const stack = new AsyncDisposableStack()
  const directory = stack.use(await temporaryDirectory())
  const storage = join(directory.path, 'registry')
  const { host } = stack.use(await serveRegistry({ ...options, storage }))
  return { host, storage, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}
