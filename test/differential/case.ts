import { chmod, cp, lstat, lutimes, mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runOrThrow } from '../support/run-program.ts'
import { writeTree } from '../support/write-tree.ts'

/** Members of a case's `case.json`; all have defaults. */
export interface CaseSettings {
  /**
   * Flags that mean the same to `docker buildx build` and `tsbuild`; relative paths start at the
   * context, `$BASE` is the layout of `base`.
   */
  readonly flags?: readonly string[]
  /** Both builds must fail and name this; `true`: tsbuild says what BuildKit says. */
  readonly expectError?: string | true
  /** Output to make. Default: an image. */
  readonly output?: 'oci' | 'local' | 'tar'
  /** Added to what `--output` says, such as `rewrite-timestamp=true`. */
  readonly outputAttributes?: readonly string[]
  /**
   * The directory `served` of the context has addresses: `$HTTP` and, for the repositories in it,
   * `$GIT` in the flags.
   */
  readonly serves?: boolean
  /** Reason why the results may differ; then they have to. */
  readonly knownDifference?: string
  /** Outcome of BuildKits before the recorded one, which a running one may have. */
  readonly olderBuildkit?: string
  /** The context holds what only root can make. */
  readonly needsRoot?: boolean
}

/** A build that both builders do: a folder of `cases/<area>`, or a row of `errors.json` there. */
export interface Case extends CaseSettings {
  /** Unique in all areas. */
  readonly name: string
  readonly flags: readonly string[]
  /** Text of the Dockerfile; empty if `setup.sh` writes it. */
  readonly dockerfile: string
  /** Folder of the case. A row of a table has none. */
  readonly directory?: string
  /** File with the recorded answer of BuildKit: `expected.json` of the folder, or the table. */
  readonly record: string
}

/** True if a step runs a program. */
export function runsProgram({ dockerfile }: Case): boolean {
  return /^\s*(?:ONBUILD\s+)?RUN\b/im.test(dockerfile)
}

/**
 * Modification time of everything in a context that `setup.sh` did not date before 2020, seconds.
 */
const contextTime = 1_600_000_000

/**
 * Makes the context of a case at `context`. That of a row has the Dockerfile and a file `f`. The
 * result depends on neither umask nor clock.
 */
export async function prepareContext({ directory, dockerfile }: Case, context: string): Promise<void> {
  await mkdir(context)
  if (directory === undefined) await writeTree(context, { Dockerfile: dockerfile, f: 'f\n' })
  else await copyContext(directory, context)
  await walk(context, async (entry) => {
    const { mtimeMs } = await lstat(entry)
    if (mtimeMs > 1.577e12) await lutimes(entry, contextTime, contextTime)
  })
}

/** Copies the files of a folder with the modes git knows, then runs `setup.sh` in the copy. */
async function copyContext(directory: string, context: string): Promise<void> {
  const own = new Set(['case.json', 'expected.json', 'setup.sh'])
  for (const name of await readdir(directory)) {
    if (!own.has(name))
      await cp(join(directory, name), join(context, name), { recursive: true, verbatimSymlinks: true })
  }
  await walk(context, async (path) => {
    const stats = await lstat(path)
    if (stats.isSymbolicLink()) return
    await chmod(path, stats.isDirectory() || (stats.mode & 0o100) !== 0 ? 0o755 : 0o644)
  })
  const script = await readFile(join(directory, 'setup.sh'), 'utf8').catch(() => '')
  // Programs of Debian that make images hold are in sbin.
  const path = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`
  if (script !== '')
    await runOrThrow('sh', ['-euc', `umask 022\n${script}`], {
      cwd: context,
      env: { TZ: 'UTC', LC_ALL: 'C.UTF-8', PATH: path },
    })
}

/** Visits everything at and below `path`, children first, so that dating a directory comes last. */
async function walk(path: string, visit: (path: string) => Promise<void>): Promise<void> {
  if ((await lstat(path)).isDirectory()) for (const name of await readdir(path)) await walk(join(path, name), visit)
  await visit(path)
}
