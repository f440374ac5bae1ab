import { resolve } from 'node:path'
import { Command } from 'commander'
import type { Diagnosis } from '../../diagnose.ts'
import { exitCodes } from '../../exit-codes.ts'
import { Exit } from '../invocation/exit.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { addStoreFlags, type StoreFlags } from './with-store.ts'
import { safeBlock, safeJson } from '../render/safe-text.ts'

/** `tsbuild doctor`: how RUN is isolated on this machine, and what would improve it. */
export function doctorCommand(invocation: Invocation): Command {
  const { stdout, engine, signal, cwd } = invocation
  return addStoreFlags(new Command('doctor'))
    .description('Check how RUN is isolated on this machine and suggest fixes. Exits with code 3 if RUN cannot be isolated.')
    .option('--json', 'print JSON')
    .action(async ({ json, root }: StoreFlags & { readonly json?: boolean }) => {
      const diagnosis = await engine.diagnose({ signal, ...(root === undefined ? {} : { root: resolve(cwd, root) }) })
      stdout.write(json ? `${safeJson(diagnosis, 2)}\n` : safeBlock(formatDiagnosis(diagnosis)))
      if (diagnosis.chosen === undefined) throw new Exit(exitCodes.isolation)
    })
}

function formatDiagnosis({ rungs, chosen, facts }: Diagnosis): string {
  const verdict =
    chosen === undefined
      ? 'RUN cannot be isolated here; builds without RUN work'
      : `RUN is isolated with "${chosen}"${chosen === rungs[0]?.name ? ', the strongest there is' : ''}`
  const ladder = rungs.flatMap(({ name, available, reason, hint }) => [
    `  ${name === chosen ? '>' : ' '} ${name.padEnd(14)} ${available ? 'works' : 'refused'}${reason === undefined ? '' : `: ${reason}`}`,
    ...(hint === undefined ? [] : [`${' '.repeat(19)}${hint}`]),
  ])
  const { network = [] } = rungs.find(({ name }) => name === chosen) ?? {}
  const modes = network.map(([mode, reaches]) => `    ${mode.padEnd(14)} ${reaches}`)
  const width = Math.max(0, ...facts.map(([name]) => name.length))
  const lines = facts.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`)
  return [
    verdict,
    '',
    'Isolation, strongest first:',
    ...ladder,
    ...(modes.length === 0 ? [] : ['', 'Network of RUN, by --network:', ...modes]),
    ...(lines.length === 0 ? [] : ['', ...lines]),
    '',
  ].join('\n')
}
