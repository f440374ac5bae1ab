import type { HostReport } from '@tsbuild/registry'
import type { ExplainReferenceOptions, ReferenceReport } from '../../diagnosis/explain-reference.ts'
import { exitCodes } from '../../exit-codes.ts'
import { Exit } from '../invocation/exit.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { safeBlock, safeJson } from '../render/safe-text.ts'

/** `tsbuild doctor REFERENCE`: hosts of a reference, the files behind them, and answers. */
export async function doctorReference(
  { stdout, engine, signal }: Invocation,
  { json, ...options }: Omit<ExplainReferenceOptions, 'signal'> & { readonly json: boolean },
): Promise<void> {
  const report = await engine.explainReference({ signal, ...options })
  stdout.write(json ? `${safeJson(report, 2)}\n` : safeBlock(formatReport(report)))
  if (!report.works) throw new Exit(exitCodes.network)
}

function formatReport({ reference, works, decidedBy, blocked, hosts, ignoredAlias }: ReferenceReport): string {
  const verdict = blocked ? 'blocked: no request is sent' : works ? 'can be read' : 'cannot be read'
  const pushes = hosts.filter((host) => host.pushes).map((host) => `${host.host}/${host.repository}`)
  return [
    `${reference}: ${verdict}`,
    decidedBy === undefined
      ? 'decided by the name; no file describes it'
      : `decided by ${decidedBy.file}${decidedBy.setting === '' ? '' : `: ${decidedBy.setting}`}`,
    ...(ignoredAlias === undefined
      ? []
      : [`alias of ${ignoredAlias.file} not used: podman reads ${ignoredAlias.name}, tsbuild what Docker does`]),
    ...(hosts.length === 0 ? [] : ['', 'Read from, in this order:', ...hosts.flatMap(formatHost)]),
    ...(pushes.length === 0 ? [] : ['', `Pushed to: ${pushes.join(', ')}`]),
    '',
  ].join('\n')
}

function formatHost(report: HostReport, index: number): readonly string[] {
  const { host, repository, role, url, tls, proxy, credentials, answer } = report
  const rows = [
    ['role', `${role}, for ${formatReads(report)}`],
    ['url', url],
    ['tls', formatTls(tls)],
    ['proxy', `${proxy.url ?? 'none'} (${proxy.reason})`],
    ['credentials', formatCredentials(credentials)],
    ['answer', formatAnswer(answer)],
    ...(answer.hint === undefined ? [] : [['hint', answer.hint]]),
  ]
  return [
    `  ${index + 1}. ${host}/${repository}`,
    ...rows.map(([name = '', text]) => `     ${name.padEnd(12)} ${text}`),
  ]
}

function formatReads({ reads, asked }: HostReport): string {
  const words = reads.map((kind) => (kind === 'digests-after-tag' ? 'digests of the tags it resolved' : kind))
  return `${words.join(' and ') || 'nothing'}${asked ? '' : '; skipped for this reference'}`
}

function formatTls({ used, verified, files }: HostReport['tls']): string {
  if (!used) return 'not used: plain HTTP'
  return `certificate ${verified ? 'verified' : 'not verified'}${files.length === 0 ? '' : `, with ${files.join(', ')}`}`
}

function formatCredentials({ place, entry, kind, error }: HostReport['credentials']): string {
  if (error !== undefined) return error
  return place === undefined ? 'none' : `${kind} of ${place}: ${entry}`
}

function formatAnswer({ works, hasImage, reason }: HostReport['answer']): string {
  if (!works) return `fails: ${reason}`
  return `works, ${hasImage === true ? 'has the image' : 'lacks the image'}`
}
