import { chmod, cp, lstat, lutimes, mkdir, readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { runOrThrow } from '../support/run-program.ts'

/** Members of a case's `case.json`; all have defaults. */
interface CaseSettings {
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

/**
 * A build that both builders do: a folder with a Dockerfile, the context around it, and perhaps
 * `setup.sh` and `case.json`.
 */
export interface Case extends CaseSettings {
  readonly name: string
  readonly directory: string
  readonly flags: readonly string[]
  /** True if a step runs a program. */
  readonly runs: boolean
}

/**
 * Modification time of everything in a context that `setup.sh` did not date before 2020, seconds.
 */
const contextTime = 1_600_000_000

const casesDirectory = join(import.meta.dirname, 'cases')

/** File with BuildKit's recorded result of a case. */
export function expectedPath(name: string): string {
  return join(import.meta.dirname, 'expected', `${name}.json`)
}

/** The cases of these names, or all of them, sorted. */
export async function readCases(names: readonly string[] = []): Promise<readonly Case[]> {
  const all = names.length > 0 ? names : await readdir(casesDirectory)
  return Promise.all(all.toSorted().map(readCase))
}

async function readCase(name: string): Promise<Case> {
  const directory = join(casesDirectory, name)
  const settings: CaseSettings = JSON.parse(await readOr(join(directory, 'case.json'), '{}'))
  const dockerfile = await readOr(join(directory, 'Dockerfile'), '')
  return { flags: [], ...settings, name, directory, runs: /^\s*(?:ONBUILD\s+)?RUN\b/im.test(dockerfile) }
}

async function readOr(path: string, fallback: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => fallback)
}

/**
 * Makes the context of a case at `context`: its files with the modes git knows, then what
 * `setup.sh`, run in there, adds and changes. The result depends on neither umask nor clock.
 */
export async function prepareContext({ directory }: Case, context: string): Promise<void> {
  const own = new Set(['case.json', 'setup.sh'])
  await mkdir(context)
  for (const name of await readdir(directory)) {
    if (!own.has(name))
      await cp(join(directory, name), join(context, name), { recursive: true, verbatimSymlinks: true })
  }
  await walk(context, async (path) => {
    const stats = await lstat(path)
    if (stats.isSymbolicLink()) return
    await chmod(path, stats.isDirectory() || (stats.mode & 0o100) !== 0 ? 0o755 : 0o644)
  })
  const script = await readOr(join(directory, 'setup.sh'), '')
  // Programs of Debian that make images hold are in sbin.
  const path = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`
  if (script !== '')
    await runOrThrow('sh', ['-euc', `umask 022\n${script}`], {
      cwd: context,
      env: { TZ: 'UTC', LC_ALL: 'C.UTF-8', PATH: path },
    })
  await walk(context, async (entry) => {
    const { mtimeMs } = await lstat(entry)
    if (mtimeMs > 1.577e12) await lutimes(entry, contextTime, contextTime)
  })
}

/** Visits everything at and below `path`, children first, so that dating a directory comes last. */
async function walk(path: string, visit: (path: string) => Promise<void>): Promise<void> {
  if ((await lstat(path)).isDirectory()) for (const name of await readdir(path)) await walk(join(path, name), visit)
  await visit(path)
}
