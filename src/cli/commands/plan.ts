import { Command, Option } from 'commander'
import { addBuildFlags, addPeerFlags, type BuildFlags } from '../flags/build-flags.ts'
import { toBuildOptions } from '../flags/build-options.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { formatTable } from '../render/format.ts'
import { formatWarning } from '../render/plain.ts'
import { safeJson } from '../render/safe-text.ts'

/** `tsbuild plan`: what a build would do, step by step, without executing anything. */
export function planCommand(invocation: Invocation): Command {
  const { stdout, stderr, engine } = invocation
  return addPeerFlags(addBuildFlags(new Command('plan')))
    .description(
      'Show which steps of a build are cached and why others are not. Takes the options of build; runs no step.',
    )
    .argument('[context]', 'context, as for build')
    .addOption(new Option('--format <format>', 'format of the plan').choices(['table', 'json']).default('table'))
    .action(async (context: string | undefined, flags: BuildFlags & { readonly format: string }) => {
      const plan = await engine.plan(await toBuildOptions(flags, context, invocation))
      if (flags.format === 'json') return void stdout.write(`${safeJson(plan, 2)}\n`)
      for (const warning of plan.warnings) stderr.write(`${formatWarning(warning)}\n`)
      const rows = plan.steps.map(({ state, platform, name, reason = '' }) => [state, platform, name, reason])
      stdout.write(formatTable([['CACHE', 'PLATFORM', 'STEP', 'WHY'], ...rows]))
      stdout.write(`\nplan ${plan.id}\n`)
    })
}
