import { posix } from 'node:path'
import type { Range } from '@tsbuild/dockerfile'
import type { GitOp } from '../../graph/op.ts'
import { withoutPassword } from '../../graph/without-password.ts'
import { LowerError } from '../plan/lower-error.ts'

/**
 * Tells whether COPY, ADD or a context means a git repository: `git://`, `ssh://`,
 * `user@host:path`, or `http(s)://` with a path ending in `.git`.
 */
export function isGitAddress(text: string): boolean {
  if (text.startsWith('./') || text.startsWith('../')) return false
  if (/^https?:\/\//i.test(text)) return text.replace(/[?#].*$/s, '').endsWith('.git')
  return /^(git|ssh):\/\//i.test(text) || /^[A-Za-z0-9._-]+@[A-Za-z0-9.-]+:\S+$/.test(text)
}

/**
 * Tells whether COPY, ADD or a context means a download: an http(s) URL that is no git repository.
 */
export function isHttpUrl(text: string): boolean {
  return /^https?:\/\//i.test(text) && !isGitAddress(text)
}

/**
 * Reads a git address with `#ref[:subdir]` or `?ref=…&subdir=…`. Throws `LowerError` for unknown,
 * repeated, empty or contradictory keys, and for malformed refs.
 */
export function parseGitAddress(text: string, range?: Range): GitOp {
  function fail(problem: string): never {
    throw new LowerError(
      'GIT_ADDRESS_INVALID',
      `${problem} in "${withoutPassword(text)}"`,
      range ? { range, word: text } : {},
    )
  }
  const [, url = '', search = '', hash = ''] = /^([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s.exec(text) ?? []
  const query = parseQuery(search, fail)
  const [, fragmentRef, fragmentSubdir] = /^([^:]*):?(.*)$/s.exec(decoded(hash)) ?? []
  const ref = parseRef(fragmentRef, query, fail)
  const subdir = agreed('subdir', [cleanSubdir(fragmentSubdir), cleanSubdir(query.get('subdir'))], fail)
  const keepGitDir = parseSwitch('keep-git-dir', query, fail)
  const submodules = parseSwitch('submodules', query, fail)
  const fetchByCommit = parseSwitch('fetch-by-commit', query, fail) === true
  const checksum = agreed('checksum', [query.get('commit'), query.get('checksum')], fail)?.toLowerCase()
  if (checksum !== undefined && !/^[0-9a-f]{1,64}$/.test(checksum)) {
    fail(`invalid checksum ${checksum} for Git URL, expected hex commit hash`)
  }
  if (fetchByCommit && !isId(ref) && !isId(checksum)) {
    fail(
      checksum === undefined ? 'fetch-by-commit requires a checksum or a commit SHA ref' : wantsFullChecksum(checksum),
    )
  }
  return {
    kind: 'git',
    url,
    ...(ref !== undefined && { ref }),
    ...(subdir !== undefined && { subdir }),
    ...(keepGitDir !== undefined && { keepGitDir }),
    ...(checksum !== undefined && { checksum }),
    ...(fetchByCommit && { fetchByCommit }),
    ...(submodules !== undefined && { submodules }),
    ...(query.get('mtime') === 'checkout' && { mtime: 'checkout' }),
  }
}

type Fail = (problem: string) => never

const switches: ReadonlySet<string> = new Set(['fetch-by-commit', 'keep-git-dir', 'submodules'])
const valued: ReadonlySet<string> = new Set(['branch', 'checksum', 'commit', 'mtime', 'ref', 'subdir', 'tag'])

function parseQuery(text: string, fail: Fail): ReadonlyMap<string, string> {
  const query = new Map<string, string>()
  for (const [key, value] of new URLSearchParams(text)) {
    if (!switches.has(key) && !valued.has(key)) fail(`unexpected query "${key}"`)
    if (query.has(key)) fail(`query "${key}" has multiple values`)
    if (value === '' && valued.has(key)) fail(`query "${key}" has no value`)
    query.set(key, value)
  }
  const mtime = query.get('mtime') ?? 'commit'
  if (mtime !== 'checkout' && mtime !== 'commit')
    fail(`invalid mtime value: "${mtime}" (must be "checkout" or "commit")`)
  return query
}

/**
 * The one ref that fragment and query name. git would take some texts for options, patterns or
 * expressions.
 */
function parseRef(fragment: string | undefined, query: ReadonlyMap<string, string>, fail: Fail): string | undefined {
  const [tag, branch] = [query.get('tag'), query.get('branch')]
  if (tag !== undefined && branch !== undefined) fail('branch conflicts with tag')
  const ref = agreed(
    'ref',
    [fragment, query.get('ref'), qualified('refs/heads/', branch), qualified('refs/tags/', tag)],
    fail,
  )
  if (ref !== undefined && /^-|[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{/.test(ref)) fail(`invalid git ref "${ref}"`)
  return ref
}

function qualified(prefix: string, name: string | undefined): string | undefined {
  return name === undefined || name.startsWith(prefix) ? name : `${prefix}${name}`
}

/** The path from the root of the repository, which it cannot leave. */
function cleanSubdir(text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : posix.join('/', text, '.').replace(/^\/|\/$/g, '')
}

/**
 * The one value that several places may give; empty ones give none, different ones contradict each
 * other.
 */
function agreed(what: string, values: readonly (string | undefined)[], fail: Fail): string | undefined {
  const given = [...new Set(values.filter((value) => value !== undefined && value !== ''))]
  return given.length > 1 ? fail(`${what} conflicts: ${given.map((value) => `"${value}"`).join(' vs ')}`) : given[0]
}

function parseSwitch(key: string, query: ReadonlyMap<string, string>, fail: Fail): boolean | undefined {
  const value = query.get(key)?.toLowerCase()
  if (value === undefined) return undefined
  if (['', '1', 't', 'true'].includes(value)) return true
  return ['0', 'f', 'false'].includes(value) ? false : fail(`invalid ${key} value: "${value}"`)
}

function isId(text: string | undefined): boolean {
  return text !== undefined && /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(text)
}

function wantsFullChecksum(checksum: string): string {
  return `fetch-by-commit requires a full commit SHA checksum, got "${checksum}"`
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
