import type { Command } from 'commander'
import { commands } from './commands.ts'
import { exitCodes } from '../exit-codes.ts'
import { Exit } from './invocation/exit.ts'
import type { Invocation } from './invocation/invocation.ts'
import type { ResolvedCall } from './invocation/resolved-call.ts'

/**
 * Runs one call of `tsbuild`; `argv` is what follows the program's name. Returns the exit code,
 * never throws.
 */
export async function run(argv: readonly string[], invocation: Invocation): Promise<number> {
  try {
    await dispatch(argv, invocation)
    await deliver(invocation)
    return exitCodes.done
  } catch (error) {
    if (error instanceof Exit) return error.status
    const { failure } = invocation.stdout
    // A reader that closes standard output early, like `head`, needs no message.
    if (failure !== undefined && 'code' in failure && failure.code === 'EPIPE') return exitCodes.build
    const { fail } = await import('./failure/fail.ts')
    return fail(failure === undefined ? error : await outputError(failure), invocation, {
      json: wantsJson(argv, invocation),
    })
  }
}

/** Waits until the reader of standard output has the results. */
async function deliver({ stdout, signal }: Invocation): Promise<void> {
  if (stdout.flush === undefined || (await stdout.flush())) return
  signal.throwIfAborted()
  throw stdout.failure ?? new Error('standard output is closed')
}

async function outputError(failure: Error): Promise<unknown> {
  const { explainOutput } = await import('../export/explain-write.ts')
  return explainOutput(failure)
}

async function dispatch(argv: readonly string[], invocation: Invocation): Promise<void> {
  const [word, ...rest] = argv
  switch (word) {
    case '--version':
      return printVersion(invocation)
    case undefined:
    case '-h':
    case '--help':
      return printOverview(invocation)
    case 'help':
      return rest.length === 0 ? printOverview(invocation) : dispatch([...rest, '--help'], invocation)
    default:
      if (commands.has(word) && !(await isPeerCall(argv))) return runCommand({ command: word, argv: rest }, invocation)
      if (await runAlias(argv, invocation)) return
      await refuseMistyped(word, invocation)
      return runCommand({ command: 'build', argv }, invocation)
  }
}

/** True for words of other tools that begin with a command of tsbuild, such as `tag ls`. */
async function isPeerCall(argv: readonly string[]): Promise<boolean> {
  if (!['tag', 'registry', 'index'].includes(argv[0] ?? '')) return false
  return (await import('./registry-words.ts')).isPeerCall(argv)
}

/** True for a call in the words of docker, podman, skopeo and others, which is done then. */
async function runAlias(argv: readonly string[], invocation: Invocation): Promise<boolean> {
  if (!/^[a-z]+(?:-[a-z]+)*$/.test(argv[0] ?? '')) return false
  const call = (await import('./resolve-alias.ts')).resolveAlias(argv)
  if (call === undefined) return false
  if (call.note !== undefined) invocation.stderr.write(`note: ${call.note}\n`)
  await runCommand(call, invocation)
  return true
}

/** A mistyped command must not be reported as a missing context. */
async function refuseMistyped(word: string, invocation: Invocation): Promise<void> {
  if (/^[a-z]+$/.test(word)) (await import('./explain-usage.ts')).refuseMistypedCommand(word, invocation)
}

async function runCommand(
  { command: name = '', argv, isRegistryCall = false }: ResolvedCall,
  invocation: Invocation,
): Promise<void> {
  const create = await commands.get(name)?.load()
  if (create === undefined) return
  const { CommanderError } = await import('commander')
  const { normalizeArguments } = await import('./normalize-arguments.ts')
  const command = prepare(create(invocation), invocation)
  command.name(`tsbuild ${name}`)
  try {
    const words = normalizeArguments(command, await translateFlags(name, argv))
    const places = isRegistryCall ? (await import('./registry-words.ts')).nameRegistries(command, words) : words
    await command.parseAsync(places, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return
    const { explainUsage } = await import('./explain-usage.ts')
    throw explainUsage(error, command, argv)
  }
}

/** Flags of crane, for the commands that share their names with it. */
async function translateFlags(name: string, argv: readonly string[]): Promise<readonly string[]> {
  if (!['append', 'digest', 'rebase', 'validate'].includes(name)) return argv
  return (await import('./flags/peers/crane-flags.ts')).translateCraneFlags(name, argv)
}

/**
 * Makes commander throw instead of exiting, write to the streams of the call, and print help in one
 * style.
 */
function prepare(command: Command, invocation: Invocation): Command {
  command
    .exitOverride()
    .helpOption('-h, --help', 'show this help')
    .configureOutput({ writeOut: (text) => invocation.stdout.write(text), writeErr: () => {} })
    .configureHelp({
      helpWidth: Math.min(invocation.stdout.columns || 120, 140),
      optionDescription: ({ description, argChoices }) =>
        argChoices === undefined ? description : `${description}: ${argChoices.join(', ')}`,
    })
  for (const child of command.commands) prepare(child, invocation)
  return command
}

async function printOverview({ stdout }: Invocation): Promise<void> {
  const { overview } = await import('./help.ts')
  stdout.write(overview())
}

async function printVersion({ stdout }: Invocation): Promise<void> {
  const { packageVersion } = await import('../session/package-version.ts')
  stdout.write(`tsbuild ${await packageVersion()}\n`)
}

/**
 * True for `--progress=json`: usage errors are then JSON as well, also that of another invalid
 * flag.
 */
function wantsJson(argv: readonly string[], { env }: Invocation): boolean {
  const inline = argv.find((argument) => argument.startsWith('--progress='))?.slice('--progress='.length)
  const at = argv.indexOf('--progress')
  const mode = inline ?? (at < 0 ? env['BUILDKIT_PROGRESS'] : argv[at + 1])
  return mode === 'json'
}
