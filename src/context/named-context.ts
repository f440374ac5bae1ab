import { isGitAddress } from '../frontend/sources/git-url.ts'
import type { NamedContext } from '../frontend/plan/lower-options.ts'

/**
 * Reads the value of `--build-context name=…`. A text that is not a URL of a known kind is a
 * directory.
 */
export function parseNamedContext(value: string): NamedContext {
  const [, scheme, rest = ''] = /^(docker-image|oci-layout):\/\/(.*)$/s.exec(value) ?? []
  if (scheme === 'docker-image') return { kind: 'image', reference: rest }
  if (scheme === 'oci-layout') return parseLayout(rest)
  if (value.startsWith('target:')) return { kind: 'target', stage: value.slice('target:'.length) }
  if (isGitAddress(value)) return { kind: 'git', url: value }
  return /^https?:\/\//.test(value) ? { kind: 'http', url: value } : { kind: 'local' }
}

/** `dir[:tag][@DIGEST]`; a digest is all that counts where there is one. */
function parseLayout(text: string): NamedContext {
  const [, named = text, digest] = /^(.*?)@(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/s.exec(text) ?? []
  const [, directory = named, tag = ''] = /^(.*):([\w][\w.-]{0,127})$/s.exec(named) ?? []
  return { kind: 'layout', directory, reference: digest ?? tag }
}
