import type { Command, RunInstruction } from '@tsbuild/dockerfile'
import type { RunOp } from '../../graph/op.ts'
import { chooseShell } from '../state/config.ts'
import { type Environment, parseEnvironment, withVariables } from '../state/environment.ts'
import { own } from '../plan/global-scope.ts'
import { heredocFileName } from '../sources/file-names.ts'
import { runText } from '../state/history.ts'
import { LowerError } from '../plan/lower-error.ts'
import { lowerMounts } from './mounts.ts'
import { createExpander, instructionText, stepName, type StepContext } from '../state/step-context.ts'
import { type StageState, withLayer } from '../state/stage-state.ts'
import { workingDirectory } from '../state/working-directory.ts'

/** RUN: a process in the stage's rootfs with all its inputs. */
export function lowerRun(state: StageState, instruction: RunInstruction, context: StepContext): StageState {
  const { range } = instruction
  const { options } = context.plan
  const { args, script } = lowerProcess(state, instruction)
  if (args.length === 0)
    throw new LowerError('COMMAND_EMPTY', 'arguments are required', {
      range,
      word: '[]',
      hint: 'name a program: RUN ["program", "argument"]',
    })
  const { mounts, written, files, agent } = lowerMounts(state, instruction, {
    expand: createExpander(state, instruction, context),
    context,
  })
  const op: RunOp = {
    kind: 'run',
    args,
    env: [...withAgent(state.environment, agent)],
    ...argNames(state),
    cwd: workingDirectory(state.image),
    user: state.image.config?.User ?? '',
    hostname: options.hostname ?? own(options.args, 'BUILDKIT_SANDBOX_HOSTNAME') ?? 'buildkitsandbox',
    network: lowerNetwork(instruction, context),
    security: lowerSecurity(instruction, context),
    mounts,
    platform: state.platform,
    extraHosts: options.addHosts ?? [],
    ulimits: options.ulimits ?? [],
    ...(options.shmSize !== undefined && { shmSize: options.shmSize }),
    ...(instruction.devices.length > 0 && { devices: instruction.devices }),
    ...(script && { script }),
    ...(options.fileEpoch !== undefined && { epoch: options.fileEpoch }),
  }
  const name = stepName(state, context, instructionText(instruction) + summary(instruction.command))
  const rootfs = {
    op,
    inputs: [state.rootfs, ...files],
    name,
    stage: context.stage.id,
    range,
    written: { mounts: written, ...(state.user && { user: state.user }) },
  }
  return withLayer(state, rootfs, runText(args, state.args.toArray(), state.environment))
}

/** Variables that an ARG set last: the image has another value, or none. */
function argNames({ args, environment, image }: StageState): Pick<RunOp, 'argNames'> {
  const inImage = parseEnvironment(image.config?.Env ?? [])
  const declared = new Set(args.toArray().map(({ name }) => name))
  const names = [...declared].filter((name) => environment.has(name) && environment.get(name) !== inImage.get(name))
  return names.length === 0 ? {} : { argNames: names }
}

/** SSH_AUTH_SOCK, unless the Dockerfile sets it. */
function withAgent(environment: Environment, agent: string | undefined): Environment {
  if (agent === undefined || environment.has('SSH_AUTH_SOCK')) return environment
  return withVariables(environment, [['SSH_AUTH_SOCK', agent]])
}

/** The argument vector, and the file that a lone heredoc with its own interpreter becomes. */
function lowerProcess({ image }: StageState, { command, range }: RunInstruction): Pick<RunOp, 'args' | 'script'> {
  if (command.form === 'exec') return { args: command.args }
  const shell = chooseShell(image)
  const text = command.script?.content
  if (command.script === undefined || text === undefined) return { args: [...shell, shellText(command)] }
  if (!text.startsWith('#!') || image.os === 'windows') return { args: [...shell, text] }
  const path = `/dev/pipes/${heredocFileName(command.script.name, range)}`
  return { args: [...shell, path], script: { path, text } }
}

/** Heredocs among other words are the shell's business: it gets them back as they were. */
function shellText({ text, heredocs }: Extract<Command, { readonly form: 'shell' }>): string {
  return [text, ...heredocs.map(({ name, content, raw }) => `${raw ?? content}${name}`)].join('\n')
}

/** The first line of a lone heredoc, for people. */
function summary(command: Command): string {
  if (command.form === 'exec' || command.script === undefined) return ''
  const [first = '', ...more] = command.script.content.trim().split(/\r?\n/)
  return ` (${first}${more.length > 0 ? '...' : ''})`
}

function lowerNetwork({ network, range }: RunInstruction, { plan }: StepContext): RunOp['network'] {
  const { network: forAll = 'default' } = plan.options
  if (network === 'none') return network
  // Who gives every RUN the host's network has allowed it.
  if (network === 'host' && forAll !== 'host')
    return allowed('network.host', network, { range, plan, word: '--network=host' })
  return forAll
}

function lowerSecurity({ security, range }: RunInstruction, { plan }: StepContext): RunOp['security'] {
  return security === 'insecure'
    ? allowed('security.insecure', security, { range, plan, word: '--security=insecure' })
    : 'sandbox'
}

/** Requests that could harm the machine need the caller's consent. */
function allowed<T>(
  grant: string,
  value: T,
  { range, plan, word }: Pick<RunInstruction, 'range'> & Pick<StepContext, 'plan'> & { readonly word: string },
): T {
  if (plan.options.allow.includes(grant)) return value
  throw new LowerError('NOT_ALLOWED', `${grant} is not allowed`, { range, word, hint: `pass --allow ${grant}` })
}
