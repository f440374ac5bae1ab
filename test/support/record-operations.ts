import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runOrThrow } from './run-program.ts'
import { temporaryDirectory } from './temporary-directory.ts'

/** A change of a file system, as a program requested it. */
export type FileOperation =
  | { readonly kind: 'write'; readonly path: string; readonly data: Buffer }
  | { readonly kind: 'rename' | 'link'; readonly from: string; readonly path: string }
  | { readonly kind: 'create' | 'mkdir' | 'remove' | 'sync'; readonly path: string }
  | { readonly kind: 'truncate'; readonly path: string; readonly size: number }

const calls = [
  ...['openat', 'write', 'writev', 'pwrite64', 'pwritev', 'fsync', 'fdatasync', 'rename', 'link'],
  ...['unlink', 'rmdir', 'mkdir', 'ftruncate', 'truncate', 'copy_file_range', 'sendfile'],
  ...['renameat', 'renameat2', 'linkat', 'unlinkat', 'mkdirat', 'symlinkat', 'symlink'],
]

/**
 * Runs a program to its end under strace, and returns its changes of files below `directory`, in
 * the order in which they began. Throws for calls that are not modelled, unless the path is one of
 * `isLeftOut`.
 */
export async function recordOperations(
  directory: string,
  [program, ...args]: readonly [string, ...string[]],
  isLeftOut: (path: string) => boolean,
): Promise<readonly FileOperation[]> {
  await using logs = await temporaryDirectory()
  // Texts above this size are cut off.
  const strace = ['-ff', '-qq', '--seccomp-bpf', '-y', '-xx', '-s', '4000000', '-o', join(logs.path, 'log')]
  const time = '--absolute-timestamps=format:unix,precision:ns'
  await runOrThrow('strace', [...strace, time, '-e', `trace=${calls.join(',')}`, program, ...args])
  const files = await Promise.all((await readdir(logs.path)).map((name) => readFile(join(logs.path, name), 'latin1')))
  return (
    files
      .flatMap((text) => text.split('\n'))
      .flatMap((line) => {
        const [, time = '', call = '', given = ''] = /^(\d+\.\d+) (\w+)\((.*)\) += \d+/.exec(line) ?? []
        return given.includes(encode(directory)) || call.endsWith('sync')
          ? [{ time, call, ...parseArguments(given) }]
          : []
      })
      .sort((a, b) => (a.time < b.time ? -1 : 1))
      .flatMap((traced) => describe(traced))
      // A file of another directory is synced before it is linked into this one.
      .filter(({ kind, path }) => path.startsWith(directory) || kind === 'sync')
      .flatMap((operation) => {
        if (operation.kind !== 'unknown') return [operation]
        if (isLeftOut(operation.path)) return []
        throw new Error(`strace shows ${operation.call} of ${operation.path}, which is not modelled`)
      })
  )
}

interface Traced extends Arguments {
  readonly call: string
}

/** A call that is not modelled. */
interface Unknown {
  readonly kind: 'unknown'
  readonly call: string
  readonly path: string
}

function describe({ call, texts, opened = '', flags }: Traced): readonly (FileOperation | Unknown)[] {
  const [first = '', second = ''] = texts.map(String)
  switch (call) {
    case 'openat':
      return flags.includes('O_CREAT') ? [{ kind: 'create', path: first }] : []
    case 'write':
    case 'writev':
    case 'pwrite64':
    case 'pwritev':
      return [{ kind: 'write', path: opened, data: Buffer.concat(texts) }]
    case 'fsync':
    case 'fdatasync':
      return [{ kind: 'sync', path: opened }]
    case 'rename':
    case 'link':
      return [{ kind: call, from: first, path: second }]
    case 'mkdir':
      return [{ kind: 'mkdir', path: first }]
    case 'unlink':
    case 'rmdir':
      return [{ kind: 'remove', path: first }]
    case 'ftruncate':
      return [{ kind: 'truncate', path: opened, size: Number(/, (\d+)$/.exec(flags)?.[1]) }]
    default:
      return [...texts.map(String), opened].map((path) => ({ kind: 'unknown', call, path }))
  }
}

interface Arguments {
  readonly texts: readonly Buffer[]
  /** Path of the first descriptor. */
  readonly opened: string | undefined
  readonly flags: string
}

function parseArguments(given: string): Arguments {
  if (given.includes('"...')) throw new Error('strace cuts off what a program writes')
  const [, opened] = /^\d+<([^>]*)>/.exec(given) ?? []
  const texts = [...given.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map(([, text = '']) => decode(text))
  const flags = given.replaceAll(/"[^"]*"/g, '')
  return { texts, flags, ...{ opened: opened && String(decode(opened)) } }
}

function encode(text: string): string {
  return [...Buffer.from(text)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')
}

function decode(text: string): Buffer {
  return text.startsWith('\\x') ? Buffer.from(text.replaceAll('\\x', ''), 'hex') : Buffer.from(text, 'latin1')
}
