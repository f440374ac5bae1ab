import { describe, expect } from 'vitest'
import { titled } from '../support/obstacle.ts'
import { withoutRun } from '../support/run-obstacle.ts'
import { test } from './edge.ts'

const obstacle = await withoutRun()

test('32: one ENV sees the environment before it, one ARG goes from left to right', async ({ edge }) => {
  const image = await edge('FROM scratch\nENV abc=hello\nENV abc=bye def=$abc\nARG x=1 y=${x}2\nLABEL y=$y\n')
  expect([image.env('abc'), image.env('def')]).toEqual(['bye', 'hello'])
  expect(image.config.config['Labels']).toEqual({ y: '12' })
})

test('37: a default is not looked at when a value is given', async ({ edge }) => {
  const dockerfile = 'FROM scratch\nARG A="${B:?need B}"\nENV A=$A\n'
  await expect(edge(dockerfile)).rejects.toThrow('B: need B')
  expect((await edge(dockerfile, { args: { A: '1' } })).env('A')).toBe('1')
  // Without quotes the blank ends the word, and the rest is ignored as well.
  const unquoted = dockerfile.replaceAll('"', '')
  await expect(edge(unquoted)).rejects.toThrow("missing '}'")
  expect((await edge(unquoted, { args: { A: '1' } })).env('A')).toBe('1')
})

test('38: modifiers', async ({ edge }) => {
  const image = await edge(
    'FROM scratch\nENV V=foo.tar.gz\nENV A=${V%.*} B=${V%%.*} C=${V#*.} D=${V##*.} E=${V/./-} F=${V//./-}\n',
  )
  expect(['A', 'B', 'C', 'D', 'E', 'F'].map((name) => image.env(name))).toEqual([
    'foo.tar',
    'foo',
    'tar.gz',
    'gz',
    'foo-tar.gz',
    'foo-tar-gz',
  ])
})

test('39: what is no substitution is an error', async ({ edge }) => {
  await expect(edge('ENV A=${B:=x}')).rejects.toThrow('unsupported modifier (:=) in substitution')
  await expect(edge('ENV A=${}')).rejects.toThrow('bad substitution')
})

test('40: dollar oddities', async ({ edge }) => {
  const image = await edge('FROM scratch\nENV A=$$ B=$1x C=$.y D=\\$Z\n')
  expect(['A', 'B', 'C', 'D'].map((name) => image.env(name))).toEqual(['', 'x', '$.y', '$Z'])
})

test('41: an exec form is stored as it is', async ({ edge }) => {
  expect((await edge('FROM scratch\nENV P=/x\nENTRYPOINT ["$P"]\n')).config.config['Entrypoint']).toEqual(['$P'])
})

test('42: --from takes no variables', async ({ edge }) => {
  await expect(edge('ARG S=a\nCOPY --from=$S /f /')).rejects.toThrow('variable expansion is not supported for --from')
})

test('43: from of a mount takes no variables', async ({ edge }) => {
  await expect(edge('ARG ID=tok\nRUN --mount=from=$ID,target=/x true')).rejects.toThrow(
    "'from' doesn't support variable expansion",
  )
})

test('44: FROM sees the platform arguments without an ARG', async ({ edge }) => {
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch
  const image = await edge(
    'FROM --platform=$BUILDPLATFORM scratch\nLABEL a="[$TARGETARCH]"\nARG TARGETARCH\nLABEL b="[$TARGETARCH]"\n',
  )
  expect(image.config.config['Labels']).toEqual({ a: '[]', b: `[${architecture}]` })
})

test('45: EXPOSE splits what a variable holds; only the arguments were sorted', async ({ edge }) => {
  const image = await edge('FROM scratch\nENV P="80 443/udp"\nEXPOSE $P\n')
  expect(image.config.config['ExposedPorts']).toEqual({ '443/udp': {}, '80/tcp': {} })
  expect(image.added.at(-1)).toBe('EXPOSE [80/tcp 443/udp]')
})

describe.skipIf(obstacle !== undefined)(titled('with RUN', obstacle), () => {
  test('33: a global ARG is seen in a stage only when declared there', async ({ edge }) => {
    const image = await edge(
      'ARG V=1\nFROM busybox\nRUN echo "[$V]" > /1\nARG V\nRUN echo "[$V]" > /2\nARG V=2\nRUN echo "[$V]" > /3\n',
    )
    expect(['/1', '/2', '/3'].map((path) => image.text(path))).toEqual(['[]\n', '[1]\n', '[2]\n'])
    const given = await edge(
      'ARG V=1\nFROM busybox\nRUN echo "[$V]" > /1\nARG V\nRUN echo "[$V]" > /2\nARG V=2\nRUN echo "[$V]" > /3\n',
      {
        args: { V: '3' },
      },
    )
    expect(['/1', '/2', '/3'].map((path) => given.text(path))).toEqual(['[]\n', '[3]\n', '[3]\n'])
  })

  test('34: a stage made from a stage has its ARGs, another has not', async ({ edge }) => {
    const image = await edge('FROM busybox AS a\nARG V=x\nFROM a\nRUN echo "[$V]" > /o\n')
    expect(image.text('/o')).toBe('[x]\n')
    expect(image.added.at(-1)).toBe('RUN |1 V=x /bin/sh -c echo "[$V]" > /o # buildkit')
    expect((await edge('FROM busybox AS a\nARG V=x\nFROM busybox\nRUN echo "[$V]" > /o\n')).text('/o')).toBe('[]\n')
  })

  test('35: the later of ENV and ARG wins in the build, the image keeps ENV', async ({ edge }) => {
    const image = await edge('ENV V=e\nARG V=a\nRUN echo $V > /o')
    expect([image.text('/o'), image.env('V')]).toEqual(['a\n', 'e'])
    const reversed = await edge('ARG V=a\nENV V=e\nRUN echo $V > /o')
    expect([reversed.text('/o'), reversed.env('V')]).toEqual(['e\n', 'e'])
  })

  test('36: an ARG without a value is in the history, and unset', async ({ edge }) => {
    const image = await edge('ARG V\nRUN echo ${V-unset} > /o')
    expect(image.text('/o')).toBe('unset\n')
    expect(image.added).toEqual(['ARG V', 'RUN |1 V= /bin/sh -c echo ${V-unset} > /o # buildkit'])
  })

  test('41: an exec form is run as it is', async ({ edge }) => {
    expect((await edge('ENV P=/x\nRUN ["/bin/touch", "/$P."]')).lines(-1)).toContain('f 644 0:0 $P.')
  })

  test('43: other options of a mount take variables', async ({ edge }) => {
    const image = await edge('ARG ID=tok\nRUN --mount=type=secret,id=$ID cat /run/secrets/tok > /o', {
      secrets: { tok: { value: 'secret' } },
    })
    expect(image.text('/o')).toBe('secret')
  })

  test('44: a stage sees the platform arguments it declares', async ({ edge }) => {
    const image = await edge('RUN echo "[$TARGETOS]" > /1\nARG TARGETOS\nRUN echo "[$TARGETOS]" > /2')
    expect([image.text('/1'), image.text('/2')]).toEqual(['[]\n', '[linux]\n'])
  })
})
