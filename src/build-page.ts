import { stat } from 'node:fs/promises'
import { type Compression, oneChunk } from '@tsbuild/content'
import { formatPlatform } from '@tsbuild/oci'
import type { BuildRequest } from './build-request.ts'
import { ExportError } from './export/export-error.ts'
import { writeNamedFile } from './export/write-named-file.ts'
import { describeFailure } from './failure.ts'
import type { AssembledImage } from './image/assemble.ts'
import type { SolvedTarget } from './image/target.ts'
import { formatMessage, knownError } from './known-error.ts'
import type { BuildResult } from './build-result.ts'
import { BuildRecord } from './report/build/record-build.ts'
import { describeLayered } from './report/image/describe-image.ts'
import type { BuildReport, ReportedFailure, ReportedImage } from './report/model/build-report.ts'
import { renderBuild } from './report/page/render-build.ts'
import type { Session } from './session/session.ts'

/** An interrupted build waits this long for the reader of its page, in milliseconds. */
const patience = 2000

/** Observer of a build. */
export interface BuildWatch {
  /** The Dockerfile has been read. */
  opened?(session: Pick<Session, 'contexts'>): void
  /** All outputs are written; layers can still be read. */
  exported?(
    solved: readonly SolvedTarget[],
    form: { readonly image?: AssembledImage; readonly compression: Compression },
  ): Promise<void>
}

/**
 * Runs a build, and writes a page about it to `file` when it ends, well or not. A page that cannot
 * be written is a warning of a build that fails, and fails any other.
 */
export async function withBuildPage(
  request: BuildRequest,
  file: string,
  action: (request: BuildRequest, watch: BuildWatch) => Promise<BuildResult>,
): Promise<BuildResult> {
  await checkFile(file, request)
  const record = new BuildRecord(request.report)
  const page = new BuildPage(request, record)
  const result = await action({ ...request, report: record.report }, page.watch).catch(async (error: unknown) => {
    await writePage(file, page.render({ failure: describeEnd(error, page.dockerfile) }), request.signal).catch(
      (problem: unknown) => {
        const message = `no page about the build: ${formatMessage(problem)}`
        void request.report({ type: 'warning', code: 'ReportNotWritten', message })
      },
    )
    throw error
  })
  await writePage(file, page.render({ ...(result.digest !== undefined && { digest: result.digest }) }), request.signal)
  return result
}

class BuildPage {
  readonly watch: BuildWatch
  readonly #request: BuildRequest
  readonly #record: BuildRecord
  readonly #images: ReportedImage[] = []
  readonly #notes: string[] = []
  #dockerfile: BuildReport['dockerfile']
  #end: number | undefined

  constructor(request: BuildRequest, record: BuildRecord) {
    this.#request = request
    this.#record = record
    this.watch = {
      opened: ({ contexts }) => {
        this.#dockerfile = contexts.dockerfile
      },
      exported: (solved, form) => this.#describe(solved, form),
    }
  }

  get dockerfile(): BuildReport['dockerfile'] {
    return this.#dockerfile
  }

  render({ failure, digest }: { readonly failure?: Ending; readonly digest?: string }): string {
    const { started, warnings } = this.#record
    const now = this.#end ?? Date.now()
    const dockerfile = this.#dockerfile ?? failure?.source
    return renderBuild({
      name: this.#request.tags?.join(', ') || nameContext(this.#request),
      started,
      duration: now - started,
      steps: this.#record.steps(now),
      warnings,
      images: this.#images,
      ...(dockerfile && { dockerfile }),
      ...(failure && { failure }),
      ...(digest !== undefined && { digest }),
      notes: [...this.#record.notes, ...this.#notes],
    })
  }

  async #describe(...[solved, form]: Parameters<NonNullable<BuildWatch['exported']>>): Promise<void> {
    this.#end = Date.now()
    const { signal } = this.#request
    for (const [index, target] of solved.entries()) {
      try {
        this.#images.push(await describeTarget(target, { ...form, index, signal }))
      } catch (error) {
        signal.throwIfAborted()
        const platform = formatPlatform(target.lowered.platform)
        this.#notes.push(`the files of ${platform} are left out: ${formatMessage(error)}`)
      }
    }
  }
}

/** Files and settings of a target, with the digests of its image where one was made. */
async function describeTarget(
  { lowered, snapshot }: SolvedTarget,
  {
    image,
    compression,
    index,
    signal,
  }: {
    readonly image?: AssembledImage
    readonly compression: Compression
    readonly index: number
    readonly signal: AbortSignal
  },
): Promise<ReportedImage> {
  const published = image?.platforms[index]
  const layers = snapshot.map(async (layer, at) => ({
    layer,
    descriptor: published?.layers[at] ?? layer.origin?.descriptor ?? (await layer.blob(compression)),
  }))
  const layered = {
    platform: formatPlatform(lowered.platform),
    config: {
      ...lowered.config,
      history: lowered.history,
      rootfs: { type: 'layers' as const, diff_ids: published?.diffIds ?? [] },
    },
    layers: await Promise.all(layers),
  }
  const described = await describeLayered(layered, { signal })
  return { ...described, ...(published && { digest: published.manifest.digest }) }
}

/** The end of a build that failed, with the file that the error points into. */
type Ending = ReportedFailure & { readonly source?: BuildReport['dockerfile'] }

function describeEnd(error: unknown, dockerfile: BuildReport['dockerfile']): Ending {
  const { code, message, hint, line, file } = describeFailure(error)
  const { source } = knownError(error)
  const isShown = dockerfile === undefined || file === dockerfile.name
  return {
    code,
    message,
    ...(hint !== undefined && { hint }),
    ...(line !== undefined && isShown && { line }),
    ...(source && { source }),
  }
}

function nameContext({ context }: BuildRequest): string {
  return typeof context === 'string' ? context : 'Build'
}

/** Rejects with `ExportError` `OUTPUT_CONFLICT` for a directory or the file of an output. */
async function checkFile(file: string, { outputs }: BuildRequest): Promise<void> {
  const present = await stat(file).catch(() => undefined)
  if (present?.isDirectory())
    throw new ExportError('OUTPUT_CONFLICT', `destination file ${file} is a directory`, {
      hint: 'name a file for the report, such as build.html',
    })
  const isTaken = outputs.some((output) => 'dest' in output && output.dest === file)
  // Devices take what all of them write.
  if (isTaken && (present === undefined || present.isFile()))
    throw new ExportError('OUTPUT_CONFLICT', `the report and an output have the same destination ${file}`, {
      hint: 'name another file for the report',
    })
}

/** Writes a page. The reader of an interrupted build may be gone. */
async function writePage(file: string, page: string, signal: AbortSignal): Promise<void> {
  const wanted = signal.aborted ? AbortSignal.timeout(patience) : signal
  await writeNamedFile(file, oneChunk(Buffer.from(page)), wanted)
}
