import { expect, test } from 'vitest'
import { runChecks } from './checks/run-checks.ts'
import { DockerfileError } from './text/errors.ts'
import { expandHeredoc, expandWord, expandWords } from './expand/expand.ts'
import type { Instruction } from './syntax/instruction.ts'
import { parseMount } from './mount/parse-mount.ts'
import { parseDockerfile } from './parse-dockerfile.ts'
import { parseInstruction } from './parse-instruction.ts'
import { parsePort } from './values/parse-port.ts'
import { parseSignal } from './values/parse-signal.ts'

// The numbered cases of the semantics reference that parsing and expansion decide; the others
// belong to lowering and tree.

const stage = (text: string): readonly Instruction[] =>
  parseDockerfile(`FROM busybox\n${text}\n`).stages[0]?.instructions ?? []
const only = (text: string): Instruction | undefined => {
  const instructions = stage(text)
  expect(instructions).toHaveLength(1)
  return instructions[0]
}
const lookup =
  (env: Readonly<Record<string, string>>) =>
  (name: string): string | undefined =>
    env[name]
const env = (
  text: string,
  variables: Readonly<Record<string, string>> = {},
  escape = '\\',
): Readonly<Record<string, string>> => {
  const instruction = parseInstruction(text, { escape })
  if (instruction.kind !== 'ENV') throw new Error('not an ENV')
  return Object.fromEntries(
    instruction.pairs.map(({ name, value }) => [name, expandWord(value, lookup(variables), { escape })]),
  )
}

test('1 continuation lines are joined without a blank', () => {
  expect(only('RUN ec\\\nho hi')).toMatchObject({ command: { text: 'echo hi' } })
})

test('2 comments and blank lines inside a continuation vanish, the blank line with one warning', () => {
  const dockerfile = parseDockerfile('FROM busybox\nRUN echo a \\\n# note\n\n  b\n')
  expect(dockerfile.stages[0]?.instructions).toMatchObject([{ command: { text: 'echo a   b' } }])
  expect(dockerfile.warnings.map(({ rule }) => rule)).toEqual(['NoEmptyContinuation'])
})

test('3 two escape characters at the end of a line do not continue it', () => {
  const [first, second] = stage('ENV P=c:\\\\\nENV Q=1')
  expect(second).toMatchObject({ pairs: [{ name: 'Q', value: '1' }] })
  expect(env(first?.source ?? '')).toEqual({ P: 'c:\\' })
})

test('4 a directive behind a comment means nothing', () => {
  const dockerfile = parseDockerfile('# my file\n# escape=`\nFROM busybox\nENV A=x`y\n')
  expect(dockerfile.directives.escape).toBe('\\')
  expect(env('ENV A=x`y')).toEqual({ A: 'x`y' })
})

test('5 a backtick can be the escape character', () => {
  expect(env('ENV A=c:\\dir` B', {}, '`')).toEqual({ A: 'c:\\dir B' })
})

test('6 carriage returns end lines but stay in heredoc bodies', () => {
  const [first, second] = stage('ENV A=1\r\nCOPY <<EOF /f\r\nx\r\nEOF\r')
  expect(first).toMatchObject({ pairs: [{ name: 'A', value: '1' }] })
  expect(second).toMatchObject({ sources: [{ heredoc: { content: 'x\r\n' } }], destination: '/f' })
})

test('7 single quotes are no JSON', () => {
  const dockerfile = parseDockerfile("FROM busybox\nCMD ['nginx','-g','x']")
  expect(dockerfile.stages[0]?.instructions).toMatchObject([{ command: { form: 'shell', text: "['nginx','-g','x']" } }])
  expect(runChecks(dockerfile).map(({ rule }) => rule)).toEqual(['JSONArgsRecommended'])
})

test('8 a number in a JSON array is an error', () => {
  expect(() => only('CMD ["sleep", 5]')).toThrow('arrays must be comprised of strings only')
})

