import { resolve } from 'node:path'
import { packageVersion } from '../../session/package-version.ts'
import type { SubrequestAnswer } from '../../subrequest/subrequest-answer.ts'
import { annotate } from '../ci/annotate.ts'
import { detectService } from '../ci/detect-service.ts'
import type { Call } from '../flags/parse-call.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { safeBlock, safeJson, safeText } from '../render/safe-text.ts'
import { type CheckDocument, formatCodeQuality, formatSarif, listFindings, pathInCheckout } from './findings.ts'

/** The answer to `--call` or `--check` in the requested form. */
export async function formatAnswer(
  { text, json }: SubrequestAnswer,
  format: Call['format'],
  { cwd, env }: Pick<Invocation, 'cwd' | 'env'>,
): Promise<string> {
  if (format === 'text') return safeBlock(text)
  if (format === 'json') return `${safeJson(json, 2)}\n`
  const document = json as CheckDocument
  const checkout = env[detectService(env)?.checkout ?? ''] || cwd
  const file = pathInCheckout(resolve(cwd, fileName(document)), checkout)
  const findings = listFindings(document)
  return format === 'sarif' ? formatSarif(findings, file, await packageVersion()) : formatCodeQuality(findings, file)
}

/** Shows the findings of `--check` on the page of the CI service, beside their lines. */
export function annotateFindings(
  document: CheckDocument,
  invocation: Pick<Invocation, 'cwd' | 'env' | 'stderr'>,
): void {
  const service = detectService(invocation.env)
  if (service === undefined) return
  const file = fileName(document)
  for (const { level, rule, message, lines } of listFindings(document)) {
    const text = `${rule === 'error' ? '' : `${rule}: `}${message}`
    const remark = { level, message: service.disarm(safeText(text)), file, line: lines[0] }
    const line = annotate(service, remark, invocation)
    if (line !== undefined) invocation.stderr.write(`${line}\n`)
  }
}

function fileName({ sources: [source] = [] }: CheckDocument): string {
  return source?.filename ?? 'Dockerfile'
}
