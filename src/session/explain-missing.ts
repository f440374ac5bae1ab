import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { suggest } from '@tsbuild/dockerfile'
import { emptyView, nameOf, parentOf, type Path, type TreeError } from '@tsbuild/tree'
import type { Vertex } from '../graph/vertex.ts'
import { StepError, type StepHelp } from '../solve/step-error.ts'
import type { OpenedContexts } from '../context/contexts.ts'
import { listEntries } from '../context/list-entries.ts'
import { findByName } from '../context/find-by-name.ts'

/** Facts about the contexts. */
export type KnownContexts = Pick<OpenedContexts, 'local' | 'ignore' | 'ignoreFile'>

/**
 * The error of a step whose source is not there: says where it was looked for, which rule of the
 * ignore file hides it, or which path may have been meant.
 */
export function explainMissing(vertex: Vertex, cause: TreeError, contexts: KnownContexts): StepError {
  const { path } = cause
  if (path === undefined) return new StepError(vertex, cause)
  const written = writtenPath(vertex, path)
  const local = localContext(vertex)
  const verb = vertex.op.kind === 'run' ? 'mount' : 'copy'
  const place = local === undefined ? findPlace(vertex) : local === 'context' ? 'the context' : `context "${local}"`
  return new StepError(vertex, cause, {
    message: `cannot ${verb} ${cause.message}${place === undefined ? '' : ` in ${place}`}`,
    word: written,
    ...(local === undefined || isView(contexts, local)
      ? insideHelp(cause)
      : helpFor(
          path,
          { written, isMain: local === 'context' },
          { ...contexts, directory: findDirectory(contexts, local) },
        )),
  })
}

function isView({ local }: KnownContexts, name: string): boolean {
  const source = local.get(name)
  return source !== undefined && 'view' in source && source.view !== emptyView
}

function findDirectory({ local }: KnownContexts, name: string): string | undefined {
  const source = local.get(name)
  return source && 'directory' in source ? source.directory : undefined
}

/** Name of the directory of the caller that the step takes files from, where it is one alone. */
function localContext({ inputs }: Vertex): string | undefined {
  const names = inputs.flatMap(({ op }) => (op.kind === 'local' ? [op.context] : []))
  return names.length === 1 ? names[0] : undefined
}

/** Other sources of files of a step, for people. */
function findPlace({ inputs, op }: Vertex): string | undefined {
  const [source] = inputs.slice(1)
  if (inputs.length !== 2 || source === undefined || op.kind !== 'copy') return undefined
  return source.stage === undefined
    ? undefined
    : `stage ${/^\d+$/.test(source.stage) ? source.stage : `"${source.stage}"`}`
}

/** The source as it stands in the Dockerfile; the path where variables make it another. */
function writtenPath({ op }: Vertex, path: Path): string {
  const sources =
    op.kind === 'copy' ? op.sources.map((source) => source.path) : op.kind === 'run' ? mountSources(op.mounts) : []
  return sources.find((source) => source.replace(/\/+$/, '').endsWith(path)) ?? path
}

function mountSources(mounts: Extract<Vertex['op'], { readonly kind: 'run' }>['mounts']): readonly string[] {
  return mounts.flatMap((mount) => ('source' in mount ? [mount.source] : []))
}

function helpFor(
  path: Path,
  { written, isMain }: { readonly written: string; readonly isMain: boolean },
  { directory, ignore, ignoreFile }: Omit<KnownContexts, 'local'> & { readonly directory: string | undefined },
): StepHelp {
  const rule = isMain ? ignore?.why(path) : undefined
  if (rule !== undefined && !rule.negated) {
    const hint = `"${path}" is excluded from the context by "${rule.pattern}", line ${rule.line} of ${ignoreFile}; add "!${path}" below it to include it`
    return { hint }
  }
  if (directory === undefined) return { hint: 'the context has no files, only a Dockerfile' }
  if (written.startsWith('../')) {
    return {
      hint: 'files outside the context cannot be copied: build from a parent directory, or add --build-context NAME=DIRECTORY and COPY --from=NAME',
    }
  }
  const similar = nearest(path, directory) ?? findByName(nameOf(path), directory)
  if (similar !== undefined) return { hint: `did you mean "${similar}"?`, suggestion: similar }
  return { hint: thereIs(path, directory) }
}

/** The path that may have been meant in files that are no directory of the caller. */
function insideHelp({ path = '', beside }: TreeError): StepHelp {
  const similar = likeName(nameOf(path), beside)
  const suggestion =
    similar === undefined ? undefined : `/${parentOf(path) === '' ? '' : `${parentOf(path)}/`}${similar}`
  return suggestion === undefined ? {} : { hint: `did you mean "${suggestion}"?`, suggestion }
}

/** The path with a name that looks alike in place of the first component that is missing. */
function nearest(path: Path, directory: string): Path | undefined {
  const parts = path.split('/')
  for (let index = 0; index < parts.length; index += 1) {
    const above = parts.slice(0, index).join('/')
    const names = namesIn(directory, above)
    const name = parts[index] ?? ''
    if (names.includes(name)) continue
    const similar = likeName(name, names)
    if (similar === undefined) return undefined
    const path = [...parts.slice(0, index), similar]
    const whole = [...path, ...parts.slice(index + 1)].join('/')
    return existsSync(join(directory, whole)) ? whole : path.join('/')
  }
  return undefined
}

function likeName(name: string, names: readonly string[]): string | undefined {
  const sameLetters = names.find((other) => other.toLowerCase() === name.toLowerCase())
  return sameLetters ?? suggest(name, names)
}

function namesIn(directory: string, path: Path): readonly string[] {
  return listEntries(join(directory, path)).map(({ name }) => name)
}

/** Contents of the nearest directory that exists. */
function thereIs(path: Path, directory: string): string {
  let above = parentOf(path)
  while (above !== '' && namesIn(directory, above).length === 0) above = parentOf(above)
  const names = namesIn(directory, above)
  const shown = names.slice(0, 8).join(', ') + (names.length > 8 ? ', …' : '')
  return `${above === '' ? 'the context' : `"${above}"`} has ${shown === '' ? 'nothing' : shown}`
}