test('9 a trailing comma or text makes JSON a shell command', () => {
  expect(only('ENTRYPOINT ["a",]')).toMatchObject({ command: { form: 'shell', text: '["a",]' } })
  expect(only('RUN ["echo","x"] && id')).toMatchObject({ command: { form: 'shell', text: '["echo","x"] && id' } })
})

test('10 keywords may be written in any case', () => {
  const dockerfile = parseDockerfile('from busybox\nRun true\nUSER x\n')
  expect(dockerfile.stages[0]?.instructions[0]).toMatchObject({ kind: 'RUN', keyword: 'Run' })
  expect(runChecks(dockerfile).map(({ rule, range }) => [rule, range.start.line])).toEqual([
    ['ConsistentInstructionCasing', 1],
    ['ConsistentInstructionCasing', 2],
  ])
})

test('11 a misspelt flag is unknown, except to ARG', () => {
  expect(() => only('COPY --chwon=1 a /b')).toThrow(
    expect.objectContaining({ message: 'unknown flag: --chwon', hint: 'did you mean --chown?' }),
  )
  expect(() => only('RUN --netwrok=none x')).toThrow('unknown flag: --netwrok')
  expect(only('ARG --foo A=1')).toMatchObject({ args: [{ name: 'A', value: '1' }] })
})

test('12 only some flags may be repeated', () => {
  expect(() => only('COPY --chown=1 --chown=2 a b')).toThrow('duplicate flag specified: --chown')
  expect(only('COPY --exclude=a --exclude=b x y')).toMatchObject({ exclude: ['a', 'b'] })
  expect(only('RUN --mount=target=/a --mount=target=/b x')).toMatchObject({ mounts: ['target=/a', 'target=/b'] })
})

test('13 a lone -- ends the flags', () => {
  expect(only('RUN -- --x')).toMatchObject({ command: { text: '--x' } })
  expect(only('COPY -- --odd /o/')).toMatchObject({ sources: [{ text: '--odd' }], destination: '/o/' })
})

test('14 the first word of ENV decides its form', () => {
  expect(() => only('ENV a=1 b 2')).toThrow('Syntax error - can\'t find = in "b"')
  expect(env('ENV a 1 b=2')).toEqual({ a: '1 b=2' })
})

test('15 the old form of ENV keeps the blanks inside', () => {
  expect(env('ENV MSG   hello   "big"  world')).toEqual({ MSG: 'hello   big  world' })
})

test('16 quotes and escapes group the words of ENV', () => {
  expect(env(`ENV A="x y" B=x\\ y C='$A'`, { A: 'no' })).toEqual({ A: 'x y', B: 'x y', C: '$A' })
})

test('17 a name can not be blank', () => {
  expect(() => only('ENV ="x"')).toThrow('ENV names can not be blank')
})

test('18 forms of FROM', () => {
  expect(() => parseDockerfile('FROM a b')).toThrow('FROM requires either one or three arguments')
  expect(() => parseDockerfile('FROM busybox AS 1st')).toThrow('invalid name for build stage: "1st"')
  expect(parseDockerfile('FROM busybox AS Build').stages[0]?.from).toMatchObject({
    alias: 'build',
    aliasAsWritten: 'Build',
  })
})

test('19 an unknown instruction is refused in any stage', () => {
  expect(() => parseDockerfile('FROM a\nRUNN x\nFROM b\n')).toThrow(
    expect.objectContaining({ message: 'unknown instruction: RUNN', hint: 'did you mean RUN?' }),
  )
})

test('20 a physical line has a limit, an instruction has none', () => {
  const words = 'x'.repeat(60_000)
  expect(() => only(`RUN ${words}${words}`)).toThrow('dockerfile line greater than max allowed size of 65535')
  expect(only(`RUN ${words}\\\n${words}`)).toMatchObject({ command: { text: words + words } })
  expect(only(`RUN ${'x'.repeat(65_535 - 4)}`)).toBeDefined()
  expect(() => only(`RUN ${'ä'.repeat(32_766)}`)).toThrow('max allowed size')
})

