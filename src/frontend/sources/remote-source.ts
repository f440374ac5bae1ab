import { algorithmOf, isDigest } from '@tsbuild/oci'
import type { AddInstruction } from '@tsbuild/dockerfile'
import type { GitOp, HttpOp } from '../../graph/op.ts'
import { isGitAddress, isHttpUrl, parseGitAddress } from './git-url.ts'
import { urlFileName } from './file-names.ts'
import { LowerError } from '../plan/lower-error.ts'

/**
 * Repository or download of a source of ADD; undefined for a path. Throws `LowerError` where flags
 * contradict the address.
 */
export function remoteSource(
  text: string,
  instruction: AddInstruction,
  checksum: string | undefined,
): GitOp | HttpOp | undefined {
  if (isGitAddress(text)) return gitOp(text, instruction, checksum)
  return isHttpUrl(text) ? httpOp(text, instruction, checksum) : undefined
}

function gitOp(address: string, { keepGitDir, range }: AddInstruction, checksum: string | undefined): GitOp {
  const op = parseGitAddress(address, range)
  const commit = checksum?.toLowerCase()
  if (commit !== undefined && !/^[0-9a-f]{1,64}$/.test(commit)) {
    throw new LowerError('CHECKSUM_INVALID', `invalid checksum ${checksum} for Git URL, expected hex commit hash`, {
      range,
      word: checksum,
    })
  }
  if (commit !== undefined && op.checksum !== undefined && commit !== op.checksum) {
    throw new LowerError('CHECKSUM_INVALID', `checksum mismatch "${commit}" != "${op.checksum}"`, {
      range,
      word: checksum,
    })
  }
  if (keepGitDir !== undefined && op.keepGitDir !== undefined && keepGitDir !== op.keepGitDir) {
    throw new LowerError('GIT_ADDRESS_INVALID', 'inconsistent keep-git-dir configuration', { range })
  }
  return { ...op, ...(keepGitDir !== undefined && { keepGitDir }), ...(commit !== undefined && { checksum: commit }) }
}

function httpOp(url: string, { range }: AddInstruction, checksum: string | undefined): HttpOp {
  const op: HttpOp = { kind: 'http', url, filename: urlFileName(url) }
  if (checksum === undefined) return op
  // Downloads are known by sha256 alone.
  if (isDigest(checksum) && algorithmOf(checksum) === 'sha256') return { ...op, checksum }
  const message = `invalid digest "${checksum}" for --checksum: expected "sha256:" and 64 hex digits`
  throw new LowerError('CHECKSUM_INVALID', message, { range, word: checksum })
}
