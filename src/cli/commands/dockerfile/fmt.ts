import { readFile, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { oneChunk, readAll } from '@tsbuild/content'
import { Command } from 'commander'
import { exitCodes } from '../../../exit-codes.ts'
import { writeNamedFile } from '../../../export/write-named-file.ts'
import { formatDiff } from '../../../format/format-diff.ts'
import { type FormattedDockerfile, formatDockerfile } from '../../../format/format-dockerfile.ts'
import { Exit } from '../../invocation/exit.ts'
import type { Invocation } from '../../invocation/invocation.ts'
import { UsageError } from '../../invocation/usage-error.ts'
import { safeBlock, safeText } from '../../render/safe-text.ts'

interface FmtFlags {
  readonly check?: boolean
  readonly write?: boolean
}

interface Source {
  /** As the user wrote it. */
  readonly name: string
  /** Absent for standard input. */
  readonly path?: string
  readonly text: string
}

const names = ['Dockerfile', 'dockerfile', 'Containerfile']
const mostBytes = 1 << 20

/** `tsbuild fmt`: Dockerfiles in one style, which build the same. */
export function fmtCommand(invocation: Invocation): Command {
  return new Command('fmt')
    .description(
      'Format Dockerfiles and print them. The result builds the same: text of shell commands and heredocs stays.',
    )
    .argument('[files...]', 'Dockerfiles, directories with one, or - for standard input (default: .)')
    .option('-c, --check', 'print a diff and exit with 1 when a file is not formatted')
    .option('-w, --write', 'write the result into the files, and print the names of those that changed')
    .action(async (files: readonly string[], flags: FmtFlags) => {
      if (flags.check === true && flags.write === true) throw new UsageError('--check and --write exclude each other')
      const wanted = files.length === 0 ? ['.'] : files
      if (flags.write === true && wanted.includes('-'))
        throw new UsageError('--write cannot change standard input', { hint: 'leave --write out to print the result' })
      let isFormatted = true
      for (const file of wanted) {
        const source = await readSource(file, invocation)
        const result = formatDockerfile(source.text, source.name)
        if (result.isChanged) isFormatted = false
        await report(source, result, { flags, invocation })
      }
      if (flags.check === true && !isFormatted) throw new Exit(exitCodes.build)
    })
}

async function report(
  { name, path }: Source,
  { text, isChanged, lines }: FormattedDockerfile,
  { flags, invocation }: { readonly flags: FmtFlags; readonly invocation: Invocation },
): Promise<void> {
  const { stdout, stderr, signal } = invocation
  if (flags.check === true) {
    if (!isChanged) return
    stdout.write(safeBlock(formatDiff(name, lines)))
    stderr.write(`${safeText(name)} is not formatted; run: tsbuild fmt --write ${safeText(name)}\n`)
    return
  }
  if (flags.write !== true) return void stdout.write(text)
  if (!isChanged || path === undefined) return
  await writeNamedFile(path, oneChunk(Buffer.from(text)), signal)
  stdout.write(`${safeText(name)}\n`)
}

async function readSource(file: string, { stdin, cwd }: Pick<Invocation, 'stdin' | 'cwd'>): Promise<Source> {
  if (file === '-') return { name: 'standard input', text: decode(await readAll(stdin, mostBytes), 'standard input') }
  const path = await findFile(resolve(cwd, file), file)
  const name = path === resolve(cwd, file) ? file : join(file, path.slice(path.lastIndexOf('/') + 1))
  const { size } = await stat(path)
  if (size > mostBytes) throw new UsageError(`"${name}" has ${size} bytes: at most ${mostBytes} are formatted`)
  return { name, path, text: decode(await readFile(path), name) }
}

/** The Dockerfile that a name means: a file, or that of a directory. */
async function findFile(path: string, name: string): Promise<string> {
  const found = await stat(path).catch(() => undefined)
  if (found?.isFile()) return path
  if (found?.isDirectory()) {
    for (const candidate of names) {
      const inside = await stat(join(path, candidate)).catch(() => undefined)
      if (inside?.isFile()) return join(path, candidate)
    }
    throw new UsageError(`no ${names.join(' or ')} in "${name}"`, { hint: 'name the file: tsbuild fmt PATH' })
  }
  throw new UsageError(`"${name}" ${found === undefined ? 'does not exist' : 'is not a file'}`)
}

/** Text of UTF-8. Other bytes would not survive. */
function decode(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new UsageError(`"${name}" is not UTF-8 text`)
  }
}
