import { posix } from 'node:path'
import type { Range } from '@tsbuild/dockerfile'
import type { GitOp } from '../graph/op.ts'
import { withoutPassword } from './http-url.ts'
import { LowerError } from './lower-error.ts'

/** Tells whether COPY, ADD or a context means a git repository: `git://`, `ssh://`, `user@host:path`, or `http(s)://` with a path ending in `.git`. */
export function isGitAddress(text: string): boolean {
  if (text.startsWith('./') || text.startsWith('../')) return false
  if (/^https?:\/\//i.test(text)) return text.replace(/[?#].*$/s, '').endsWith('.git')
  return /^(git|ssh):\/\//i.test(text) || /^[A-Za-z0-9._-]+@[A-Za-z0-9.-]+:\S+$/.test(text)
}

/** Tells whether COPY, ADD or a context means a download: an http(s) URL that is no git repository. */
export function isHttpUrl(text: string): boolean {
  return /^https?:\/\//i.test(text) && !isGitAddress(text)
}

/** Reads a git address with `#ref[:subdir]` or `?ref=…&subdir=…`. Throws `LowerError` for unknown, repeated and contradicting parts. */
export function parseGitAddress(text: string, range?: Range): GitOp {
  function fail(problem: string): never {
    throw new LowerError('GIT_ADDRESS_INVALID', `${problem} in "${withoutPassword(text)}"`, range ? { range } : {})
  }
  const [, url = '', search = '', hash = ''] = /^([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s.exec(text) ?? []
  const query = parseQuery(search, fail)
  const [, fragmentRef, fragmentSubdir] = /^([^:]*):?(.*)$/s.exec(hash) ?? []
  const branch = query.get('branch')
  const tag = query.get('tag')
  const refs = [fragmentRef, query.get('ref'), branch && `refs/heads/${branch}`, tag && `refs/tags/${tag}`]
  const commit = agreed('checksum', [query.get('commit'), query.get('checksum')], fail)
  if (commit !== undefined && !/^[0-9a-f]{4,64}$/i.test(commit)) fail(`invalid commit "${commit}"`)
  // A whole commit id alone is also what to fetch.
  const ref = agreed('ref', refs, fail) ?? (commit !== undefined && /^([0-9a-f]{40}|[0-9a-f]{64})$/i.test(commit) ? commit : undefined)
  const subdir = agreed('subdir', [fragmentSubdir, query.get('subdir')], fail)
  const keepGitDir = parseSwitch('keep-git-dir', query, fail)
  const submodules = parseSwitch('submodules', query, fail)
  return {
    kind: 'git',
    url,
    ...(ref !== undefined && { ref }),
    ...(subdir !== undefined && { subdir: posix.join('/', subdir, '.').replace(/^\/|\/$/g, '') }),
    ...(keepGitDir !== undefined && { keepGitDir }),
    ...(commit !== undefined && { checksum: commit.toLowerCase() }),
    ...(submodules !== undefined && { submodules }),
  }
}

type Fail = (problem: string) => never

const queryKeys: ReadonlySet<string> = new Set(
  'branch checksum commit fetch-by-commit keep-git-dir mtime ref subdir submodules tag'.split(' '),
)

function parseQuery(text: string, fail: Fail): ReadonlyMap<string, string> {
  const query = new Map<string, string>()
  for (const [key, value] of new URLSearchParams(text)) {
    if (!queryKeys.has(key)) fail(`unexpected query "${key}"`)
    if (query.has(key)) fail(`query "${key}" is given twice`)
    query.set(key, value)
  }
  // `fetch-by-commit` is only about how to fetch; `mtime` would change the files.
  const mtime = query.get('mtime')
  if (mtime !== undefined && mtime !== 'checkout') fail(`query "mtime=${mtime}" is not supported`)
  return query
}

/** The one value that several places may give; empty ones give none, different ones contradict each other. */
function agreed(what: string, values: readonly (string | undefined)[], fail: Fail): string | undefined {
  const given = [...new Set(values.filter((value) => value !== undefined && value !== ''))]
  return given.length > 1 ? fail(`${what} conflicts: ${given.map((value) => `"${value}"`).join(' vs ')}`) : given[0]
}

function parseSwitch(key: string, query: ReadonlyMap<string, string>, fail: Fail): boolean | undefined {
  const value = query.get(key)?.toLowerCase()
  if (value === undefined) return undefined
  if (['', '1', 't', 'true'].includes(value)) return true
  return ['0', 'f', 'false'].includes(value) ? false : fail(`invalid ${key} value "${value}"`)
}
