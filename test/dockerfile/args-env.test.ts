import { describe, expect } from 'vitest'
import { titled } from '../support/obstacle.ts'
import { withoutRun } from '../support/run-obstacle.ts'
import { test } from '../support/test.ts'

const obstacle = await withoutRun()
const defaultPath = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

describe('ENV', () => {
  test('words of one instruction see the environment before it', async ({ build }) => {
    const image = await build('FROM scratch\nENV abc=hello\nENV abc=bye def=$abc\nENV ghi=$abc\n')
    expect(image.config.config['Env']).toEqual([defaultPath, 'abc=bye', 'def=hello', 'ghi=bye'])
    expect(image.history).toEqual(['ENV abc=hello', 'ENV abc=bye def=hello', 'ENV ghi=bye'])
  })

  test('quotes, escapes and the old form', async ({ build }) => {
    const image = await build(`FROM scratch\nENV A="x y" B=x\\ y C='$A' D=\\$Z\nENV MSG   hello   "big"  world\n`)
    expect(image.config.config['Env']).toEqual([
      defaultPath,
      'A=x y',
      'B=x y',
      'C=$A',
      'D=$Z',
      'MSG=hello   big  world',
    ])
  })

  test('modifiers', async ({ build }) => {
    const image = await build(
      'FROM scratch\nENV V=foo.tar.gz\nENV A=${V%.*} B=${V%%.*} C=${V#*.} D=${V##*.} E=${V/./-} F=${V//./-} G=${U:-u} H=${V:+set} I=${U+no}\n',
    )
    expect(image.config.config['Env']).toEqual([
      defaultPath,
      'V=foo.tar.gz',
      'A=foo.tar',
      'B=foo',
      'C=tar.gz',
      'D=gz',
      'E=foo-tar.gz',
      'F=foo-tar-gz',
      'G=u',
      'H=set',
      'I=',
    ])
  })

  test('what cannot be expanded is an error', async ({ failBuild }) => {
    expect((await failBuild('FROM scratch\nENV A=${B:=x}\n')).stderr).toContain(
      'unsupported modifier (:=) in substitution',
    )
    expect((await failBuild('FROM scratch\nENV A="${B:?need B}"\n')).stderr).toContain('B: need B')
    expect((await failBuild('FROM scratch\nENV a=1 b 2\n')).stderr).toContain(`can't find = in "b"`)
  })
})

describe('ARG', () => {
  test('a global one is seen in FROM, and in a stage that declares it', async ({ build }) => {
    const dockerfile = 'ARG IMAGE=nothing\nARG V=1\nFROM ${IMAGE}\nARG V\nLABEL v=$V\n'
    const image = await build(dockerfile, { args: ['--build-arg', 'IMAGE=base'] })
    expect(image.config.config['Labels']).toEqual({ v: '1' })
    const given = await build(dockerfile, { args: ['--build-arg', 'IMAGE=scratch', '--build-arg', 'V=3'] })
    expect(given.config.config['Labels']).toEqual({ v: '3' })
  })

  test('is not in the image, and undeclared ones are not seen', async ({ build }) => {
    const image = await build('ARG G=1\nFROM scratch\nARG A=a B=${A}b C\nLABEL l="[$A][$B][$C][$G][$TARGETARCH]"\n')
    expect(image.config.config['Labels']).toEqual({ l: '[a][ab][][][]' })
    expect(image.config.config['Env']).toEqual([defaultPath])
    expect(image.history[0]).toBe('ARG A=a B=ab C')
  })

  test('a name alone takes its value from the environment of the caller', async ({ build }) => {
    const image = await build('FROM scratch\nARG A=default\nLABEL a=$A\n', {
      args: ['--build-arg', 'A'],
      env: { A: 'caller' },
    })
    expect(image.config.config['Labels']).toEqual({ a: 'caller' })
  })

  test('platform arguments are set when declared', async ({ build }) => {
    const image = await build(
      'FROM scratch\nARG TARGETOS TARGETARCH TARGETSTAGE\nLABEL p=$TARGETOS/$TARGETARCH s=$TARGETSTAGE\n',
      {
        args: ['--platform', 'linux/arm64'],
      },
    )
    expect(image.config.config['Labels']).toEqual({ p: 'linux/arm64', s: 'default' })
    expect(image.config.architecture).toBe('arm64')
  })
})

describe.skipIf(obstacle !== undefined)(titled('in RUN', obstacle), () => {
  test('arguments are in its environment and in history, unset ones without value', async ({ build }) => {
    const image = await build('FROM base AS a\nARG V=x\nFROM a\nARG W\nRUN echo "[$V][${W-unset}]" > /out\n')
    expect(image.text('/out')).toBe('[x][unset]\n')
    expect(image.history.at(-1)).toBe('RUN |2 V=x W= /bin/sh -c echo "[$V][${W-unset}]" > /out # buildkit')
  })

  test('the later declaration wins while building, ENV in the image', async ({ build }) => {
    const image = await build('FROM base\nENV V=e\nARG V=a\nRUN echo $V > /1\nENV V=f\nRUN echo $V > /2\n')
    expect([image.text('/1'), image.text('/2')]).toEqual(['a\n', 'f\n'])
    expect(image.config.config['Env']).toContain('V=f')
  })

  test('proxies reach the process and leave no trace', async ({ build }) => {
    const image = await build('FROM base\nRUN echo "$http_proxy $HTTP_PROXY" > /out\n', {
      args: ['--build-arg', 'HTTP_PROXY=http://proxy.invalid'],
    })
    expect(image.text('/out')).toBe('http://proxy.invalid http://proxy.invalid\n')
    expect(image.history.join()).not.toContain('proxy.invalid')
    expect(JSON.stringify(image.config.config)).not.toContain('proxy')
  })
})
