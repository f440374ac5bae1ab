import { join } from 'node:path'
import { Command } from 'commander'
import type { BuildOptions } from '../../options.ts'
import type { BuildResult } from '../../build-result.ts'
import type { BuildEvent } from '../../progress/event.ts'
import { buildExamples } from '../flags/build-examples.ts'
import type { BuildFlags } from '../flags/build-flags.ts'
import { toBuildOptions } from '../flags/build-options.ts'
import { refuseReport } from '../flags/report-file.ts'
import { collectOutputs } from '../flags/build-outputs.ts'
import { declareBuildFlags, readBuildFlags } from '../flags/read-build-flags.ts'
import { printPlan } from './plan.ts'
import { exitCodes } from '../../exit-codes.ts'
import { Exit } from '../invocation/exit.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { UsageError } from '../invocation/usage-error.ts'
import { describeEnding, type FinishedBuild } from '../results/ending.ts'
import type { CheckDocument } from '../results/findings.ts'
import { imageId } from '../results/image-id.ts'
import { annotateFindings, formatAnswer } from '../results/print-answer.ts'
import { writeJobFiles } from '../results/job-files.ts'
import { maskSecrets } from '../results/mask-secrets.ts'
import { withEngineLoads } from '../results/load-into-engine.ts'
import { type Call, parseCall } from '../flags/parse-call.ts'
import type { OutputRequest } from '../values/specs/parse-output.ts'
import { chooseMode, createRenderer, type ProgressMode } from '../render/choose-renderer.ts'
import { writeJsonLine } from '../render/json.ts'
import { removeStaleFiles, writeResultFiles } from '../results/result-files.ts'
import { StepTimes } from '../results/step-times.ts'
import { safeBlock, safeText } from '../render/safe-text.ts'

/** `tsbuild build`: builds an image from a Dockerfile. */
export function buildCommand(invocation: Invocation): Command {
  return declareBuildFlags(new Command('build'))
    .description('Build an image from a Dockerfile and a context, the directory that COPY instructions read from.')
    .argument('[context]', 'directory, git or HTTP URL, or - for a tar or a Dockerfile from standard input')
    .addHelpText('after', `\n${buildExamples}`)
    .action(async (context: string | undefined, given: BuildFlags, command: Command) => {
      const { flags, note } = readBuildFlags(given, command)
      if (flags.quiet === true && flags.verbose === true)
        throw new UsageError('--quiet and --verbose exclude each other', { hint: 'leave one of them out' })
      const mode = flags.quiet ? 'quiet' : chooseMode(flags.progress, invocation)
      if (note !== undefined && mode !== 'quiet' && mode !== 'json') invocation.stderr.write(`note: ${note}\n`)
      const { request, ...form } = parseCall(flags)
      if (request !== 'build' || flags.dryRun === true) refuseReport(flags)
      const requests = collectOutputs(flags, invocation)
      const options = await toBuildOptions(flags, context, invocation)
      if (request !== 'build') return ask({ request, ...form }, options, invocation)
      if (flags.dryRun === true) return printPlan(options, { invocation, json: mode === 'json' })
      if (mode === 'grouped') await maskSecrets(options.secrets ?? {}, invocation)
      await removeStaleFiles(flags, invocation.cwd)
      const times = new StepTimes()
      const result = await buildWithProgress({ flags, options, requests, mode, times }, invocation)
      const slowest = times.slowest(5)
      await writeResultFiles(flags, { result, requests }, invocation)
      await writeJobFiles({ result, requests, slowest }, invocation)
      const { report } = flags
      printResult({ result, requests, slowest, ...(report !== undefined && { report }) }, mode, invocation)
    })
}

async function buildWithProgress(
  request: {
    readonly flags: BuildFlags
    readonly options: BuildOptions
    readonly requests: readonly OutputRequest[]
    readonly mode: ProgressMode
    readonly times: StepTimes
  },
  invocation: Invocation,
): Promise<BuildResult> {
  const { flags, options, requests, mode, times } = request
  const dockerfile = nameDockerfile(flags, options)
  const { report: render, close } = createRenderer(mode, invocation, {
    ...(flags.explain !== undefined && { explain: flags.explain }),
    ...(flags.verbose !== undefined && { verbose: flags.verbose }),
    ...(dockerfile !== undefined && { dockerfile }),
  })
  const report = (event: BuildEvent): unknown => {
    times.report(event)
    return render(event)
  }
  let failure: unknown
  try {
    return await withEngineLoads(requests, invocation, (outputs) =>
      invocation.engine.build({ ...options, ...(outputs.length !== 0 && { outputs }), report }),
    )
  } catch (error) {
    failure = error
    throw error
  } finally {
    close(failure)
  }
}

/** Answers `--check` and `--call` on standard output; nothing is built. */
async function ask(
  { request, format, ignoreStatus }: Call & { readonly request: 'check' | 'outline' | 'targets' },
  options: BuildOptions,
  invocation: Invocation,
): Promise<void> {
  const { engine, stdout, stderr } = invocation
  const answer = await engine.answerSubrequest(request, options)
  stdout.write(await formatAnswer(answer, format, invocation))
  for (const note of answer.notes) stderr.write(`note: ${safeText(note)}\n`)
  if (answer.error !== undefined) stderr.write(`ERROR: ${safeBlock(answer.error)}`)
  if (request === 'check') annotateFindings(answer.json as CheckDocument, invocation)
  if (answer.failed && (!ignoreStatus || answer.error !== undefined)) throw new Exit(exitCodes.build)
}

function printResult(finished: FinishedBuild, mode: ProgressMode, { stdout, stderr }: Invocation): void {
  const { result, requests } = finished
  const id = imageId(result, requests)
  switch (mode) {
    case 'json':
      return writeJsonLine(stderr, { type: 'result', ...result })
    case 'quiet':
      if (id !== undefined) stdout.write(`${id}\n`)
      return
    default:
      for (const line of describeEnding(finished)) stderr.write(`${safeText(line)}\n`)
  }
}

/** The Dockerfile as a path, where it is one of this machine; for remarks about its lines. */
function nameDockerfile({ file, dockerfile }: BuildFlags, { context }: BuildOptions): string | undefined {
  const name = file ?? dockerfile
  if (name !== undefined) return name
  return typeof context === 'string' ? join(context, 'Dockerfile') : undefined
}
