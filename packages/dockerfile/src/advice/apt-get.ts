import type { Dockerfile } from '../syntax/dockerfile.ts'
import type { RunInstruction } from '../syntax/instruction.ts'
import type { Advice } from './advice.ts'

const install = /\bapt(?:-get)?\b(?:\s+-\S+)*\s+install\b/

/** `apt-get install` with the packages that are only recommended. */
export const aptRecommends: Advice = {
  rule: 'AptRecommends',
  description: 'apt-get install takes recommended packages as well, unless --no-install-recommends is given',
  recommended: false,
  run: (dockerfile) =>
    listRuns(dockerfile)
      .filter((run) => install.test(textOf(run)) && !/--no-install-recommends\b|Install-Recommends/.test(textOf(run)))
      .map(({ range }) => ({ message: 'apt-get install without --no-install-recommends', range })),
}

/** `apt-get update` whose lists stay in the layer. */
export const aptListsKept: Advice = {
  rule: 'AptListsKept',
  description: 'The package lists of apt-get update stay in the layer, unless the same RUN removes them',
  recommended: true,
  run: (dockerfile) =>
    listRuns(dockerfile)
      .filter((run) => /\bapt(?:-get)?\b(?:\s+-\S+)*\s+update\b/.test(textOf(run)))
      .filter((run) => !/\brm\b[^\n]*\/var\/lib\/apt\/lists|\bapt-get\s+dist-clean\b/.test(textOf(run)))
      .filter(
        ({ mounts }) => !mounts.some((mount) => /(?:target|dst|destination)=\/var\/lib\/apt(?:[,/]|$)/.test(mount)),
      )
      .map(({ range }) => ({
        message: 'The lists of apt-get update stay in the layer: remove /var/lib/apt/lists/* in the same RUN',
        range,
      })),
}

function listRuns({ stages }: Dockerfile): readonly RunInstruction[] {
  return stages.flatMap(({ instructions }) => instructions.filter((instruction) => instruction.kind === 'RUN'))
}

/** Everything a RUN passes to a shell, heredocs included. */
function textOf({ command }: RunInstruction): string {
  if (command.form === 'exec') return command.args.join(' ')
  return [command.text, ...command.heredocs.map(({ content }) => content)].join('\n')
}
