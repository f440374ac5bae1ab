import { TsbuildError } from '@tsbuild/errors'

/** Kind of the refused document or name. */
export type OciErrorCode =
  | 'DIGEST_INVALID'
  | 'DESCRIPTOR_INVALID'
  | 'MANIFEST_INVALID'
  | 'INDEX_INVALID'
  | 'CONFIG_INVALID'
  | 'REFERENCE_INVALID'
  | 'PLATFORM_INVALID'

/**
 * Something that claims to be an OCI document, name or platform is not one. `code` is stable;
 * `hint` says what would be right.
 */
export class OciError extends TsbuildError<OciErrorCode> {
  override readonly name = 'OciError'
}
