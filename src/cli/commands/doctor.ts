import { resolve } from 'node:path'
import { Command, Option } from 'commander'
import type { Diagnosis, RungReport } from '../../diagnosis/diagnose.ts'
import type { Improvement } from '../../diagnosis/improve.ts'
import type { PlaceName } from '../../diagnosis/place.ts'
import { exitCodes } from '../../exit-codes.ts'
import { chooseIsolation, isolationFlag } from '../flags/isolation.ts'
import { Exit } from '../invocation/exit.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { UsageError } from '../invocation/usage-error.ts'
import { doctorReference } from './doctor-reference.ts'
import { doctorStore } from './doctor-store.ts'
import { addStoreFlags, type StoreFlags } from './with-store.ts'
import { safeBlock, safeJson } from '../render/safe-text.ts'
import {
  allowsInsecure,
  authFileHelp,
  certDirHelp,
  tlsVerifyHelp,
  withRegistryFiles,
} from '../values/registry-access.ts'

interface DoctorFlags extends StoreFlags {
  readonly json?: boolean
  readonly verbose?: boolean
  readonly isolation?: string
  readonly store?: boolean
  readonly repair?: boolean
  readonly authfile?: string
  readonly certDir?: string
  readonly insecure?: boolean
  readonly tlsVerify?: string
}

/** `tsbuild doctor`: isolation of RUN on this machine, state of the store, or way to an image. */
export function doctorCommand(invocation: Invocation): Command {
  const { stdout, engine, signal, cwd } = invocation
  return addStoreFlags(new Command('doctor'))
    .description(
      'Check how RUN is isolated on this machine and suggest fixes. Exits with code 3 if RUN cannot be isolated. With --store, check the local store. Exits with code 1 if problems are left. With a REFERENCE, print which files decide on its hosts, credentials, certificates and proxy, and ask these hosts. Exits with code 4 if it cannot be read.',
    )
    .argument('[reference]', 'name of an image in a registry')
    .option('--json', 'print JSON')
    .option('-v, --verbose', 'print what to change in every system, not only in the one that tsbuild runs in')
    .addOption(isolationFlag())
    .option('--store', 'read the whole store and print what is damaged or points at missing bytes')
    .addOption(new Option('--repair', 'remove that, so that builds make it again').implies({ store: true }))
    .option('--authfile <file>', `with a REFERENCE: ${authFileHelp}`)
    .option('--cert-dir <directory>', `with a REFERENCE: ${certDirHelp}`)
    .option('--insecure', 'with a REFERENCE: allow plain HTTP or unverified TLS')
    .option('--tls-verify <boolean>', `with a REFERENCE: ${tlsVerifyHelp}`)
    .action(async (reference: string | undefined, flags: DoctorFlags) => {
      const { json = false, verbose, store, repair = false } = flags
      checkFlags(reference, flags)
      if (reference !== undefined) {
        const env = await withRegistryFiles(invocation, flags)
        return doctorReference(invocation, { reference, insecure: allowsInsecure(flags), env, json })
      }
      const root = flags.root === undefined ? {} : { root: resolve(cwd, flags.root) }
      if (store) return doctorStore(invocation, { ...root, repair, json })
      const wanted = chooseIsolation(flags, invocation.env)
      const diagnosis = await engine.diagnose({ signal, ...root, ...(wanted !== undefined && { wanted }) })
      stdout.write(json ? `${safeJson(diagnosis, 2)}\n` : safeBlock(formatDiagnosis(diagnosis, verbose === true)))
      if (diagnosis.chosen === undefined) throw new Exit(exitCodes.isolation)
    })
}

/** Throws `UsageError` for a flag without effect. */
function checkFlags(reference: string | undefined, flags: DoctorFlags): void {
  const { verbose, isolation, store, root, authfile, certDir, insecure, tlsVerify } = flags
  const others =
    reference === undefined
      ? { '--authfile': authfile, '--cert-dir': certDir, '--insecure': insecure, '--tls-verify': tlsVerify }
      : { '--store': store, '--verbose': verbose, '--root': root, '--isolation': isolation }
  const [flag] = Object.entries(others).find(([, value]) => value !== undefined) ?? []
  if (store && isolation !== undefined) throw new UsageError('option --isolation cannot be used with --store')
  if (flag !== undefined)
    throw new UsageError(`option ${flag} ${reference === undefined ? 'needs' : 'cannot be used with'} a REFERENCE`)
}

function formatDiagnosis(diagnosis: Diagnosis, verbose: boolean): string {
  const { rungs, onRequest, chosen, places, improvement, limits, facts } = diagnosis
  const { loses, network = [] } = [...rungs, ...onRequest].find(({ name }) => name === chosen) ?? {}
  const modes = network.map(([mode, reaches]) => `  ${mode.padEnd(14)} ${reaches}`)
  const width = Math.max(0, ...facts.map(([name]) => name.length))
  return [
    formatVerdict(diagnosis),
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

function formatVerdict({ rungs, wanted, chosen }: Diagnosis): string {
  if (chosen === undefined) {
    const failed = wanted === undefined ? 'RUN cannot be isolated here' : `RUN cannot be isolated with "${wanted}" here`
    return `${failed}; builds without RUN work`
  }
  if (wanted !== undefined) return `RUN is isolated with "${chosen}", as --isolation or TSBUILD_ISOLATION says`
  return `RUN is isolated with "${chosen}"${chosen === rungs[0]?.name ? ', the strongest there is' : ''}`
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
