import { createHash } from 'node:crypto'
import { posix } from 'node:path'
import { encodeStatement, type Statement, type Subject } from '@tsbuild/attest'
import { type Digest, parseDigest } from '@tsbuild/oci'
import { type Change, contentOf, type Diff, type FileContent, type Path } from '@tsbuild/tree'
import { ExportError } from './export-error.ts'

/** Rules for the names of attestation files. */
export interface AttestationNames {
  readonly prefix: string
  /** Put before the extension. */
  readonly suffix: string
}

/**
 * Statements about all files of a result, as files for its root that only the caller may read. A
 * name that is taken or leads elsewhere is an `ExportError` `OUTPUT_CONFLICT`.
 */
export async function attestationFiles(
  result: Diff,
  statements: readonly Statement[],
  names: AttestationNames,
): Promise<Diff> {
  const files = new Map<Path, Change>()
  const subjects = statements.length === 0 ? [] : await hashFiles(result)
  for (const statement of statements) {
    const name = formatName(statement.filename, names)
    if (result.has(name) || files.has(name)) throw taken(name)
    files.set(name, toFile(encodeStatement(statement, subjects, 2)))
  }
  return files
}

function formatName(filename: string, { prefix, suffix }: AttestationNames): string {
  const { name, ext } = posix.parse(filename)
  const full = `${prefix}${name}${suffix}${ext}`
  if (/^\.{0,2}$|[/\0]/.test(full))
    throw new ExportError('OUTPUT_CONFLICT', `"${full}" cannot be the name of an attestation file`)
  return full
}

function taken(name: string): ExportError {
  return new ExportError('OUTPUT_CONFLICT', `cannot write attestation "${name}": the result has a file of that name`, {
    hint: 'use attestation-prefix=PREFIX',
  })
}

function toFile(bytes: Uint8Array): Change {
  const mtime = Math.floor(Date.now() / 1000)
  return { type: 'set', entry: { type: 'file', mode: 0o600, uid: 0, gid: 0, mtime, content: contentOf(bytes) } }
}

/** Every file under each of its names, sorted. */
async function hashFiles(result: Diff): Promise<readonly Subject[]> {
  const subjects: Subject[] = []
  for (const [name, change] of [...result].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const content = contentAt(result, change)
    if (content) subjects.push({ name, digest: content.digest ?? (await hash(content)) })
  }
  return subjects
}

/** Links of links are followed a few times: layers can make them lead in a circle. */
function contentAt(result: Diff, change: Change | undefined, hops = 8): FileContent | undefined {
  if (change?.type !== 'set' || hops === 0) return undefined
  const { entry } = change
  if (entry.type === 'file') return entry.content
  return entry.type === 'hardlink' ? contentAt(result, result.get(entry.target), hops - 1) : undefined
}

async function hash(content: FileContent): Promise<Digest> {
  const hashing = createHash('sha256')
  for await (const chunk of content.open()) hashing.update(chunk)
  return parseDigest(`sha256:${hashing.digest('hex')}`)
}