test('a file with nothing but a byte order mark is not empty, but has no instructions', () => {
  expect(() => parseDockerfile('')).toThrow('the Dockerfile cannot be empty')
  expect(() => parseDockerfile('\u{feff}')).toThrow('file with no instructions')
  expect(() => parseDockerfile('\n')).toThrow('file with no instructions')
})

test('21 a # that does not begin a line is text', () => {
  expect(only('RUN echo a # b')).toMatchObject({ command: { text: 'echo a # b' } })
  expect(only('RUN echo "a" \\\n# x\n&& echo "b"')).toMatchObject({ command: { text: 'echo "a" && echo "b"' } })
})

test('22 a shift with blanks is a heredoc, one without is not', () => {
  expect(() => only('RUN echo $(( 1 << 2 ))')).toThrow('unterminated heredoc')
  expect(only('RUN echo $((1<<2))')).toMatchObject({ command: { heredocs: [] } })
})

test('23 24 one heredoc and nothing else is a script', () => {
  const run = only('RUN --mount=target=/x <<EOF\n#!/usr/bin/env python3\nprint(1)\nEOF')
  expect(run).toMatchObject({ command: { script: { name: 'EOF', content: '#!/usr/bin/env python3\nprint(1)\n' } } })
  expect(only('RUN cat <<EOF\nx\nEOF')).not.toHaveProperty('command.script')
  expect(only('RUN <<A <<B\nx\nA\nB')).not.toHaveProperty('command.script')
  expect(only('RUN <<A cat > /out\nx\nA')).not.toHaveProperty('command.script')
})

test('25 <<- strips leading tabs, not blanks', () => {
  expect(only('RUN <<-EOF\n\t\ta\n\t b\n  c\n\tEOF')).toMatchObject({
    command: { script: { content: 'a\n b\n  c\n' } },
  })
})

test('26 bodies of unquoted heredocs are expanded', () => {
  const copy = only('COPY <<A <<"B" /d/\n$X \\$X \\\\ "q" \\n\nA\n$X \\$X\nB')
  if (copy?.kind !== 'COPY') throw new Error('not a COPY')
  const bodies = copy.sources.map((source) => {
    if (source.kind !== 'heredoc') throw new Error('not a heredoc')
    const { expand, content } = source.heredoc
    return expand ? expandHeredoc(content, lookup({ X: '1' })) : content
  })
  expect(bodies).toEqual(['1 $X \\ "q" n\n', '$X \\$X\n'])
})

test('27 heredocs are copied behind the paths', () => {
  expect(only('COPY <<EOF a.txt /x\nEOF')).toMatchObject({
    sources: [{ kind: 'path' }, { kind: 'heredoc' }],
    destination: '/x',
  })
})

test('28 a heredoc is no destination', () => {
  expect(() => only('COPY a <<EOF\nEOF')).toThrow('COPY cannot accept a heredoc as a destination')
})

test('29 several heredocs in one RUN', () => {
  const run = only('RUN cat <<A && cat <<B\none\nA\ntwo\nB')
  expect(run).toMatchObject({
    command: { text: 'cat <<A && cat <<B', heredocs: [{ content: 'one\n' }, { content: 'two\n' }] },
  })
})

test('30 a name with a blank behind it ends nothing', () => {
  expect(() => only('RUN <<EOF\nx\nEOF ')).toThrow('unterminated heredoc')
})

test('31 CMD takes no heredocs', () => {
  expect(only('CMD <<EOF')).toMatchObject({ command: { text: '<<EOF', heredocs: [] } })
  expect(() => stage('CMD <<EOF\nhello\nEOF')).toThrow('unknown instruction: hello')
})

