import { describe, expect } from 'vitest'
import { titled } from '../support/obstacle.ts'
import { withoutRun } from '../support/run-obstacle.ts'
import { test } from './edge.ts'

const obstacle = await withoutRun()
const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

test('128: # behind an argument is an argument', async ({ edge }) => {
  await expect(edge('FROM busybox # base\n')).rejects.toThrow('FROM requires either one or three arguments')
  expect((await edge('FROM scratch\nUSER app # x\n')).config.config['User']).toBe('app # x')
  await expect(edge('EXPOSE 80 # web')).rejects.toThrow('invalid containerPort')
})

test('129: a WORKDIR may have blanks, quoted or not', async ({ edge }) => {
  for (const path of ['/a b', '"/a b"']) {
    const image = await edge(`FROM scratch\nWORKDIR ${path}\n`)
    expect([image.config.config['WorkingDir'], image.lines(0)]).toEqual(['/a b', ['d 755 0:0 a b/']])
  }
})

test('131: a trigger that is no instruction fails where it is triggered', async ({ edge }) => {
  expect((await edge('ONBUILD FOO x')).config.config['OnBuild']).toEqual(['FOO x'])
  await expect(edge('FROM scratch AS base\nONBUILD FOO x\nFROM base\n')).rejects.toThrow('unknown instruction: FOO')
})

test('132: FROM scratch alone is an image', async ({ edge }) => {
  const { manifest, config } = await edge('FROM scratch\n')
  expect([manifest.layers, config.rootfs.diff_ids, config.history]).toEqual([[], [], []])
  expect(config.config).toEqual({ Env: [`PATH=${defaultPath}`], WorkingDir: '/' })
})

test('133: HEALTHCHECK does not hold the SHELL', async ({ edge }) => {
  const { config } = await edge('FROM scratch\nSHELL ["/bin/bash","-c"]\nHEALTHCHECK CMD x\n')
  expect(config.config['Healthcheck']).toEqual({ Test: ['CMD-SHELL', 'x'] })
})

test('134: several arguments in one line', async ({ edge }) => {
  const image = await edge('FROM scratch\nARG A B=1 C\nARG A=1 A=2\nLABEL a=$A b=$B c=$C\n')
  expect(image.added[0]).toBe('ARG A B=1 C')
  expect(image.config.config['Labels']).toEqual({ a: '2', b: '1', c: '' })
})

test('135: PATH is set before the first instruction', async ({ edge }) => {
  expect((await edge('FROM scratch\nENV PATH=$PATH:/x\n')).env('PATH')).toBe(`${defaultPath}:/x`)
})

test('136: the last of equal labels stays, quotes hold a key together', async ({ edge }) => {
  expect((await edge('FROM scratch\nLABEL a=1 a=2\nLABEL "k y"=v\n')).config.config['Labels']).toEqual({
    a: '2',
    'k y': 'v',
  })
})

test('137: commands of nothing', async ({ edge }) => {
  expect((await edge('FROM scratch\nCMD\n')).config.config['Cmd']).toEqual(['/bin/sh', '-c', ''])
  const empty = await edge('CMD []')
  expect([empty.config.config['Cmd'], empty.added]).toEqual([undefined, ['CMD []']])
  await expect(edge('RUN []')).rejects.toThrow('arguments are required')
})

test('138: --from takes an image that is no stage', async ({ edge, base }) => {
  const image = await edge('FROM scratch\nCOPY --from=busybox:1.36 /etc/passwd /p\n', {
    contexts: { 'busybox:1.36': `oci-layout://${base}:latest` },
  })
  expect(image.text('/p')).toContain('root:x:0:0')
  await expect(edge('COPY --from=./dir /f /')).rejects.toThrow('invalid reference')
})

test('139: a build argument needs an ARG', async ({ edge }) => {
  expect((await edge('FROM scratch\nLABEL a=b\n', { args: { PATH: '/x' } })).env('PATH')).toBe(defaultPath)
})

describe.skipIf(obstacle !== undefined)(titled('with RUN', obstacle), () => {
  test('128: a user with # in the name is unknown', async ({ edge }) => {
    await expect(edge('USER app # x\nRUN true')).rejects.toThrow('unable to find user app # x')
  })

  test('134: the history names an argument once', async ({ edge }) => {
    expect((await edge('ARG A=1 A=2\nRUN true')).added.at(-1)).toBe('RUN |1 A=2 /bin/sh -c true # buildkit')
  })

  test('139: ARG PATH is the PATH of RUN, not of the image', async ({ edge }) => {
    const image = await edge('ARG PATH\nRUN echo $PATH > /o', { args: { PATH: '/x' } })
    expect([image.text('/o'), image.env('PATH')]).toEqual(['/x\n', defaultPath])
    expect((await edge('RUN echo $PATH > /o', { args: { PATH: '/x' } })).text('/o')).toBe(`${defaultPath}\n`)
  })
})
