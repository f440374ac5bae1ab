import { resolve } from 'node:path'
import { Command, Option } from 'commander'
import type { Diagnosis, RungReport } from '../../diagnosis/diagnose.ts'
import type { Improvement } from '../../diagnosis/improve.ts'
import type { PlaceName } from '../../diagnosis/place.ts'
import { exitCodes } from '../../exit-codes.ts'
import { Exit } from '../invocation/exit.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { doctorStore } from './doctor-store.ts'
import { addStoreFlags, type StoreFlags } from './with-store.ts'
import { safeBlock, safeJson } from '../render/safe-text.ts'

interface DoctorFlags extends StoreFlags {
  readonly json?: boolean
  readonly verbose?: boolean
  readonly store?: boolean
  readonly repair?: boolean
}

/** `tsbuild doctor`: how RUN is isolated on this machine, and what would improve it. */
export function doctorCommand(invocation: Invocation): Command {
  const { stdout, engine, signal, cwd } = invocation
  return addStoreFlags(new Command('doctor'))
    .description(
      'Check how RUN is isolated on this machine and suggest fixes. Exits with code 3 if RUN cannot be isolated. With --store, check the local store. Exits with code 1 if problems are left.',
    )
    .option('--json', 'print JSON')
    .option('-v, --verbose', 'print what to change in every system, not only in the one that tsbuild runs in')
    .option('--store', 'read the whole store and print what is damaged or points at missing bytes')
    .addOption(new Option('--repair', 'remove that, so that builds make it again').implies({ store: true }))
    .action(async ({ json = false, verbose, store, repair = false, ...flags }: DoctorFlags) => {
      const root = flags.root === undefined ? {} : { root: resolve(cwd, flags.root) }
      if (store) return doctorStore(invocation, { ...root, repair, json })
      const diagnosis = await engine.diagnose({ signal, ...root })
      stdout.write(json ? `${safeJson(diagnosis, 2)}\n` : safeBlock(formatDiagnosis(diagnosis, verbose === true)))
      if (diagnosis.chosen === undefined) throw new Exit(exitCodes.isolation)
    })
}

function formatDiagnosis(
  { rungs, onRequest, chosen, places, improvement, limits, facts }: Diagnosis,
  verbose: boolean,
): string {
  const verdict =
    chosen === undefined
      ? 'RUN cannot be isolated here; builds without RUN work'
      : `RUN is isolated with "${chosen}"${chosen === rungs[0]?.name ? ', the strongest there is' : ''}`
  const { loses, network = [] } = rungs.find(({ name }) => name === chosen) ?? {}
  const modes = network.map(([mode, reaches]) => `  ${mode.padEnd(14)} ${reaches}`)
  const width = Math.max(0, ...facts.map(([name]) => name.length))
  return [
    verdict,
    ...(loses === undefined ? [] : [`lost on it: ${loses}`]),
    ...section(
      'Isolation, strongest first:',
      rungs.flatMap((rung) => formatRung(rung, chosen)),
    ),
    ...section(
      'On request, by --isolation:',
      onRequest.flatMap((rung) => formatRung(rung, chosen)),
    ),
    ...(improvement === undefined ? [] : formatImprovement(improvement, { places, verbose })),
    ...section('Network of RUN, by --network:', modes),
    ...section(
      'Limits of RUN:',
      chosen === undefined ? [] : limits.flatMap(([flags, effect]) => [`  ${flags}`, `${' '.repeat(17)}${effect}`]),
    ),
    ...(facts.length === 0 ? [] : ['', ...facts.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`)]),
    '',
  ].join('\n')
}

function formatRung({ name, available, reason, hint }: RungReport, chosen: string | undefined): readonly string[] {
  return [
    `  ${name === chosen ? '>' : ' '} ${name.padEnd(14)} ${available ? 'works' : 'refused'}${reason === undefined ? '' : `: ${reason}`}`,
    ...(hint === undefined ? [] : [`${' '.repeat(19)}${hint}`]),
  ]
}

/** The words of the system around this process; those of the others on request. */
function formatImprovement(
  { rung, changes }: Improvement,
  { places, verbose }: Pick<Diagnosis, 'places'> & { readonly verbose: boolean },
): readonly string[] {
  const shown = verbose ? changes : changes.slice(0, places.length)
  const lines = shown.flatMap(({ place, words }) => [`  ${titles[place]}:`, ...words.map((text) => `    ${text}`)])
  return section(`Smallest change for "${rung}"${verbose ? '' : ' (-v: in other systems)'}:`, lines)
}

const titles: Readonly<Record<PlaceName, string>> = {
  machine: 'this machine',
  docker: 'Docker',
  kubernetes: 'Kubernetes',
  gitlab: 'GitLab',
  openshift: 'OpenShift',
  github: 'GitHub Actions',
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', title, ...lines]
}
