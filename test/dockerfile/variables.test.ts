import { describe, expect } from 'vitest'
import { test } from '../support/edge.ts'
import { titled } from '../support/obstacle.ts'
import { withoutRun } from '../support/run-obstacle.ts'

const obstacle = await withoutRun()
const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

test('32: one ENV sees the environment before it, one ARG goes from left to right', async ({ edge }) => {
  const image = await edge(
    'FROM scratch\nENV abc=hello\nENV abc=bye def=$abc\nARG x=1 y=${x}2\nLABEL y=$y\nENV ghi=$abc\n',
  )
  expect(image.config.config['Env']).toEqual([`PATH=${defaultPath}`, 'abc=bye', 'def=hello', 'ghi=bye'])
  expect(image.history.slice(0, 2)).toEqual(['ENV abc=hello', 'ENV abc=bye def=hello'])
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
    'FROM scratch\nENV V=foo.tar.gz\nENV A=${V%.*} B=${V%%.*} C=${V#*.} D=${V##*.} E=${V/./-} F=${V//./-} G=${U:-u} H=${V:+set} I=${U+no}\n',
  )
  expect([...'ABCDEFGHI'].map((name) => image.env(name))).toEqual([
    'foo.tar',
    'foo',
    'tar.gz',
    'gz',
    'foo-tar.gz',
    'foo-tar-gz',
    'u',
    'set',
    '',
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

test('134: several arguments in one line', async ({ edge }) => {
  const image = await edge('FROM scratch\nARG A B=1 C\nARG A=1 A=2\nLABEL a=$A b=$B c=$C\n')
  expect(image.added[0]).toBe('ARG A B=1 C')
  expect(image.config.config['Labels']).toEqual({ a: '2', b: '1', c: '' })
})

test('135: PATH is set before the first instruction', async ({ edge }) => {
  expect((await edge('FROM scratch\nENV PATH=$PATH:/x\n')).env('PATH')).toBe(`${defaultPath}:/x`)
})

test('139: a build argument needs an ARG', async ({ edge }) => {
  expect((await edge('FROM scratch\nLABEL a=b\n', { args: { PATH: '/x' } })).env('PATH')).toBe(defaultPath)
})

test('14: ENV takes either form, not both', async ({ edge }) => {
  await expect(edge('ENV a=1 b 2')).rejects.toThrow('Syntax error - can\'t find = in "b"')
  expect((await edge('FROM scratch\nENV a 1 b=2\n')).env('a')).toBe('1 b=2')
})

test('15: the old form of ENV keeps blanks and drops quotes', async ({ edge }) => {
  expect((await edge('FROM scratch\nENV MSG   hello   "big"  world\n')).env('MSG')).toBe('hello   big  world')
})

test('16: quotes and escapes of ENV', async ({ edge }) => {
  const image = await edge(`FROM scratch\nENV A="x y" B=x\\ y C='$A'\n`)
  expect(['A', 'B', 'C'].map((name) => image.env(name))).toEqual(['x y', 'x y', '$A'])
})

test('17: a blank key is an error', async ({ edge }) => {
  await expect(edge('ENV ="x"')).rejects.toThrow('ENV names can not be blank')
})

test('a global argument is seen in FROM, and in a stage that declares it', async ({ edge }) => {
  const dockerfile = 'ARG IMAGE=nothing\nARG V=1\nFROM ${IMAGE}\nARG V\nLABEL v=$V\n'
  const image = await edge(dockerfile, { args: { IMAGE: 'busybox' } })
  expect(image.config.config['Labels']).toEqual({ v: '1' })
  const given = await edge(dockerfile, { args: { IMAGE: 'scratch', V: '3' } })
  expect(given.config.config['Labels']).toEqual({ v: '3' })
})

test('an argument is not in the image, and undeclared ones are not seen', async ({ edge }) => {
  const image = await edge('ARG G=1\nFROM scratch\nARG A=a B=${A}b C\nLABEL l="[$A][$B][$C][$G][$TARGETARCH]"\n')
  expect(image.config.config['Labels']).toEqual({ l: '[a][ab][][][]' })
  expect(image.config.config['Env']).toEqual([`PATH=${defaultPath}`])
  expect(image.history[0]).toBe('ARG A=a B=ab C')
})

test('--build-arg with a name alone takes its value from the environment of the caller', async ({ build }) => {
  const image = await build('FROM scratch\nARG A=default\nLABEL a=$A\n', {
    args: ['--build-arg', 'A'],
    env: { A: 'caller' },
  })
  expect(image.config.config['Labels']).toEqual({ a: 'caller' })
})

test('platform arguments are set when declared', async ({ edge }) => {
  const image = await edge(
    'FROM scratch\nARG TARGETOS TARGETARCH TARGETSTAGE\nLABEL p=$TARGETOS/$TARGETARCH s=$TARGETSTAGE\n',
    { platforms: ['linux/arm64'] },
  )
  expect(image.config.config['Labels']).toEqual({ p: 'linux/arm64', s: 'default' })
  expect(image.config.architecture).toBe('arm64')
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
    const image = await edge('FROM busybox AS a\nARG V=x\nFROM a\nARG W\nRUN echo "[$V][${W-unset}]" > /o\n')
    expect(image.text('/o')).toBe('[x][unset]\n')
    expect(image.added.at(-1)).toBe('RUN |2 V=x W= /bin/sh -c echo "[$V][${W-unset}]" > /o # buildkit')
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

  test('44: a stage sees the platform arguments it declares', async ({ edge }) => {
    const image = await edge('RUN echo "[$TARGETOS]" > /1\nARG TARGETOS\nRUN echo "[$TARGETOS]" > /2')
    expect([image.text('/1'), image.text('/2')]).toEqual(['[]\n', '[linux]\n'])
  })

  test('134: the history names an argument once', async ({ edge }) => {
    expect((await edge('ARG A=1 A=2\nRUN true')).added.at(-1)).toBe('RUN |1 A=2 /bin/sh -c true # buildkit')
  })

  test('139: ARG PATH is the PATH of RUN, not of the image', async ({ edge }) => {
    const image = await edge('ARG PATH\nRUN echo $PATH > /o', { args: { PATH: '/x' } })
    expect([image.text('/o'), image.env('PATH')]).toEqual(['/x\n', defaultPath])
    expect((await edge('RUN echo $PATH > /o', { args: { PATH: '/x' } })).text('/o')).toBe(`${defaultPath}\n`)
  })

  test('proxies reach the process and leave no trace', async ({ edge }) => {
    const image = await edge('RUN echo "$http_proxy $HTTP_PROXY" > /out', {
      args: { HTTP_PROXY: 'http://proxy.invalid' },
    })
    expect(image.text('/out')).toBe('http://proxy.invalid http://proxy.invalid\n')
    expect(image.history.join()).not.toContain('proxy.invalid')
    expect(JSON.stringify(image.config.config)).not.toContain('proxy')
  })
})
