import type { Instruction } from '../syntax/instruction.ts'
import type { Advice } from './advice.ts'

/** Instructions in which a `#` is a part of a value. In a command it is for the shell to read. */
const kinds: ReadonlySet<Instruction['kind']> = new Set([
  'FROM',
  'COPY',
  'ADD',
  'ENV',
  'LABEL',
  'ARG',
  'EXPOSE',
  'VOLUME',
  'USER',
  'WORKDIR',
  'STOPSIGNAL',
])

/** `USER node # not root` names the user "node # not root". */
export const trailingComment: Advice = {
  rule: 'TrailingComment',
  description: 'A comment needs a line of its own: behind an instruction it is a part of it',
  recommended: true,
  run: ({ globalArgs, stages }) =>
    [...globalArgs, ...stages.flatMap(({ from, instructions }) => [from, ...instructions])]
      .filter(({ kind, source }) => kinds.has(kind) && /\s#(?:\s|$)/.test(withoutQuotes(source)))
      .map(({ keyword, range }) => ({
        message: `The text behind # belongs to ${keyword.toUpperCase()}: a comment needs a line of its own`,
        range,
      })),
}

function withoutQuotes(source: string): string {
  return source.replaceAll(/"(?:[^"\\]|\\.)*"|'[^']*'/g, '')
}
