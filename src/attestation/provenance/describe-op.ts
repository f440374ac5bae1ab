import { posix } from 'node:path'
import type { Platform } from '@tsbuild/oci'
import type { CopyOp, GitOp, HttpOp, ImageOp, InlineOp, LocalOp, MkdirOp } from '../../graph/op.ts'
import type { Vertex } from '../../graph/vertex.ts'
import { describeRun, type InputPosition } from './describe-run.ts'
import { gitUri, layoutName } from './graph-facts.ts'
import { maskCredentials } from './mask-credentials.ts'

type Json = Readonly<Record<string, unknown>>

/**
 * The op of a step in the words of BuildKit's LLB (solver/pb/ops.proto), which readers of
 * provenance know. The graph is ours: steps mean the same, but they are not what BuildKit would be
 * given. Credentials in addresses are masked.
 */
export function describeOp({ op, inputs }: Vertex, position: InputPosition): Json {
  switch (op.kind) {
    case 'image':
      return describeImage(op)
    case 'local':
      return describeLocal(op)
    case 'git':
      return describeGit(op)
    case 'http':
      return describeHttp(op)
    case 'inline':
      return fileOp(op.files.map(makeFile), () => -1)
    case 'mkdir':
      return fileOp([makeDirectory(op)], position)
    case 'copy':
      return fileOp(
        op.sources.map((source) => copySource(op, source, position)),
        position,
      )
    case 'merge':
      return { Op: { merge: { inputs: inputs.map((_, index) => ({ input: position(index) })) } } }
    // LLB joins layers only by copying them.
    case 'squash':
      return { Op: { merge: { inputs: [{ input: position(0) }] } } }
    case 'run':
      return { Op: { exec: describeRun(op, position) }, platform: describePlatform(op.platform) }
  }
}

function describeImage(op: ImageOp): Json {
  const { reference, digest } = op.found ?? op
  const name =
    op.layout === undefined ? `docker-image://${reference.replace(/@.*/, '')}` : `oci-layout://${layoutName(op)}`
  return { Op: { source: { identifier: `${name}@${digest}` } }, platform: describePlatform(op.platform) }
}

function describeLocal({ context, include }: LocalOp): Json {
  return source(`local://${context}`, include === undefined ? {} : { 'local.followpaths': JSON.stringify(include) })
}

function describeGit(op: GitOp): Json {
  const { url, keepGitDir, checksum } = op
  return source(gitUri(op).replace(/^[a-z]+:\/\/([^/@]*@)?/i, 'git://'), {
    'git.fullurl': maskCredentials(url),
    ...(keepGitDir === true && { 'git.keepgitdir': 'true' }),
    ...(checksum !== undefined && { 'git.checksum': checksum }),
  })
}

function describeHttp({ url, filename, checksum }: HttpOp): Json {
  return source(maskCredentials(url), {
    'http.filename': filename,
    ...(checksum !== undefined && { 'http.checksum': checksum }),
  })
}

function source(identifier: string, attrs: Readonly<Record<string, string>>): Json {
  return { Op: { source: { identifier, ...(Object.keys(attrs).length !== 0 && { attrs }) } } }
}

/**
 * One action after the other: the first on input 0, each further one on the result of the one
 * before.
 */
interface Action {
  readonly Action: Json
  readonly secondaryInput: number
}

function fileOp(actions: readonly Action[], position: InputPosition): Json {
  const inputs = Math.max(position(0), ...actions.map(({ secondaryInput }) => secondaryInput)) + 1
  return {
    Op: {
      file: {
        actions: actions.map((action, index) => ({
          ...action,
          input: index === 0 ? position(0) : inputs + index - 1,
          output: index === actions.length - 1 ? 0 : -1,
        })),
      },
    },
  }
}

function makeFile({ path, mode, text }: InlineOp['files'][number]): Action {
  const mkfile = { path: `/${path}`, mode, data: Buffer.from(text).toString('base64'), timestamp: -1 }
  return { Action: { mkfile }, secondaryInput: -1 }
}

function makeDirectory({ path, user, epoch }: MkdirOp): Action {
  const owner = user === '' ? {} : { owner: describeOwner(user) }
  return {
    Action: { mkdir: { path, mode: 0o755, makeParents: true, timestamp: timestamp(epoch), ...owner } },
    secondaryInput: -1,
  }
}

function copySource(
  op: CopyOp,
  { input, path, literal, packed }: CopyOp['sources'][number],
  position: InputPosition,
): Action {
  const { destination, owner, mode, exclude, parents, extract } = op
  const copy = {
    ...(parents ? describeParents(path) : { src: posix.join('/', path) }),
    dest: destination,
    ...describeMode(mode),
    ...(owner !== undefined && { owner: describeOwner(owner) }),
    createDestPath: true,
    ...(literal !== true && {
      followSymlink: true,
      dirCopyContents: true,
      allowWildcard: true,
      allowEmptyWildcard: true,
    }),
    ...(extract === 'archives' && packed !== true && { attemptUnpackDockerCompatibility: true }),
    ...(exclude.length !== 0 && { exclude_patterns: exclude }),
    timestamp: -1,
  }
  return { Action: { copy }, secondaryInput: position(input) }
}

/**
 * `--parents`: the path from `/./` on is kept, and there is everything below the part before it to
 * choose from.
 */
function describeParents(path: string): Json {
  const pivot = path.indexOf('/./')
  const kept = pivot < 0 ? path : path.slice(pivot + 3)
  return {
    src: pivot < 0 ? '/' : posix.join('/', path.slice(0, pivot)),
    include_patterns: [kept.replace(/^\.?\//, '')],
  }
}

function describeMode(mode: string | undefined): Json {
  if (mode === undefined) return { mode: -1 }
  return /^0?[0-7]{1,4}$/.test(mode) ? { mode: Number.parseInt(mode, 8) } : { mode: -1, modeStr: mode }
}

/** `user[:group]`, each a name of the image or a number. */
function describeOwner(text: string): Json {
  const [user = '', group] = text.split(':')
  return { user: describeId(user), ...(group !== undefined && { group: describeId(group) }) }
}

function describeId(text: string): Json {
  return { User: /^\d+$/.test(text) ? { byID: Number(text) } : { byName: { name: text } } }
}

/** Nanoseconds; -1 for none. */
function timestamp(epoch: number | undefined): number {
  return epoch === undefined ? -1 : epoch * 1e9
}

function describePlatform({ architecture, os, variant }: Platform): Json {
  return { Architecture: architecture, OS: os, ...(variant !== undefined && { Variant: variant }) }
}
