import { type Bytes, ContentError, type ContentErrorCode } from '@tsbuild/content'
import { RegistryError } from './errors.ts'

/**
 * Error for bytes other than the requested ones: with the code of the check, and the registry as
 * cause.
 */
export function wrongContent(code: ContentErrorCode, message: string, registry: string): ContentError {
  const hint = 'try again; if it fails again, push the image anew and look for a proxy that changes responses'
  const cause = new RegistryError('REGISTRY_WRONG_CONTENT', `${registry}, or a proxy before it, sent wrong content`, {
    hint,
    registry,
  })
  return new ContentError(code, message, { cause, hint })
}

/** Passes bytes on. A failed check of content gets the operation that it is part of. */
export async function* blamed(
  bytes: Bytes,
  { operation, registry }: { readonly operation: string; readonly registry: string },
): AsyncGenerator<Uint8Array> {
  try {
    yield* bytes
  } catch (error) {
    if (!(error instanceof ContentError)) throw error
    throw wrongContent(error.code, `${operation}: ${error.message}`, registry)
  }
}
