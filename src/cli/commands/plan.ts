import { Command, Option } from 'commander'
import type { BuildOptions } from '../../options.ts'
import type { BuildFlags } from '../flags/build-flags.ts'
import { declareBuildFlags, readBuildFlags } from '../flags/read-build-flags.ts'
import { toBuildOptions } from '../flags/build-options.ts'
import { refuseReport } from '../flags/report-file.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { formatTable } from '../render/format.ts'
import { formatWarning } from '../render/plain.ts'
import { safeJson } from '../render/safe-text.ts'

/** `tsbuild plan`: what a build would do, step by step, without executing anything. */
export function planCommand(invocation: Invocation): Command {
  return declareBuildFlags(new Command('plan'), ['--format'])
    .description(
      'Show which steps of a build are cached and why others are not. Takes the options of build; runs no step.',
    )
    .argument('[context]', 'context, as for build')
    .addOption(new Option('--format <format>', 'format of the plan').choices(['table', 'json']).default('table'))
    .addOption(new Option('--json', 'same as --format json'))
    .action(
      async (
        context: string | undefined,
        given: BuildFlags & { readonly format: string; readonly json?: true },
        command: Command,
      ) => {
        const { flags } = readBuildFlags(given, command)
        refuseReport(flags)
        const json = flags.json === true || flags.format === 'json'
        await printPlan(await toBuildOptions(flags, context, invocation), { invocation, json })
      },
    )
}

/** Prints the plan of a build on standard output: a table, or JSON. */
export async function printPlan(
  options: BuildOptions,
  { invocation, json }: { readonly invocation: Invocation; readonly json: boolean },
): Promise<void> {
  const { stdout, stderr, engine } = invocation
  const plan = await engine.plan(options)
  if (json) return void stdout.write(`${safeJson(plan, 2)}\n`)
  for (const warning of plan.warnings) stderr.write(`${formatWarning(warning)}\n`)
  const rows = plan.steps.map(({ state, platform, name, reason, cache }) => [
    state,
    platform,
    name,
    reason ?? (cache === undefined ? '' : `in ${cache}`),
  ])
  stdout.write(formatTable([['CACHE', 'PLATFORM', 'STEP', 'WHY'], ...rows]))
  stdout.write(`\nplan ${plan.id}\n`)
}
