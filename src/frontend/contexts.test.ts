import { expect, test } from 'vitest'
import type { Vertex } from '../graph/vertex.ts'
import { FakeResolver, lowerLines, lowerText, opsOf } from './testing/lower-text.ts'

test('51: a named context with the alias of a stage replaces all of it', async () => {
  const resolver = new FakeResolver({ 'docker.io/library/x:latest': { config: { User: 'x' } } })
  const text = 'FROM golang AS build\nRUN false\nFROM busybox\nCOPY --from=build /f /'
  const { rootfs } = await lowerText(text, { resolver, contexts: { build: { kind: 'image', reference: 'x' } } })
  expect(resolver.asked.toSorted()).toEqual(['docker.io/library/busybox:latest', 'docker.io/library/x:latest'])
  expect(opsOf(rootfs, 'run')).toEqual([])
})

test('named contexts replace images, with and without tag and platform', async () => {
  const resolver = new FakeResolver({ 'docker.io/library/mine:latest': {}, 'docker.io/library/yours:latest': {} })
  const mine = { kind: 'image', reference: 'mine' } as const
  const yours = { kind: 'image', reference: 'yours' } as const
  await lowerText('FROM alpine:latest', { resolver, contexts: { alpine: mine } })
  await lowerText('FROM docker.io/library/alpine', { resolver, contexts: { 'alpine:latest': mine } })
  await lowerText('FROM alpine', { resolver, contexts: { alpine: mine, 'alpine::linux/amd64': yours } })
  expect(resolver.asked).toEqual([
    'docker.io/library/mine:latest',
    'docker.io/library/mine:latest',
    'docker.io/library/yours:latest',
  ])
})

test('scratch cannot be replaced', async () => {
  const { rootfs } = await lowerText('FROM scratch', { contexts: { scratch: { kind: 'image', reference: 'mine' } } })
  expect(rootfs.op.kind).toBe('inline')
})

test('named contexts of every kind', async () => {
  const resolver = new FakeResolver({ v1: {} })
  const text = [
    'FROM busybox AS other',
    'RUN other',
    'FROM layout',
    'COPY --from=dir a /a',
    'COPY --from=repo a /b',
    'COPY --from=file f.txt /c',
    'COPY --from=alias /d /d',
  ]
  const { rootfs } = await lowerText(text.join('\n'), {
    resolver,
    contexts: {
      dir: { kind: 'local' },
      repo: { kind: 'git', url: 'https://h.example/r.git#main:sub' },
      file: { kind: 'http', url: 'https://h.example/f.txt?x=1' },
      layout: { kind: 'layout', directory: '/l', reference: 'v1' },
      alias: { kind: 'target', stage: 'OTHER' },
    },
  })
  expect(resolver.asked).toContain('/l!v1')
  expect(opsOf(rootfs, 'image')[0]).toMatchObject({ layout: '/l', reference: 'v1' })
  expect(opsOf(rootfs, 'local')).toEqual([{ kind: 'local', context: 'dir', include: ['a'] }])
  expect(opsOf(rootfs, 'git')).toEqual([{ kind: 'git', url: 'https://h.example/r.git', ref: 'main', subdir: 'sub' }])
  expect(opsOf(rootfs, 'http')).toEqual([{ kind: 'http', url: 'https://h.example/f.txt?x=1', filename: 'context' }])
  expect(opsOf(rootfs, 'run')).toMatchObject([{ args: ['/bin/sh', '-c', 'other'] }])
})

test('a context may be a later stage, but not for itself', async () => {
  const contexts = { tools: { kind: 'target', stage: 'late' } } as const
  const text = 'FROM busybox AS a\nCOPY --from=tools /f /\nFROM busybox AS late\nRUN late'
  const { rootfs } = await lowerText(text, { contexts, target: 'a' })
  expect(opsOf(rootfs, 'run')).toHaveLength(1)
  await expect(lowerText('FROM busybox AS late\nCOPY --from=tools /f /', { contexts })).rejects.toMatchObject({
    code: 'STAGE_CYCLE',
  })
})

test('FROM a directory: its files under the config of scratch', async () => {
  const { rootfs, config } = await lowerText('FROM dir', { contexts: { dir: { kind: 'local' } } })
  expect(rootfs.op).toEqual({ kind: 'local', context: 'dir' })
  expect(config.config?.WorkingDir).toBe('/')
})

test('a git repository as main context', async () => {
  const { rootfs } = await lowerLines('COPY a /', {
    mainContext: { kind: 'git', url: 'https://h.example/r.git' },
    args: { BUILDKIT_CONTEXT_KEEP_GIT_DIR: '1' },
  })
  expect(opsOf(rootfs, 'git')).toEqual([{ kind: 'git', url: 'https://h.example/r.git', keepGitDir: true }])
})

test('a vertex as main context', async () => {
  const vertex: Vertex = {
    op: { kind: 'inline', files: [{ path: 'a', mode: 0o644, text: 'a' }] },
    inputs: [],
    name: 'given',
  }
  const { rootfs } = await lowerLines('COPY a /', { mainContext: { kind: 'vertex', vertex } })
  expect(rootfs.inputs[1]).toBe(vertex)
})

test('a context may be a later stage under any spelling of its name', async () => {
  const contexts = { 'tools:latest': { kind: 'target', stage: 'late' } } as const
  const text = 'FROM busybox AS a\nCOPY --from=tools /f /\nFROM busybox AS late\nRUN late'
  expect(opsOf((await lowerText(text, { contexts, target: 'a' })).rootfs, 'run')).toHaveLength(1)
})