test('33 44 global arguments are kept apart from those of stages', () => {
  const { globalArgs, stages } = parseDockerfile('ARG V=1\nFROM --platform=$BUILDPLATFORM busybox\nARG V\n')
  expect(globalArgs).toMatchObject([{ args: [{ name: 'V', value: '1' }] }])
  expect(stages[0]).toMatchObject({ from: { platform: '$BUILDPLATFORM' }, instructions: [{ args: [{ name: 'V' }] }] })
})

test('37 a required variable fails the word', () => {
  expect(() => expandWord('${B:?need B}', lookup({}))).toThrow('B: need B')
})

test('38 modifiers that cut and replace', () => {
  const value = (word: string): string => expandWord(word, lookup({ V: 'foo.tar.gz' }))
  expect(value('${V%.*}')).toBe('foo.tar')
  expect(value('${V%%.*}')).toBe('foo')
  expect(value('${V#*.}')).toBe('tar.gz')
  expect(value('${V##*.}')).toBe('gz')
  expect(value('${V/./-}')).toBe('foo-tar.gz')
  expect(value('${V//./-}')).toBe('foo-tar-gz')
})

test('39 unsupported and broken substitutions', () => {
  expect(() => expandWord('${B:=x}', lookup({}))).toThrow(
    'failed to process "${B:=x}": unsupported modifier (:=) in substitution',
  )
  expect(() => expandWord('${}', lookup({}))).toThrow('bad substitution')
})

test('40 dollars', () => {
  expect(env('ENV A=$$ B=$1x C=$.y D=\\$Z')).toEqual({ A: '', B: 'x', C: '$.y', D: '$Z' })
})

test('41 exec form is kept as written', () => {
  expect(only('ENTRYPOINT ["$P"]')).toMatchObject({ command: { args: ['$P'] } })
})

test('42 COPY --from takes no variables', () => {
  expect(() => only('COPY --from=$S /f /')).toThrow('variable expansion is not supported for --from')
})

test('43 mounts take variables, except in from', () => {
  expect(parseMount('type=secret,id=$ID', (word) => expandWord(word, lookup({ ID: 'tok' })))).toMatchObject({
    id: 'tok',
  })
  expect(() => only('RUN --mount=from=$ID,target=/x ls')).toThrow("'from' doesn't support variable expansion")
})

test('45 EXPOSE splits what a variable holds', () => {
  expect(expandWords('$P', lookup({ P: '80 443/udp' }))).toEqual(['80', '443/udp'])
  expect(only('EXPOSE 9 10 $P')).toMatchObject({ ports: ['$P', '10', '9'] })
})

test('57 58 59 values of HEALTHCHECK, EXPOSE and STOPSIGNAL', () => {
  expect(only('HEALTHCHECK --interval=30s CMD curl x')).toMatchObject({
    check: { interval: 30_000_000_000, command: { text: 'curl x' } },
  })
  expect(parsePort('9000-9002').ports).toEqual(['9000/tcp', '9001/tcp', '9002/tcp'])
  expect(parseSignal('sigterm')).toBe(15)
  expect(() => parseSignal('0')).toThrow('invalid signal: 0')
})

test('85 quotes do not group paths', () => {
  expect(only('COPY "a b.txt" /o/')).toMatchObject({ sources: [{ text: '"a' }, { text: 'b.txt"' }] })
  expect(() => expandWord('"a', lookup({}))).toThrow(
    'unexpected end of statement while looking for matching double-quote',
  )
})

test('128 a comment behind an instruction is an argument', () => {
  expect(() => parseDockerfile('FROM busybox # base')).toThrow(
    expect.objectContaining({ hint: 'a comment needs a line of its own' }),
  )
  expect(only('USER app # x')).toMatchObject({ user: 'app # x' })
})

test('131 a trigger is judged when it runs', () => {
  expect(only('ONBUILD FOO x')).toMatchObject({ expression: 'FOO x' })
  expect(() => parseInstruction('FOO x')).toThrow('unknown instruction: FOO')
  expect(() => parseInstruction('RUN a\nRUN b')).toThrow(DockerfileError)
})
