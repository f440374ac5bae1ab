import type { Dockerfile, Stage } from '../syntax/dockerfile.ts'
import type { Advice } from './advice.ts'

/** A user by name, whom Kubernetes cannot tell from root. */
export const namedUser: Advice = {
  rule: 'NamedUser',
  description: 'Kubernetes refuses a user by name under runAsNonRoot: it cannot know that it is not root',
  recommended: false,
  run: (dockerfile) => {
    const user = imageStages(dockerfile)
      .flatMap(({ instructions }) => instructions)
      .findLast((instruction) => instruction.kind === 'USER')
    if (user === undefined || /^\d|\$/.test(user.user)) return []
    return [{ message: `USER ${user.user} is a name: runAsNonRoot of Kubernetes needs a number`, range: user.range }]
  },
}

/** An ENTRYPOINT in shell form, which gets no arguments. */
export const shellEntrypoint: Advice = {
  rule: 'ShellEntrypoint',
  description: 'An ENTRYPOINT in shell form gets neither CMD nor the arguments of docker run',
  recommended: true,
  run: ({ stages }) =>
    stages.flatMap(({ instructions }) =>
      instructions.flatMap((instruction) =>
        instruction.kind !== 'ENTRYPOINT' || instruction.command.form === 'exec'
          ? []
          : [
              {
                message: 'ENTRYPOINT in shell form ignores CMD and arguments: write it as a JSON array',
                range: instruction.range,
              },
            ],
      ),
    ),
}

/** An image that cannot say that it is well. */
export const missingHealthcheck: Advice = {
  rule: 'MissingHealthcheck',
  description: 'An image of a service needs a HEALTHCHECK where its platform has no check of its own',
  recommended: false,
  run: (dockerfile) => {
    const stages = imageStages(dockerfile)
    const last = stages.at(-1)
    const isChecked = stages.some(({ instructions }) => instructions.some(({ kind }) => kind === 'HEALTHCHECK'))
    return last === undefined || isChecked ? [] : [{ message: 'The image has no HEALTHCHECK', range: last.from.range }]
  },
}

/** The stages that the last one is based on, and itself, from the first on. */
function imageStages({ stages }: Dockerfile): readonly Stage[] {
  const found: Stage[] = []
  let stage = stages.at(-1)
  while (stage !== undefined) {
    found.unshift(stage)
    const { index, from }: Stage = stage
    stage = stages
      .slice(0, index)
      .findLast(({ from: { alias } }) => alias !== undefined && alias === from.image.toLowerCase())
  }
  return found
}
