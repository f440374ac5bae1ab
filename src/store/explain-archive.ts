import { ContentError } from '@tsbuild/content'
import { OciError } from '@tsbuild/oci'
import { TarError } from '@tsbuild/tar'
import { StoreNameError } from './store-name-error.ts'

const readable = 'tsbuild load reads what tsbuild save, docker save and podman save write, and OCI layouts in a tar'
const damaged = 'the archive is damaged: save the image again'

/**
 * The same error; for one of the content of an archive, one that names the archive. `name` is a
 * quoted path or `standard input`.
 */
export function explainArchive(error: unknown, name: string): unknown {
  const invalid = (reason: string, hint: string, cause?: unknown): StoreNameError =>
    new StoreNameError('ARCHIVE_INVALID', `cannot load ${name}: ${reason}`, {
      hint,
      ...(cause !== undefined && { cause }),
    })
  if (error instanceof StoreNameError && error.code === 'ARCHIVE_INVALID')
    return invalid(error.message, readable, error.cause)
  if (error instanceof TarError && error.offset === 0) return invalid('it is not an archive', readable)
  const isContent =
    error instanceof TarError ||
    error instanceof OciError ||
    (error instanceof ContentError && error.code === 'CONTENT_CORRUPT')
  return isContent ? invalid(error.message, damaged, error) : error
}
