import { appendFile } from 'node:fs/promises'
import { detectService } from '../ci/detect-service.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { formatDuration } from '../../units.ts'
import { safeText } from '../render/safe-text.ts'
import { truncateText } from '../render/text-width.ts'
import { describePlatform, describeSteps, type FinishedBuild, totalTime } from './ending.ts'
import { imageId } from './image-id.ts'
import { buildMetadata } from '../flags/metadata.ts'

/**
 * Gives a CI service that has files for it a summary of the build, and digest, image id and
 * metadata as outputs of the step, under the names that docker/build-push-action uses. A file that
 * cannot be written is a warning.
 */
export async function writeJobFiles(
  finished: FinishedBuild,
  { env, stderr }: Pick<Invocation, 'env' | 'stderr'>,
): Promise<void> {
  const files = detectService(env)?.files
  if (files === undefined) return
  const { result, requests } = finished
  const outputs = {
    imageid: imageId(result, requests),
    digest: result.digest,
    metadata: JSON.stringify(buildMetadata(result, env)),
  }
  const encoded = Object.entries(outputs).flatMap(([name, value]) =>
    value === undefined ? [] : [files.encode(name, value)],
  )
  const append = async (variable: string, text: string): Promise<void> => {
    const file = env[variable]
    if (!file) return
    await appendFile(file, text).catch((error: Error) => {
      stderr.write(`WARNING: cannot write the file of ${variable}: ${safeText(error.message)}\n`)
    })
  }
  await append(files.outputs, encoded.join(''))
  await append(files.summary, summarize(finished))
}

function summarize({ result, slowest }: FinishedBuild): string {
  const { digest, names, platforms, warnings } = result
  const rows: readonly (readonly [string, string])[] = [
    ...(digest === undefined ? [] : [['Digest', `<code>${digest}</code>`] as const]),
    ...platforms.map((platform) => ['Image', escape(describePlatform(platform))] as const),
    ...result.outputs.map((output) => ['Output', escape(output)] as const),
    ['Steps', describeSteps(result)],
    ['Time', formatDuration(totalTime(result))],
  ]
  const table = ['| | |', '|---|---|', ...rows.map(([name, value]) => `| ${name} | ${value} |`)]
  const steps = slowest.map(
    ({ name, duration }) => `| ${escape(truncateText(name, 100))} | ${formatDuration(duration)} |`,
  )
  return [
    `### ${names.length === 0 ? 'Image built' : names.map((name) => `<code>${escape(name)}</code>`).join(', ')}`,
    '',
    ...table,
    ...(steps.length === 0 ? [] : ['', '| slowest steps | time |', '|---|---|', ...steps]),
    ...(warnings.length === 0
      ? []
      : [
          '',
          ...warnings.map(({ message, line }) => `- ⚠ ${line === undefined ? '' : `line ${line}: `}${escape(message)}`),
        ]),
    '',
    '',
  ].join('\n')
}

/** Text of others within Markdown: one line without marks that mean something. */
function escape(text: string): string {
  return safeText(text).replaceAll(/[&<>|`*_[\]\\!#~@]/g, (mark) => `&#${mark.charCodeAt(0)};`)
}
